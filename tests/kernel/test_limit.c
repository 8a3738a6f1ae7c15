/*
 * test_limit.c - resource limits and usage where ring 3 cannot see or cannot go: a user that is not root, and time
 * that must add up (sched/limit.h, sched/usage.h).
 */
#include "kernel/lib/errno.h"
#include "kernel/x86/clock.h"
#include "sched/limit.h"
#include "sched/sched.h"
#include "tests/kernel/support.h"

extern const char ring3_exit[];

static void become(struct process *p, u32 uid)
{
	p->cred.user = (struct ids){uid, uid, uid, uid};
	p->cred.group = p->cred.user;
}

KTEST(limit_rights)
{
	const struct rlimit_abi low = {10, 20}, high = {10, 30}, wrong = {21, 20};
	struct process *self = process_current(), *child = child_create(ring3_exit, 0, 0);
	struct rlimit_abi old, before = self->limits[LIMIT_RSS];

	REQUIRE(child);
	process_publish(child);
	EXPECT_EQ(limit_change(0, LIMIT_RSS, &low, &old), 0);
	EXPECT(old.soft == before.soft && child->limits[LIMIT_RSS].soft == before.soft);
	become(self, 1000);
	EXPECT_EQ(limit_change(0, LIMIT_RSS, &high, &old), -EPERM);
	EXPECT_EQ(limit_change(0, LIMIT_RSS, &wrong, &old), -EINVAL);
	EXPECT_EQ(limit_change(0, LIMIT_RSS, &low, &old), 0);
	EXPECT_EQ(limit_change(child->pid, LIMIT_RSS, NULL, &old), -EPERM);
	EXPECT_EQ(limit_change(child->pid, LIMITS, NULL, &old), -EPERM);
	become(child, 1000);
	EXPECT_EQ(limit_change(child->pid, LIMIT_RSS, &low, &old), 0);
	EXPECT_EQ(child->limits[LIMIT_RSS].hard, 20);
	become(self, 0);
	EXPECT_EQ(limit_change(0, LIMIT_RSS, &before, &old), 0);
	EXPECT_EQ(limit_change(INT32_MAX, LIMIT_RSS, NULL, &old), -ESRCH);
	thread_start(child->leader);
	EXPECT_EQ(child_wait(child->pid), status_exited(0));
}

/* Processes of one user, the dead ones too until they are waited for; root may always. */
KTEST(limit_processes)
{
	struct process *self = process_current(), *child = child_create(ring3_exit, 0, 0);
	struct rlimit_abi *limit = &self->limits[LIMIT_NPROC], before = *limit;

	REQUIRE(child);
	become(child, 1000);
	child_start(child);
	limit->soft = 0;
	EXPECT(limit_may_fork(self));
	become(self, 1000);
	EXPECT(!limit_may_fork(self));
	limit->soft = 2;
	EXPECT(!limit_may_fork(self)); /* itself and the child */
	limit->soft = 3;
	EXPECT(limit_may_fork(self));
	while (!child->zombie)
		thread_yield();
	limit->soft = 2;
	EXPECT(!limit_may_fork(self));
	EXPECT_EQ(child_wait(child->pid), status_exited(0));
	EXPECT(limit_may_fork(self));
	limit->soft = LIMIT_NONE;
	EXPECT(limit_may_fork(self));
	become(self, 0);
	*limit = before;
}

/* What was told never goes back, however the ticks fall, and both parts are the whole. */
KTEST(usage_never_goes_back)
{
	struct process *p = child_create(ring3_exit, 0, 0);
	struct thread *t = p ? p->leader : NULL;

	REQUIRE(p);
	t->cpu_ns = 1000;
	usage_update(p);
	EXPECT(p->own.user_ns == 1000 && p->own.system_ns == 0); /* no tick yet: ring 3's */
	t->cpu_ns = 2000;
	t->ticks[1] = 3;
	usage_update(p);
	EXPECT(p->own.user_ns == 1000 && p->own.system_ns == 1000);
	t->cpu_ns = 3000;
	t->ticks[0] = 97;
	usage_update(p);
	EXPECT(p->own.user_ns == 2000 && p->own.system_ns == 1000);
	t->cpu_ns = 100000;
	usage_update(p);
	EXPECT(p->own.user_ns == 97000 && p->own.system_ns == 3000);
	t->cpu_ns = 0x7fffffffffffffff; /* three centuries do not overflow */
	t->ticks[0] = t->ticks[1] = 0x7fffffffff;
	usage_update(p);
	EXPECT_EQ(p->own.user_ns + p->own.system_ns, t->cpu_ns);
	EXPECT(p->own.system_ns > t->cpu_ns / 2 - 0xffffffffffull && p->own.system_ns <= t->cpu_ns / 2 + 1);
	t->cpu_ns = 0;
	child_start(p);
	child_wait(p->pid);
}
