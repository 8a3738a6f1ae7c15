/*
 * exec_args.h - execve's strings, from where they are to the stack of the new program.
 */
#pragma once

#include "kernel/elf.h"
#include "mm/aspace.h"
#include "sched/cred.h"

/* Strings laid out one behind the other in frames, which become pages of the new stack as they are. */
struct exec_args {
	pa_t *frames;
	u32 frame_count;
	u64 length; /* bytes used */
	u32 argc, envc;
	const struct cred *cred; /* the caller's */
	const struct rlimit_abi *limits; /* of the process; NULL: none */
	struct {
		unsigned __int128 places;
		u8 at_random[16];
	} drawn;                  /* random bytes: what decides on places, and what AT_RANDOM points to */
	unsigned __int128 places; /* what is left of the first; 0: nothing is random */
	u64 stack_top;            /* page-aligned */
	u64 stack_skip;           /* bytes that stay free below the strings, less than two pages */
};

int exec_args_init(struct exec_args *a); /* 0 or -ENOMEM */
void exec_args_free(struct exec_args *a);
/* Appends the strings of a user vector that ends with NULL, and counts them in *count (argc or envc).
 * 0, -EFAULT, -E2BIG, -ENOMEM. */
int exec_args_user(struct exec_args *a, uva_t vector, u32 *count);
/* Appends one string of the kernel's. */
int exec_args_kernel(struct exec_args *a, const char *text, u32 *count);
/* As much as exec_args_stack() will need at the most. */
u64 exec_args_room(const struct exec_args *a);
/* Builds the stack in `as`, whose stack region is there and empty, and ends at a->stack_top; *rsp is where the program
 * starts. */
int exec_args_stack(struct exec_args *a, const char *path, const struct elf_image *elf, struct aspace *as, u64 *rsp);
