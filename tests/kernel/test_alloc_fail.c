/*
 * test_alloc_fail.c - out of memory at every place: each operation is tried with its first, second, ... allocation
 * failing until it succeeds. It must say so, and leave nothing behind (FAIL_LOOP of support.h compares).
 */
#include "ipc/archive.h"
#include "ipc/handle.h"
#include "ipc/message.h"
#include "ipc/mqueue.h"
#include "ipc/pipe.h"
#include "kernel/lib/config.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/x86/clock.h"
#include "kernel/x86/trapframe.h"
#include "mm/cache.h"
#include "mm/frame.h"
#include "mm/kstack.h"
#include "sched/mutex.h"
#include "tests/kernel/support.h"

#define A  0x20000000ul
#define PG PAGE_SIZE

extern const char ring3_exit[], ring3_fork_wait[];

static bool planned_failure(void)
{
	if (!BUILD_TEST)
		ktest_skip("allocations fail on demand in test builds only");
	return BUILD_TEST;
}

/* Read-write pages with a hole behind, read-only ones and PROT_NONE, some of them touched, far apart. */
static struct aspace *rich_space(void)
{
	struct aspace *as = aspace_create();

	EXPECT(as && !space_map(as, A, 8, PROT_RW) && !space_map(as, A + 16 * PG, 2, PROT_RX));
	EXPECT(as && !space_map(as, 0x7f0000000000, 3, PROT_RW));
	for (u32 i = 0; as && i < 8; i += 2)
		EXPECT(!space_fault(as, A + i * PG, PF_WRITE));
	EXPECT(as && !space_fault(as, A + 16 * PG, 0) && !space_fault(as, 0x7f0000000000, PF_WRITE));
	EXPECT(as && !space_protect(as, A + 4 * PG, 1, PROT_NOTHING));
	return as;
}

KTEST(fail_aspace_create)
{
	if (!planned_failure())
		return;
	FAIL_LOOP(l) {
		struct aspace *as = aspace_create();

		fail_loop_disarm(&l);
		if (as)
			aspace_unref(as);
		fail_loop_check(&l, as);
	}
	EXPECT(l.nth >= 3);
}

/* mmap over the middle of a region, mprotect, munmap: a failure leaves the regions as they were. */
static int change_space(struct aspace *as, u32 which)
{
	switch (which) {
	case 0: return space_map(as, A + 2 * PG, 2, PROT_R);
	case 1: return space_protect(as, A + PG, 1, PROT_R);
	default: return space_unmap(as, A + PG, 6);
	}
}

static void fail_change(u32 which)
{
	FAIL_LOOP(l) {
		struct aspace *as;
		u32 regions;
		int err;

		alloc_fail_set(0);
		as = rich_space();
		REQUIRE(as);
		regions = space_regions(as);
		alloc_fail_set(l.nth);
		err = change_space(as, which);
		fail_loop_disarm(&l);
		EXPECT(!err || (err == -ENOMEM && space_regions(as) == regions && as->resident == 6));
		aspace_unref(as);
		fail_loop_check(&l, !err);
	}
}

KTEST(fail_aspace_changes)
{
	if (!planned_failure())
		return;
	for (u32 which = 0; which < 3; which++)
		fail_change(which);
}

KTEST(fail_aspace_fork)
{
	struct aspace *as;

	if (!planned_failure())
		return;
	as = rich_space();
	REQUIRE(as);
	FAIL_LOOP(l) {
		struct aspace *copy = space_fork(as);

		fail_loop_disarm(&l);
		EXPECT(!copy || copy->resident == as->resident);
		if (copy)
			aspace_unref(copy);
		fail_loop_check(&l, copy);
	}
	EXPECT(l.nth >= 8);
	/* All that a failed fork may leave is write protection, which a fault takes back. */
	EXPECT(!space_fault(as, A, PF_WRITE | PF_PRESENT) && as->resident == 6);
	aspace_unref(as);
}

/* Tables and frame of a first touch; and the copy of a page that fork shares. */
KTEST(fail_fault)
{
	if (!planned_failure())
		return;
	FAIL_LOOP(l) {
		struct aspace *as;
		int err;

		alloc_fail_set(0);
		as = aspace_create();
		EXPECT(as && !space_map(as, A, 1, PROT_RW));
		alloc_fail_set(l.nth);
		err = space_fault(as, A, PF_WRITE);
		fail_loop_disarm(&l);
		EXPECT(!err || (err == -ENOMEM && !as->resident));
		aspace_unref(as);
		fail_loop_check(&l, !err);
	}
	EXPECT_EQ(l.nth, 5); /* three tables, the frame, success */
}

KTEST(fail_cow)
{
	struct aspace *as, *child;

	if (!planned_failure())
		return;
	as = rich_space();
	child = as ? space_fork(as) : NULL;
	REQUIRE(child);
	alloc_fail_set(1);
	EXPECT_EQ(space_fault(child, A, PF_WRITE | PF_PRESENT), -ENOMEM);
	alloc_fail_set(0);
	EXPECT(space_entry(child, A) == space_entry(as, A) && !space_fault(child, A, PF_WRITE | PF_PRESENT));
	aspace_unref(as);
	aspace_unref(child);
}

KTEST(fail_brk)
{
	if (!planned_failure())
		return;
	FAIL_LOOP(l) {
		struct aspace *as;
		u64 brk;

		alloc_fail_set(0);
		as = aspace_create();
		REQUIRE(as);
		as->brk_start = as->brk = A;
		alloc_fail_set(l.nth);
		brk = aspace_brk(as, A + 5 * PG);
		fail_loop_disarm(&l);
		EXPECT_EQ(brk, l.done ? A + 5 * PG : A);
		aspace_unref(as);
		fail_loop_check(&l, brk != A);
	}
}

