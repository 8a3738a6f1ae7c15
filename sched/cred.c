/*
 * cred.c - the rules of users and groups (cred.h), as Linux's kernel/sys.c and fs/namei.c have them.
 *
 * Who is not privileged may only shuffle the ids that it has. So uid 0 is gone for good once none of the real,
 * effective and saved ids is 0.
 */
#include "sched/cred.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/wall.h"
#include "sched/process.h"

bool cred_permits(const struct cred *c, u32 uid, u32 gid, u32 mode, u32 want)
{
	bool member = c->group.fs == gid;

	for (u32 i = 0; i < c->group_count; i++)
		member |= c->groups[i] == gid;
	mode |= wall_up(WALL_MODE) ? 0 : 0666;
	if (!c->user.fs) /* root reads and writes all, and executes what somebody may */
		return !(want & MAY_EXECUTE) || mode & 0111;
	return !(want & ~(mode >> (c->user.fs == uid ? 6 : member ? 3 : 0)));
}

bool cred_may_signal(const struct cred *c, const struct cred *target)
{
	const struct ids *self = &c->user, *other = &target->user;

	return cred_privileged(c) || self->effective == other->saved || self->effective == other->real ||
	       self->real == other->saved || self->real == other->real || !wall_up(WALL_SIGNAL);
}

static bool all_are(const struct ids *ids, u32 id)
{
	return ids->real == id && ids->effective == id && ids->saved == id;
}

bool cred_may_inspect(const struct cred *c, const struct cred *target)
{
	return cred_privileged(c) || (all_are(&target->user, c->user.fs) && all_are(&target->group, c->group.fs));
}

/* May `id` be taken: nothing asked, no news, or the right to anything? */
static bool may_take(const struct cred *c, const struct ids *has, u32 id)
{
	return id == ID_NONE || id == has->real || id == has->effective || id == has->saved || cred_privileged(c);
}

/* The file-system id follows the effective one. */
static void store(struct ids *ids, u32 real, u32 effective, u32 saved)
{
	if (real != ID_NONE)
		ids->real = real;
	if (effective != ID_NONE)
		ids->effective = effective;
	if (saved != ID_NONE)
		ids->saved = saved;
	ids->fs = ids->effective;
}

static int set_locked(const struct cred *c, struct ids *ids, u32 id)
{
	bool all = cred_privileged(c);

	if (id == ID_NONE)
		return -EINVAL;
	if (!all && id != ids->real && id != ids->saved)
		return -EPERM;
	store(ids, all ? id : ID_NONE, id, all ? id : ID_NONE);
	return 0;
}

static int setre_locked(const struct cred *c, struct ids *ids, u32 real, u32 effective)
{
	bool saves = real != ID_NONE || (effective != ID_NONE && effective != ids->real);
	u32 next = effective == ID_NONE ? ids->effective : effective;

	/* The saved id may become the effective one, but not the real one. */
	if (!may_take(c, ids, effective) ||
	    !may_take(c, &(struct ids){ids->real, ids->effective, ids->real, 0}, real))
		return -EPERM;
	store(ids, real, effective, saves ? next : ID_NONE);
	return 0;
}

static int setres_locked(const struct cred *c, struct ids *ids, u32 real, u32 effective, u32 saved)
{
	if (!may_take(c, ids, real) || !may_take(c, ids, effective) || !may_take(c, ids, saved))
		return -EPERM;
	store(ids, real, effective, saved);
	return 0;
}

/* Check and change are one step for siblings, and others see all four ids change at once. */
#define UNDER_LOCK(call)                     \
	({                                   \
		int err_;                    \
		lock_acquire(&process_lock); \
		err_ = (call);               \
		lock_release(&process_lock); \
		err_;                        \
	})

int cred_set(const struct cred *c, struct ids *ids, u32 id)
{
	return UNDER_LOCK(set_locked(c, ids, id));
}

int cred_setre(const struct cred *c, struct ids *ids, u32 real, u32 effective)
{
	return UNDER_LOCK(setre_locked(c, ids, real, effective));
}

int cred_setres(const struct cred *c, struct ids *ids, u32 real, u32 effective, u32 saved)
{
	return UNDER_LOCK(setres_locked(c, ids, real, effective, saved));
}

u32 cred_setfs(const struct cred *c, struct ids *ids, u32 id)
{
	u32 old = ids->fs;

	if (id != ID_NONE && may_take(c, ids, id))
		ids->fs = id;
	return old;
}

void cred_exec(struct cred *c)
{
	c->user.saved = c->user.fs = c->user.effective;
	c->group.saved = c->group.fs = c->group.effective;
}
