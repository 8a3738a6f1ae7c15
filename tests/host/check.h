/*
 * check.h - what the host's tests share: TAP lines, and random numbers that are the same in every run.
 */
#pragma once

#include "kernel/lib/types.h"

#include <stdio.h>

static int number, failures;

static inline void check(int ok, const char *what)
{
	printf("%sok %d - %s\n", ok ? "" : "not ", ++number, what);
	failures += !ok;
}

/* xorshift64 (Marsaglia 2003). */
static inline u64 random_next(void)
{
	static u64 x = 88172645463325252ull;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}
