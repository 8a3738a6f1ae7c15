/*
 * users.h - what the tests about users share: three strangers, and whether this system lets us be them.
 *
 * The ids are no real user's, so that a signal to "everybody" reaches nobody else.
 */
#pragma once

#include "tap.h"

#define ANN  45001
#define BOB  45002
#define CYD  45003
#define NONE 0xffffffffu

/* Ends as user and group `id`, for good, in no other group. */
static inline int become(unsigned id)
{
	return sc(SYS_setgroups, 0, 0) || sc(SYS_setresgid, id, id, id) || sc(SYS_setresuid, id, id, id);
}

static inline long try_to_become(void *unused)
{
	(void)unused;
	return become(ANN);
}

/* A user other than root, or a container that keeps capabilities from root, cannot run these tests. */
static inline int users_skip(void)
{
	static const char line[] = "1..0 # skip needs root with CAP_SETUID, SETGID, KILL, DAC_OVERRIDE, FOWNER\n";
	unsigned header[2] = {0x20080522, 0}, sets[6] = {0};
	const unsigned wanted = 1 << 7 | 1 << 6 | 1 << 5 | 1 << 1 | 1 << 3;
	int all = sc(SYS_capget, header, sets) || (sets[0] & wanted) == wanted; /* Bulkhead has no capabilities */

	if (all && geteuid() == 0 && in_child(try_to_become, 0) == 0)
		return 0;
	return write(1, line, sizeof line - 1) > 0;
}

/* The child's last word to the parent that waits in in_child() or wait_for(). */
static inline int child_as(int (*body)(long), long argument)
{
	int pid = fork();

	if (pid == 0)
		_exit(body(argument));
	return pid;
}
