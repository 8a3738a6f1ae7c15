/*
 * sleep.c - sleep TIME...: seconds, with a fraction if need be, or minutes (5m), hours (1h); the sum of all.
 */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds_parse(const char *text)
{
	char *end;
	double value = isdigit((unsigned char)*text) || *text == '.' ? strtod(text, &end) : -1;

	if (value < 0 || end == text || !isfinite(value))
		errx(2, "%s: not a time", text);
	if (strcmp(end, "m") == 0)
		return value * 60;
	if (strcmp(end, "h") == 0)
		return value * 3600;
	if (*end && strcmp(end, "s") != 0)
		errx(2, "%s: not a time", text);
	return value;
}

int main(int argc, char **argv)
{
	struct timespec left;
	double total = 0;

	if (argc < 2)
		errx(2, "usage: sleep SECONDS");
	for (int i = 1; i < argc; i++)
		total += seconds_parse(argv[i]);
	if (total > 1e9)
		total = 1e9;
	left.tv_sec = (time_t)total;
	left.tv_nsec = (long)((total - (double)left.tv_sec) * 1e9);
	/* A stop and its continuation may interrupt the call: sleep on for the rest. */
	while (nanosleep(&left, &left) < 0)
		if (errno != EINTR)
			err(1, NULL);
	return 0;
}
