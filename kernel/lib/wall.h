/*
 * wall.h - the registry of isolation mechanisms.
 *
 * Each wall is enforced at one place in the kernel, which asks wall_up(). In the release and test builds
 * the answer is the constant true and the compiler removes the question. In the walls build the boot
 * word `walls=-NAME` takes away exactly that one check, bit or instruction, so that the attack in
 * tests/user/attack_NAME.c, which fails against the wall, can be seen to succeed without it.
 */
#pragma once

#include "kernel/lib/config.h"
#include "kernel/lib/types.h"

/* X(symbol, name, what stands) */
#define WALL_LIST(X)                                                                      \
	X(USER_BIT, "user-bit", "kernel pages lack the U bit: ring 3 cannot read them")    \
	X(TEXT_RO, "text-ro", "pages of a region without write right lack the W bit")      \
	X(NX, "nx", "pages of a region without execute right carry the NX bit")            \
	X(COW, "cow", "fork write-protects what both processes now share")                 \
	X(ZERO, "zero", "a frame is zeroed before ring 3 sees it")                         \
	X(REGS, "regs", "exec starts with every register zero")                            \
	X(FPU, "fpu", "a switch saves and loads the vector registers")                     \
	X(COPY_RANGE, "copy-range", "a user copy refuses addresses outside user space")    \
	X(SINGLE_FETCH, "single-fetch", "what was checked of a user copy is what is used") \
	X(DOWNGRADE, "downgrade", "what fork write-protects goes from the TLBs as well")   \
	X(SHOOTDOWN, "shootdown", "other CPUs flush what one of them takes away")          \
	X(ASLR, "aslr", "exec puts program, heap, mappings and stack at random places")    \
	X(SIGNAL, "signal", "a signal comes from the same user or from root only")         \
	X(MODE, "mode", "a queue or file opens only for whom owner, group and mode admit") \
	X(W_XOR_X, "w-xor-x", "what could be written once never executes")                 \
	X(STACK_GUARD, "stack-guard", "what grows down keeps a gap to what is below it")   \
	X(SMEP, "smep", "ring 0 does not execute pages of ring 3")                         \
	X(SMAP, "smap", "ring 0 touches pages of ring 3 in user copies only")

enum wall {
#define WALL_ENUM(symbol, name, text) WALL_##symbol,
	WALL_LIST(WALL_ENUM)
#undef WALL_ENUM
	WALL_COUNT
};

extern bool wall_is_down[WALL_COUNT]; /* walls build only; elsewhere never written */

static inline bool wall_up(enum wall w)
{
	return !BUILD_WALLS || likely(!wall_is_down[w]);
}

/* Applies the boot word's value ("-nx"). False, with one log line, on a name that is not known
 * or in a build without switches. */
bool walls_configure(const char *value);
