/*
 * test_cred.c - what owner, group and mode allow (sched/cred.h). The calls that change ids are tested from
 * ring 3, against Linux: t_setuid, t_groups, t_kill_users, t_mq_users.
 */
#include "kernel/lib/test.h"
#include "sched/process.h"

#define OWNER  45001
#define GROUP  45002
#define OTHERS 45003

static struct cred user_of(u32 uid, u32 gid, u32 extra)
{
	return (struct cred){{uid, uid, uid, uid}, {gid, gid, gid, gid}, 2, {1, extra}, 0};
}

/* For each thing that may be wanted, 0 to 7, whether it is allowed, as a bit. */
static u32 allowed(struct cred c, u32 mode)
{
	u32 bits = 0;

	for (u32 want = 0; want < 8; want++)
		bits |= cred_permits(&c, OWNER, GROUP, mode, want) ? BIT(want) : 0;
	return bits;
}

/* The same, if the three bits of `rights` decide. */
static u32 subsets(u32 rights)
{
	u32 bits = 0;

	for (u32 want = 0; want < 8; want++)
		bits |= want & ~rights ? 0 : BIT(want);
	return bits;
}

KTEST(cred_owner_group_others)
{
	for (u32 mode = 0; mode < 01000; mode++) {
		EXPECT_EQ(allowed(user_of(OWNER, GROUP, 2), mode), subsets(mode >> 6));
		EXPECT_EQ(allowed(user_of(OTHERS, GROUP, 2), mode), subsets(mode >> 3 & 7));
		EXPECT_EQ(allowed(user_of(OTHERS, OTHERS, GROUP), mode), subsets(mode >> 3 & 7));
		EXPECT_EQ(allowed(user_of(OTHERS, OTHERS, 2), mode), subsets(mode & 7));
		EXPECT_EQ(allowed(user_of(OTHERS, OTHERS, OWNER), mode), subsets(mode & 7));
	}
}

KTEST(cred_root_executes_only_what_somebody_may)
{
	EXPECT_EQ(allowed(user_of(0, 0, 0), 0), subsets(MAY_READ | MAY_WRITE));
	EXPECT_EQ(allowed(user_of(0, 0, 0), 0666), subsets(MAY_READ | MAY_WRITE));
	EXPECT_EQ(allowed(user_of(0, 0, 0), 0010), subsets(7));
	EXPECT_EQ(allowed(user_of(0, 0, 0), 0001), subsets(7));
}

KTEST(cred_file_system_id_decides_on_files)
{
	struct cred c = user_of(0, 0, 0);

	c.user.fs = OTHERS;
	EXPECT(cred_privileged(&c));
	EXPECT_EQ(allowed(c, 0600), subsets(0));
	EXPECT(!cred_owns(&c, OWNER) && cred_owns(&c, OTHERS));
	c = user_of(OTHERS, OTHERS, 0);
	c.user.fs = 0;
	EXPECT(!cred_privileged(&c) && cred_owns(&c, OWNER));
	EXPECT_EQ(allowed(c, 0), subsets(MAY_READ | MAY_WRITE));
}

KTEST(cred_of_a_kernel_thread_is_root)
{
	EXPECT(process_current() || cred_privileged(cred_current()));
	EXPECT(process_current() || !cred_current()->umask);
}