static void nothing(void *unused)
{
	(void)unused;
}

/* With no spare stack left, a thread needs page tables and frames for a new one. */
KTEST(fail_thread_create)
{
	u64 tops[20];
	u32 n = 0;

	if (!planned_failure())
		return;
	do
		tops[n] = kstack_alloc();
	while (tops[n] && ++n < ARRAY_SIZE(tops) && kstack_spare_frames());
	FAIL_LOOP(l) {
		struct thread *t;
		u64 spare;

		while (kstack_spare_frames() && n < ARRAY_SIZE(tops)) /* what the last round freed */
			tops[n++] = kstack_alloc();
		alloc_fail_set(0);
		l.frames = frames_held();
		alloc_fail_set(l.nth);
		t = thread_create_kernel(nothing, NULL);
		fail_loop_disarm(&l);
		if (t)
			thread_destroy(t);
		spare = kstack_spare_frames();
		EXPECT(t ? spare : !spare);
		fail_loop_check(&l, t);
	}
	EXPECT(l.nth >= 6);
	while (n)
		kstack_free(tops[--n]);
}

KTEST(fail_process_create)
{
	if (!planned_failure())
		return;
	FAIL_LOOP(l) {
		struct process *p = child_create(ring3_exit, 0, 0);

		fail_loop_disarm(&l);
		if (p) {
			handles_destroy(p->handles);
			process_discard(p);
		}
		fail_loop_check(&l, p);
	}
	EXPECT(l.nth >= 8);
}

/* fork in ring 3: ENOMEM, or the child or the parent is killed where a page fault finds no frame. */
KTEST(fail_fork_from_ring3)
{
	u32 refused = 0;

	if (!planned_failure())
		return;
	FAIL_LOOP(l) {
		struct process *p;
		i32 status;

		alloc_fail_set(0);
		p = child_create(ring3_fork_wait, 0, 0);
		REQUIRE(p);
		alloc_fail_set(l.nth);
		child_start(p);
		status = child_wait(p->pid);
		while (child_wait(-1) != -ECHILD) /* its child, if it has outlived it */
			;
		fail_loop_disarm(&l);
		refused += status == status_exited(ENOMEM);
		EXPECT(status == 0 || status == status_exited(ENOMEM) || status == status_signalled(SIGKILL));
		fail_loop_check(&l, !status);
	}
	EXPECT(refused >= 8);
}

KTEST(fail_handles)
{
	struct handle_table *from;
	struct file *f;
	int err;

	if (!planned_failure())
		return;
	FAIL_LOOP(l) {
		struct handle_table *t = handles_create();

		fail_loop_disarm(&l);
		if (t)
			handles_destroy(t);
		fail_loop_check(&l, t);
	}
	from = handles_create();
	f = archive_open(archive_find("/dev/null", &err), O_RDWR);
	REQUIRE(from && f);
	FAIL_LOOP(grow) {
		struct handle_table *t = handles_fork(from);
		int fd = t ? handle_reserve(t, 1023) : -ENOMEM;

		fail_loop_disarm(&grow);
		EXPECT(fd == 1023 || fd == -ENOMEM);
		if (fd >= 0)
			handle_cancel(t, fd);
		if (t)
			handles_destroy(t);
		fail_loop_check(&grow, fd >= 0);
	}
	EXPECT_EQ(handle_install(from, f, HANDLE_READ, 0), 0);
	handles_destroy(from);
}

KTEST(fail_pipe)
{
	if (!planned_failure())
		return;
	FAIL_LOOP(l) {
		struct file *ends[2];
		int err = pipe_create(ends, 0);
		i64 n = err ? 0 : pipe_feed(ends[1], "some bytes", 10);

		fail_loop_disarm(&l);
		EXPECT(!err || err == -ENOMEM);
		EXPECT(n == 10 || n == 0 || n == -ENOMEM);
		if (!err) {
			file_unref(ends[0]);
			file_unref(ends[1]);
		}
		fail_loop_check(&l, n == 10);
	}
}

KTEST(fail_mqueue)
{
	const struct mq_attr_abi attr = {.maxmsg = 4, .msgsize = 8192};

	if (!planned_failure())
		return;
	FAIL_LOOP(l) {
		struct file *f = NULL;
		int err = mq_open("fail", O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, &attr, &f);
		struct message *m = err ? NULL : message_create(8192, 0), *back = NULL;

		if (m)
			EXPECT_EQ(mq_put(f, m, TIME_NEVER), 0);
		fail_loop_disarm(&l);
		EXPECT(!err || err == -ENOMEM);
		if (m)
			EXPECT(!mq_take(f, TIME_NEVER, &back) && back == m);
		if (m)
			message_free(m);
		if (!err) {
			EXPECT_EQ(mq_unlink("fail"), 0);
			file_unref(f);
		}
		fail_loop_check(&l, m);
	}
}

KTEST(fail_archive_open)
{
	const struct archive_entry *e;
	int err;

	if (!planned_failure())
		return;
	e = archive_find("/bin/true", &err);
	REQUIRE(e);
	FAIL_LOOP(l) {
		struct file *f = archive_open(e, O_RDONLY);

		fail_loop_disarm(&l);
		if (f)
			file_unref(f);
		fail_loop_check(&l, f);
	}
}
