/*
 * test_thread.c - threads of one process, seen from the kernel; and the two user copies that futexes stand on.
 */
#include "ipc/handle.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/test.h"
#include "mm/usercopy.h"
#include "sched/sched.h"
#include "tests/kernel/support.h"

#define PAGE_AT 0x400000ul

extern const char ring3_exit[];

/* With a lock held, before and after the page is there. */
KTEST(user_peek_gives_up)
{
	static struct spinlock lock = SPINLOCK(RANK_FUTEX, "test");
	struct aspace *as = space_enter();
	u32 value = 7, seen = 0;
	bool before, after, kernel;

	REQUIRE(as && !space_map(as, PAGE_AT, 1, PROT_RW));
	lock_acquire(&lock);
	before = user_peek(uva(PAGE_AT), &seen);
	lock_release(&lock);
	EXPECT(!before && !copy_to_user(uva(PAGE_AT + 8), &value, sizeof value));
	lock_acquire(&lock);
	after = user_peek(uva(PAGE_AT + 8), &seen);
	kernel = user_peek(uva((u64)&value), &value);
	lock_release(&lock);
	EXPECT(after && seen == 7 && !kernel);
	space_leave();
}

KTEST(user_exchange)
{
	struct aspace *as = space_enter();
	u32 seen = 99;

	REQUIRE(as && !space_map(as, PAGE_AT, 1, PROT_RW) && !space_map(as, PAGE_AT + PAGE_SIZE, 1, PROT_R));
	EXPECT(!user_exchange(uva(PAGE_AT), 0, 5, &seen) && seen == 0);
	EXPECT(!user_exchange(uva(PAGE_AT), 0, 6, &seen) && seen == 5);
	EXPECT(!user_exchange(uva(PAGE_AT), 5, 0xffffffff, &seen) && seen == 5);
	EXPECT(!user_exchange(uva(PAGE_AT), 1, 2, &seen) && seen == 0xffffffff);
	EXPECT_EQ(user_exchange(uva(PAGE_AT + PAGE_SIZE), 0, 1, &seen), -EFAULT);
	EXPECT_EQ(user_exchange(uva(PAGE_AT + 2 * PAGE_SIZE), 0, 1, &seen), -EFAULT);
	EXPECT_EQ(user_exchange(uva((u64)&seen), 0, 1, &seen), -EFAULT);
	space_leave();
}

static struct thread *second_thread(struct process *p)
{
	struct thread *t = thread_create_user(p);

	if (!t)
		return NULL;
	t->aspace = p->aspace;
	*thread_frame(t) = *thread_frame(p->leader);
	if (!process_add_thread(t))
		return t;
	thread_destroy(t);
	return NULL;
}

/* The process lives until the last thread has ended, under its leader's number. */
KTEST(threads_of_a_process)
{
	struct process *p = child_create(ring3_exit, 4, 0);
	u64 processes = process_count(), threads = process_thread_count();
	struct wait_result r;
	struct thread *t, *found;

	REQUIRE(p);
	process_publish(p);
	t = second_thread(p);
	REQUIRE(t);
	lock_acquire(&process_lock);
	EXPECT(p->thread_count == 2 && p->leader->tid == p->pid && t->tid > p->pid);
	EXPECT(process_count() == processes + 1 && process_thread_count() == threads + 2);
	EXPECT(process_of_thread(t->tid, &found) == p && found == t);
	EXPECT(process_of_thread(p->pid, &found) == p && found == p->leader && !process_find(t->tid));
	lock_release(&process_lock);
	thread_start(p->leader);
	EXPECT(!process_wait(p->pid, WEXITED | WNOHANG, &r) && !r.pid);
	thread_start(t);
	EXPECT_EQ(child_wait(p->pid), status_exited(4));
	EXPECT(process_count() == processes && process_thread_count() == threads);
}

/* A signal that ends the process reaches threads that have not run yet. */
KTEST(kill_before_the_first_step)
{
	struct process *p = child_create(ring3_exit, 4, 0);
	struct thread *t;

	REQUIRE(p);
	process_publish(p);
	t = second_thread(p);
	REQUIRE(t);
	signal_send(p, SIGKILL);
	thread_start(t);
	thread_start(p->leader);
	EXPECT_EQ(child_wait(p->pid), status_signalled(SIGKILL));
}

/* Who is about to die may be the last that exit_group has marked: nobody would mark a thread of its own. */
KTEST(no_thread_for_the_dying)
{
	struct process *p = child_create(ring3_exit, 0, 0);
	struct thread *self = thread_current(), *t = p ? thread_create_user(p) : NULL;

	REQUIRE(t);
	self->pending |= SIG_BIT(SIGKILL);
	EXPECT_EQ(process_add_thread(t), -EINTR);
	self->pending &= ~SIG_BIT(SIGKILL);
	EXPECT(p->thread_count == 1);
	if (p->thread_count == 1)
		thread_destroy(t);
	handles_destroy(p->handles);
	process_discard(p);
}
