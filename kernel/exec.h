/*
 * exec.h - from a program in the archive to a process that runs it.
 */
#pragma once

#include "kernel/exec_args.h"
#include "sched/process.h"

struct archive_entry;

/* A finished space with the program and its stack in it. */
struct exec_image {
	struct aspace *aspace;
	u64 entry, stack;
	const char *path; /* the archive's name of it, without the slash */
};

extern bool exec_randomizes; /* false: the boot word norandmaps */

/* The program at `path`: 0, -ENOENT, -ENOTDIR, -EACCES. It comes first: Linux looks at the strings after it. */
int exec_find(const char *path, const struct cred *cred, const struct archive_entry **out);
/* 0, -ENOEXEC, -EACCES, -ENOENT, -ENOMEM, -E2BIG. Changes nothing else. `called` is the path as the caller
 * gave it (AT_EXECFN). */
int exec_prepare(const struct archive_entry *file, const char *called, struct exec_args *a, struct exec_image *out);
/* The point of no return: process p, whose only thread is t, runs the image from its next return to ring 3. */
void exec_commit(struct process *p, struct thread *t, struct exec_image *image);

/* Process 1, from /bin/init: 0 or negative errno. */
int exec_start_init(void);
