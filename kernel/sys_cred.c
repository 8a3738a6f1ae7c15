/*
 * sys_cred.c - decoders of the calls about users and groups (credentials(7)); the rules are in sched/cred.c.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/syscall.h"

static i64 put_three(const struct ids *ids, const struct trapframe *f)
{
	const u32 all[] = {ids->real, ids->effective, ids->saved};

	for (int i = 0; i < 3; i++)
		if (copy_to_user(arg_uva(f, i), &all[i], sizeof all[i]))
			return -EFAULT;
	return 0;
}

/* Each of these calls exists for users and for groups, and differs in nothing else. */
#define PAIR(call, result)                                                                      \
	static i64 call##_ids(const struct cred *c, struct ids *ids, const struct trapframe *f) \
	{                                                                                       \
		(void)c, (void)f;                                                               \
		return result;                                                                  \
	}                                                                                       \
	i64 sys_##call##uid(struct thread *self, struct trapframe *f)                           \
	{                                                                                       \
		return call##_ids(&self->process->cred, &self->process->cred.user, f);          \
	}                                                                                       \
	i64 sys_##call##gid(struct thread *self, struct trapframe *f)                           \
	{                                                                                       \
		return call##_ids(&self->process->cred, &self->process->cred.group, f);         \
	}

PAIR(get, ids->real)
PAIR(gete, ids->effective)
PAIR(getres, put_three(ids, f))
PAIR(set, cred_set(c, ids, (u32)arg(f, 0)))
PAIR(setre, cred_setre(c, ids, (u32)arg(f, 0), (u32)arg(f, 1)))
PAIR(setres, cred_setres(c, ids, (u32)arg(f, 0), (u32)arg(f, 1), (u32)arg(f, 2)))
PAIR(setfs, cred_setfs(c, ids, (u32)arg(f, 0)))

i64 sys_getgroups(struct thread *self, struct trapframe *f)
{
	const struct cred *c = &self->process->cred;
	int size = arg_int(f, 0);

	if (size < 0 || (size && (u32)size < c->group_count))
		return -EINVAL;
	if (size && copy_to_user(arg_uva(f, 1), c->groups, c->group_count * sizeof c->groups[0]))
		return -EFAULT;
	return c->group_count;
}

/* Puts `id` where it belongs among the first n. */
static void insert(u32 *groups, u32 n, u32 id)
{
	for (; n && groups[n - 1] > id; n--)
		groups[n] = groups[n - 1];
	groups[n] = id;
}

i64 sys_setgroups(struct thread *self, struct trapframe *f)
{
	u32 n = (u32)arg(f, 0), wanted[GROUPS_MAX], sorted[GROUPS_MAX];
	struct cred *c = &self->process->cred;

	if (!cred_privileged(c))
		return -EPERM;
	if (n > GROUPS_MAX)
		return -EINVAL;
	if (copy_from_user(wanted, arg_uva(f, 1), n * sizeof wanted[0]))
		return -EFAULT;
	for (u32 i = 0; i < n; i++) {
		if (wanted[i] == ID_NONE)
			return -EINVAL;
		insert(sorted, i, wanted[i]);
	}
	lock_acquire(&process_lock);
	memcpy(c->groups, sorted, n * sizeof sorted[0]);
	c->group_count = n;
	lock_release(&process_lock);
	return 0;
}

i64 sys_umask(struct thread *self, struct trapframe *f)
{
	struct cred *c = &self->process->cred;

	return __atomic_exchange_n(&c->umask, (u32)arg(f, 0) & 0777, __ATOMIC_RELAXED);
}
