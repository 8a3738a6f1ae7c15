/*
 * limit.c - see limit.h.
 */
#include "sched/limit.h"
#include "kernel/lib/errno.h"

#define BOTH(n) {(n), (n)}

const struct rlimit_abi limits_default[LIMITS] = {
	[LIMIT_CPU] = BOTH(LIMIT_NONE), [LIMIT_FSIZE] = BOTH(LIMIT_NONE), [LIMIT_DATA] = BOTH(LIMIT_NONE),
	[LIMIT_STACK] = {8ul << 20, LIMIT_NONE}, [LIMIT_CORE] = {0, LIMIT_NONE}, [LIMIT_RSS] = BOTH(LIMIT_NONE),
	[LIMIT_NPROC] = BOTH(2048), [LIMIT_NOFILE] = {1024, LIMIT_NOFILE_MAX}, [LIMIT_MEMLOCK] = BOTH(8ul << 20),
	[LIMIT_AS] = BOTH(LIMIT_NONE), [LIMIT_LOCKS] = BOTH(LIMIT_NONE), [LIMIT_SIGPENDING] = BOTH(2048),
	[LIMIT_MSGQUEUE] = BOTH(819200), [LIMIT_NICE] = BOTH(0), [LIMIT_RTPRIO] = BOTH(0),
	[LIMIT_RTTIME] = BOTH(LIMIT_NONE),
};

static bool all_are(const struct ids *ids, u32 id)
{
	return ids->real == id && ids->effective == id && ids->saved == id;
}

static bool may_reach(const struct process *self, const struct process *p)
{
	const struct cred *c = &self->cred, *target = &p->cred;

	return self == p || cred_privileged(c) ||
	       (all_are(&target->user, c->user.real) && all_are(&target->group, c->group.real));
}

static int check_new(const struct process *self, u32 which, const struct rlimit_abi *old, const struct rlimit_abi *new)
{
	if (new->soft > new->hard)
		return -EINVAL;
	if (which == LIMIT_NOFILE && new->hard > LIMIT_NOFILE_MAX)
		return -EPERM; /* as Linux beyond its fs.nr_open, whoever asks */
	return new->hard > old->hard && !cred_privileged(&self->cred) ? -EPERM : 0;
}

static int change(struct process *self, struct process *p, u32 which, const struct rlimit_abi *new,
		  struct rlimit_abi *old)
{
	int err = 0;

	if (!p)
		return -ESRCH;
	if (!may_reach(self, p))
		return -EPERM;
	if (which >= LIMITS)
		return -EINVAL;
	*old = p->limits[which];
	if (new)
		err = check_new(self, which, old, new);
	if (new && !err)
		p->limits[which] = *new;
	return err;
}

int limit_change(i32 pid, u32 which, const struct rlimit_abi *new, struct rlimit_abi *old)
{
	struct process *self = process_current();
	int err;

	lock_acquire(&process_lock);
	err = change(self, pid ? process_find(pid) : self, which, new, old);
	lock_release(&process_lock);
	return err;
}

bool limit_may_fork(const struct process *p)
{
	u32 uid = p->cred.user.real;
	u64 n = 0;

	if (!uid || cred_privileged(&p->cred) || p->limits[LIMIT_NPROC].soft == LIMIT_NONE)
		return true;
	lock_acquire(&process_lock);
	for (struct process *i = process_first(); i; i = process_next(i))
		if (i->cred.user.real == uid) /* a leader counts until it has been waited for, as on Linux */
			n += i->thread_count + !i->leader;
	lock_release(&process_lock);
	return n < p->limits[LIMIT_NPROC].soft;
}
