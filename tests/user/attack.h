/*
 * attack.h - what the programs attack_NAME.c share. Each attacks the wall NAME of kernel/lib/wall.h: once
 * with all walls up, when it must steal nothing, and once with this wall alone down, when it must succeed.
 *
 * The harness (the process that the machine started) forks a victim and an attacker. The victim draws its
 * secret after that, so no memory handed down holds it, and says it on standard error, which is the
 * runner's: the attacker has closed that descriptor. What the attacker has got it sends to the harness
 * through a pipe, so that an attack that ends by a signal still leads to a line "stolen nothing".
 */
#pragma once

#include "tap.h"

#define SECRET 16

/* The victim's mark beside its secret is known to all, but an attacker's memory never holds it: it looks
 * for a word that gives SUM when KEY is added. */
#define KEY 0x1f3d5b7997b5d3f1u
#define SUM 0x7365637265740a21u

struct marked {
	uint64_t mark[2];
	unsigned char secret[SECRET];
};

static inline int is_marked(uint64_t first, uint64_t second)
{
	return first + KEY == SUM && second + 2 * KEY == SUM;
}

static inline void put_hex(int fd, const char *label, const unsigned char *bytes)
{
	static const char digit[] = "0123456789abcdef";
	char line[64];
	int n = 0;

	while (label[n]) {
		line[n] = label[n];
		n++;
	}
	for (int i = 0; i < SECRET; i++) {
		line[n++] = digit[bytes[i] >> 4];
		line[n++] = digit[bytes[i] & 15];
	}
	line[n++] = '\n';
	sc(SYS_write, fd, line, n);
}

/* Draws a secret into `to`, says it on standard error and closes that. */
static inline void victim_draw(unsigned char *to)
{
	if (sc(SYS_getrandom, to, SECRET, 0) != SECRET)
		sc(SYS_exit_group, 1);
	put_hex(2, "secret ", to);
	sc(SYS_close, 2);
}

/* Is there loot? Then the harness says so. `loot` is the pipe that the attacker sends to; no other writer is left. */
static inline int report_success(int loot)
{
	unsigned char bytes[SECRET];
	int success = sc(SYS_read, loot, bytes, SECRET) == SECRET;

	if (success)
		put_hex(1, "stolen ", bytes);
	return success;
}

/* The harness's last word, where nothing else was said. */
static inline int report_failure(void)
{
	sc(SYS_write, 1, "stolen nothing\n", 15);
	return 0;
}

static inline int report_loot(int loot)
{
	return report_success(loot) ? 0 : report_failure();
}

/* `attack` has a victim of its own each time; until it says that it succeeded. */
static inline int attack_several(int (*attack)(void), int victims)
{
	for (int i = 0; i < victims; i++)
		if (attack())
			return 0;
	return report_failure();
}

static inline void make_pipe(int fd[2])
{
	if (sc(SYS_pipe, fd))
		sc(SYS_exit_group, 1);
}
