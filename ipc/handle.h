/*
 * handle.h - the handle table: small numbers to open files, with rights that can only shrink.
 *
 * A look-up takes the table's lock and a reference, so a file outlives a close by a sibling. A call that
 * makes a handle reserves the number first, while it can still fail, and fills it in when it no longer can.
 * Lock: RANK_HANDLES, inside.
 */
#pragma once

#include "ipc/file.h"
#include "kernel/lib/limits.h"
#include "kernel/lib/lock.h"

#define HANDLES_MAX LIMIT_NOFILE_MAX /* numbers; the calling process's RLIMIT_NOFILE bounds new ones */

enum { HANDLE_READ = 1, HANDLE_WRITE = 2, HANDLE_CLOEXEC = 4 };

struct handle_table;

struct handle_table *handles_create(void);                           /* NULL: out of memory */
struct handle_table *handles_fork(struct handle_table *from);        /* NULL: out of memory */
void handles_destroy(struct handle_table *t);                        /* closes everything */
void handles_close_on_exec(struct handle_table *t);

/* The lowest free number >= from, now taken but not yet visible. -EMFILE, -ENOMEM, -EINVAL. */
int handle_reserve(struct handle_table *t, int from);
/* Cannot fail: the caller's reference to `f` moves in. */
void handle_commit(struct handle_table *t, int fd, struct file *f, u32 rights);
void handle_cancel(struct handle_table *t, int fd);
/* Both in one; on failure the reference stays the caller's. */
int handle_install(struct handle_table *t, struct file *f, u32 rights, int from);

/* The file with a new reference, if the handle has all `rights`; NULL (the caller says -EBADF). */
struct file *handle_get(struct handle_table *t, int fd, u32 rights);
int handle_close(struct handle_table *t, int fd);                     /* -EBADF */
/* -EBADF, -EMFILE, -EINVAL, -ENOMEM. */
int handle_dup(struct handle_table *t, int fd, int from, bool cloexec);
int handle_dup_to(struct handle_table *t, int fd, int to, bool cloexec); /* dup3's: to != fd */
int handle_flags(struct handle_table *t, int fd);                     /* FD_CLOEXEC or 0; -EBADF */
int handle_set_flags(struct handle_table *t, int fd, bool cloexec);
u64 handles_live(void); /* used handles of all tables: the tests' leak check */

/* The rights that a handle to a file opened with `flags` starts with. */
static inline u32 handle_rights(u32 flags)
{
	static const u8 by_mode[4] = {HANDLE_READ, HANDLE_WRITE, HANDLE_READ | HANDLE_WRITE, 0};

	return by_mode[flags & O_ACCMODE] | (flags & O_CLOEXEC ? HANDLE_CLOEXEC : 0);
}
