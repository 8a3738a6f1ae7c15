/*
 * test_poll.c - watching wait queues (waitq.h: W4) and poll (ipc/poll.h: P1, P2): a file made for it, pipes and queues,
 * and every allocation of the system call failing.
 */
#include "ipc/handle.h"
#include "ipc/pipe.h"
#include "ipc/poll.h"
#include "kernel/lib/config.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/syscall.h"
#include "kernel/x86/clock.h"
#include "mm/cache.h"
#include "sched/sched.h"
#include "tests/kernel/support.h"

#define A  0x20000000ul
#define MS 1000000ul

static struct spinlock lock = SPINLOCK(RANK_IPC, "test watch");
static struct waitq queue;
static volatile u32 woken, looks, blind_looks;
static u32 state;       /* what the file says */
static u32 change_to;   /* ... and does right after the first look, as another CPU might */

/* Sleeps or watches until it is woken once. */
static void sleep_once(void *unused)
{
	(void)unused;
	lock_acquire(&lock);
	EXPECT_EQ(waitq_sleep(&queue, &lock, TIME_NEVER), 0);
	lock_release(&lock);
	woken++;
}

static void watch_once(void *unused)
{
	struct waiter w = {0};

	(void)unused;
	thread_prepare_sleep();
	lock_acquire(&lock);
	waitq_watch(&queue, &lock, &w);
	lock_release(&lock);
	thread_sleep(TIME_NEVER);
	waitq_unwatch(&w);
	woken += 0x100;
}

static struct thread *wake(void)
{
	struct thread *t;

	lock_acquire(&lock);
	t = waitq_wake(&queue);
	lock_release(&lock);
	return t;
}

KTEST(watch_uses_no_wakeup)
{
	struct thread *first;

	woken = 0;
	waitq_init(&queue);
	first = thread_launch(sleep_once, NULL);
	thread_launch(watch_once, NULL);
	thread_launch(sleep_once, NULL);
	thread_launch(watch_once, NULL);
	for (u32 i = 0; i < 4; i++)
		thread_yield();
	EXPECT(wake() == first);
	EXPECT(wait_until(&woken, 0x201)); /* both watchers, one sleeper */
	EXPECT(!waitq_empty(&queue));
	EXPECT(wake() && wait_until(&woken, 0x202) && waitq_empty(&queue));
	EXPECT(!wake());
}

KTEST(unwatch_leaves_the_queue)
{
	struct waiter w = {0};

	waitq_init(&queue);
	waitq_unwatch(&w); /* was never on one */
	lock_acquire(&lock);
	waitq_watch(&queue, &lock, &w);
	lock_release(&lock);
	waitq_unwatch(&w);
	EXPECT(waitq_empty(&queue) && !wake());
	waitq_unwatch(&w);
}

/* ---- poll */

static u32 test_poll(struct file *f, struct waiter *w)
{
	u32 now = state;

	(void)f;
	looks++;
	blind_looks += !w;
	lock_acquire(&lock);
	if (w)
		waitq_watch(&queue, &lock, w);
	lock_release(&lock);
	if (change_to) {
		state = change_to;
		change_to = 0;
		wake();
	}
	return now;
}

static const struct file_ops test_ops = {.poll = test_poll};

/* A set of n times the file, asked for `events`; kfree() it. */
static struct poll_set *set_of(struct file *f, u32 n, u32 events)
{
	struct poll_set *s = kmalloc_zeroed(sizeof(*s) + n * sizeof(s->items[0]));

	EXPECT(s);
	for (u32 i = 0; s && i < n; i++)
		s->items[s->count++] = (struct poll_item){.file = f, .events = events};
	return s;
}

static struct poll_set *begin(struct file *f, u32 n, u32 events)
{
	woken = looks = blind_looks = state = change_to = 0;
	waitq_init(&queue);
	return set_of(f, n, events);
}

KTEST(poll_leaves_no_watcher)
{
	struct file f = {.ops = &test_ops};
	struct poll_set *s = begin(&f, 3, POLL_IN);
	u64 start = clock_now();

	REQUIRE(s);
	EXPECT_EQ(poll_wait(s, 0), 0); /* no time: nobody need wake it */
	EXPECT(looks == 3 && blind_looks == 3);
	EXPECT_EQ(poll_wait(s, start + 2 * MS), 0);
	EXPECT(clock_now() >= start + 2 * MS && waitq_empty(&queue));
	EXPECT(looks == 9 && blind_looks == 6); /* once before the sleep and once after it */
	state = POLL_IN | POLL_OUT;
	EXPECT_EQ(poll_wait(s, TIME_NEVER), 3);
	EXPECT(blind_looks == 8 && waitq_empty(&queue)); /* the first answer was enough */
	EXPECT_EQ(s->items[2].revents, POLL_IN);
	kfree(s);
}

