/*
 * number.c - decimal numbers. Stateless.
 */
#include "user/lib/number.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

bool number_parse(const char *text, long *value)
{
	const char *digits = *text == '-' || *text == '+' ? text + 1 : text;
	char *end;

	/* strtol() would also take leading blanks and an empty string. */
	if (!isdigit((unsigned char)*digits))
		return false;
	errno = 0;
	*value = strtol(text, &end, 10);
	return *end == '\0' && errno == 0;
}
