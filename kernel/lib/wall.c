/*
 * wall.c - the state of the walls, and the boot word that takes one away.
 */
#include "kernel/lib/log.h"
#include "kernel/lib/string.h"
#include "kernel/lib/wall.h"

bool wall_is_down[WALL_COUNT];

static const char *const names[WALL_COUNT] = {
#define WALL_NAME(symbol, name, text) name,
	WALL_LIST(WALL_NAME)
#undef WALL_NAME
};

bool walls_configure(const char *value)
{
	for (int w = 0; w < WALL_COUNT && BUILD_WALLS; w++) {
		if (value[0] != '-' || strcmp(value + 1, names[w]))
			continue;
		wall_is_down[w] = true;
		log_error("walls: %s is down", names[w]);
		return true;
	}
	log_error("walls: '%s' is not '-' and the name of a wall, or this is not the walls build", value);
	return false;
}