KTEST(poll_loses_no_wakeup)
{
	struct file f = {.ops = &test_ops};
	struct poll_set *s = begin(&f, 1, POLL_IN);

	REQUIRE(s);
	change_to = POLL_IN;
	EXPECT_EQ(poll_wait(s, clock_now() + 5 * NS_PER_SECOND), 1);
	EXPECT(looks == 2 && !blind_looks); /* the second look was not the one that follows a time-out */
	EXPECT(waitq_empty(&queue));
	kfree(s);
}

KTEST(poll_tells_errors_unasked)
{
	struct file f = {.ops = &test_ops}, always = {.ops = &(const struct file_ops){0}};
	struct poll_set *s = begin(&f, 4, 0);

	REQUIRE(s);
	state = POLL_IN | POLLHUP | POLLERR;
	s->items[1].file = &always;
	s->items[2].file = NULL;
	s->items[2].revents = POLLNVAL;
	s->items[3] = (struct poll_item){.file = &always, .events = POLL_IN};
	EXPECT_EQ(poll_wait(s, TIME_NEVER), 3);
	EXPECT(s->items[0].revents == (POLLHUP | POLLERR) && !s->items[1].revents);
	EXPECT(s->items[2].revents == POLLNVAL && s->items[3].revents == POLL_IN);
	kfree(s);
}

/* ---- pipes: each thing that changes wakes */

static void act(void *what)
{
	struct file **end = what;

	while (looks < 1) /* the other thread is in poll */
		thread_yield();
	thread_yield();
	if (file_writable(end[0]))
		EXPECT_EQ(pipe_feed(end[0], "x", 1), 1);
	else
		file_unref(end[0]);
	woken++;
}

/* Polls `f` while `by` acts on the other end. revents. */
static u32 poll_while(struct file *f, u32 events, struct file **by)
{
	struct poll_set *s = begin(f, 1, events);
	u64 deadline = clock_now() + 5 * NS_PER_SECOND;
	u32 found;

	thread_launch(act, by);
	looks = 1;
	EXPECT_EQ(poll_wait(s, deadline), 1);
	EXPECT(clock_now() < deadline); /* it was woken: the look after a time-out finds the same */
	found = s->items[0].revents;
	EXPECT(wait_until(&woken, 1));
	kfree(s);
	return found;
}

KTEST(poll_of_pipes)
{
	struct file *ends[2];
	u8 byte;

	REQUIRE(!pipe_create(ends, 0));
	EXPECT_EQ(poll_while(ends[0], POLL_IN, &ends[1]), POLL_IN);
	EXPECT_EQ(pipe_drain(ends[0], &byte, 1), 1);
	EXPECT_EQ(poll_while(ends[1], 0, &ends[0]), POLLERR);
	file_unref(ends[1]);
}

/* ---- every allocation of the call fails once */

KTEST(fail_poll)
{
	struct process *p = process_current();
	struct trapframe f = {.rdi = A, .rsi = 300, .rdx = 0};
	struct handle_table *before = p->handles;
	struct aspace *as;
	u64 set = ~0ul; /* descriptor -1 */
	i64 result;

	if (!BUILD_TEST) {
		ktest_skip("allocations fail on demand in test builds only");
		return;
	}
	as = space_enter();
	REQUIRE(as && !space_map(as, A, 1, PROT_RW));
	for (u32 i = 0; i < 300; i++)
		EXPECT_EQ(copy_to_user(uva(A + 8 * i), &set, 8), 0);
	p->handles = handles_create();
	REQUIRE(p->handles);
	FAIL_LOOP(l) {
		result = sys_poll(thread_current(), &f);
		fail_loop_disarm(&l);
		EXPECT(!result || result == -ENOMEM);
		fail_loop_check(&l, !result);
	}
	EXPECT(l.nth >= 5);
	handles_destroy(p->handles);
	p->handles = before;
	space_leave();
}
