/*
 * wall.c - the state of the walls, and the boot word that takes some away.
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

const char *wall_name(enum wall w)
{
	return names[w];
}

static bool wall_take_down(const char *name, size_t length)
{
	for (int w = 0; w < WALL_COUNT; w++) {
		if (strlen(names[w]) != length || strncmp(names[w], name, length))
			continue;
		wall_is_down[w] = true;
		log_error("walls: %s is down", names[w]);
		return true;
	}
	log_error("walls: no wall is called '%.*s'", (int)length, name);
	return false;
}

bool walls_configure(const char *value)
{
	if (!BUILD_WALLS) {
		log_error("walls: this build has no switches; use the walls build");
		return false;
	}
	while (*value) {
		const char *comma = strchr(value, ',');
		size_t n = comma ? (size_t)(comma - value) : strlen(value);

		if (*value != '-' || !wall_take_down(value + 1, n - 1))
			return false;
		value += comma ? n + 1 : n;
	}
	return true;
}
