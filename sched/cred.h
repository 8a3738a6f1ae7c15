/*
 * cred.h - who a process is (credentials(7)), and what that lets it do.
 *
 * There are no capabilities: effective uid 0 is the privilege, as on Linux for a process that root started.
 * For files the file-system ids stand in for the effective ones. A process changes only its own, under
 * process_lock, and may read its own without; others read them under the lock.
 */
#pragma once

#include "kernel/lib/types.h"

#define GROUPS_MAX 32
#define ID_NONE    0xffffffffu /* (uid_t)-1: leave it alone; never an id */

struct ids {
	u32 real, effective, saved, fs;
};

struct cred {
	struct ids user, group;
	u32 group_count, groups[GROUPS_MAX]; /* supplementary, ascending */
	u32 umask;
};

enum { MAY_EXECUTE = 1, MAY_WRITE = 2, MAY_READ = 4 };

/* May it do what is root's alone? */
static inline bool cred_privileged(const struct cred *c)
{
	return !c->user.effective;
}

/* Is it owner of what `uid` owns, or root, in the eyes of a file system (a sticky directory, chmod ...)? */
static inline bool cred_owns(const struct cred *c, u32 uid)
{
	return !c->user.fs || c->user.fs == uid;
}

/* Do owner, group and mode of an object let it do all of `want`? */
bool cred_permits(const struct cred *c, u32 uid, u32 gid, u32 mode, u32 want);
/* May it send signals to a process with `target` (kill(2)), or look into one (proc(5), hidepid)? */
bool cred_may_signal(const struct cred *c, const struct cred *target);
bool cred_may_inspect(const struct cred *c, const struct cred *target);

/* The calls of that name, on `ids`, which are the user or the group ids of `c`: 0 or -EPERM, -EINVAL, having
 * changed nothing then. They take process_lock. */
int cred_set(const struct cred *c, struct ids *ids, u32 id);
int cred_setre(const struct cred *c, struct ids *ids, u32 real, u32 effective);
int cred_setres(const struct cred *c, struct ids *ids, u32 real, u32 effective, u32 saved);
u32 cred_setfs(const struct cred *c, struct ids *ids, u32 id); /* the old one */
/* What exec does: saved and file-system ids become the effective ones. */
void cred_exec(struct cred *c);
