/*
 * test_sched.c - threads, sleeping and waking, wait queues, the mutex, timeouts, the hand-off.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/clock.h"
#include "sched/mutex.h"
#include "sched/policy.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "sched/waitq.h"
#include "tests/kernel/support.h"

#define MS       1000000ul
#define PATIENCE (20000 * MS) /* the host may stall */

static volatile u32 done;
static char order[32];
static volatile u32 order_length;

static void note(char c)
{
	if (order_length < sizeof order - 1)
		order[order_length++] = c;
	order[order_length] = 0;
}

static void restart(void)
{
	done = 0;
	order_length = 0;
	order[0] = 0;
}

static bool order_is(const char *expected)
{
	return !strcmp(order, expected);
}

static void spin_ns(u64 ns)
{
	u64 end = clock_now() + ns;

	while (clock_now() < end)
		cpu_pause();
}

static void note_and_end(void *c)
{
	note((char)(u64)c);
	done++;
}

KTEST(thread_runs)
{
	struct thread *t;

	restart();
	t = thread_launch(note_and_end, (void *)'x');
	REQUIRE(t);
	EXPECT(!done && t->state == THREAD_READY && !t->process && !t->aspace && !t->fpu);
	EXPECT(wait_until(&done, 1));
	EXPECT(order_is("x"));
}

KTEST(thread_never_started)
{
	struct thread *t = thread_create_kernel(note_and_end, NULL);

	REQUIRE(t);
	EXPECT(t->state == THREAD_NEW && IS_ALIGNED(t->stack_top, 16));
	thread_destroy(t);
}

static void yield_thrice(void *c)
{
	for (int i = 0; i < 3; i++) {
		note((char)(u64)c);
		thread_yield();
	}
	done++;
}

static bool only(char c, const char *rest)
{
	while (*rest == c)
		rest++;
	return !*rest;
}

KTEST(yield_lets_others_go)
{
	restart();
	for (u64 c = 'a'; c <= 'c'; c++)
		thread_launch(yield_thrice, (void *)c);
	EXPECT(wait_until(&done, 3));
	EXPECT_EQ(order_length, 9);
	/* Nobody comes twice in a row while others wait; whose turn it is beyond that, the policy says. */
	for (u32 i = 1; i < order_length; i++)
		EXPECT(order[i] != order[i - 1] || only(order[i], &order[i]));
}

KTEST(sleep_until_deadline)
{
	u64 start = clock_now(), end;

	thread_prepare_sleep();
	EXPECT(!thread_sleep(start + 3 * MS));
	end = clock_now();
	EXPECT(end >= start + 3 * MS && end < start + PATIENCE);
	EXPECT(irq_enabled());
	thread_prepare_sleep();
	EXPECT(!thread_sleep(start)); /* long past */
}

static void wake_it(void *t)
{
	note('w');
	EXPECT(thread_wake(t));
	done++;
}

KTEST(sleep_ends_by_wake)
{
	u64 start = clock_now();

	restart();
	thread_prepare_sleep();
	thread_launch(wake_it, thread_current());
	EXPECT(thread_sleep(start + PATIENCE));
	EXPECT(clock_now() < start + PATIENCE && order_is("w"));
	EXPECT(wait_until(&done, 1));
}

/* A wake-up between the decision to sleep and the sleep. */
KTEST(wake_is_not_lost)
{
	u64 start = clock_now();

	thread_prepare_sleep();
	EXPECT(!thread_wake(thread_current()));
	EXPECT(thread_sleep(start + PATIENCE));
	EXPECT(clock_now() < start + PATIENCE);
	thread_prepare_sleep(); /* and it is used up */
	EXPECT(!thread_sleep(clock_now() + MS));
}

struct queue {
	struct spinlock lock;
	struct waitq q;
	u32 tokens;
	int results[4];
};

static struct queue queue;

static void queue_init(void)
{
	restart();
	lock_init(&queue.lock, RANK_IPC, "test queue");
	waitq_init(&queue.q);
	queue.tokens = 0;
}

/* Takes a token, or says why not. */
static void consume(void *c)
{
	int err = 0;

	lock_acquire(&queue.lock);
	while (!queue.tokens && !err)
		err = waitq_sleep(&queue.q, &queue.lock, TIME_NEVER);
	queue.tokens -= !err;
	lock_release(&queue.lock);
	note((char)(u64)c);
	done++;
}

static void produce(u32 n, bool all)
{
	lock_acquire(&queue.lock);
	queue.tokens += n;
	if (all)
		waitq_wake_all(&queue.q);
	for (u32 i = 0; !all && i < n; i++)
		EXPECT(waitq_wake(&queue.q));
	lock_release(&queue.lock);
}

KTEST(waitq_is_fifo)
{
	queue_init();
	for (u64 c = 'a'; c <= 'd'; c++)
		thread_launch(consume, (void *)c);
	thread_yield();
	EXPECT(!done && !waitq_empty(&queue.q));
	produce(1, false);
	EXPECT(wait_until(&done, 1) && order_is("a"));
	for (u32 n = 2; n <= 4; n++) { /* one by one: who of several runs first is the policy's */
		produce(1, false);
		EXPECT(wait_until(&done, n));
	}
	EXPECT(order_is("abcd") && waitq_empty(&queue.q) && !queue.tokens);
	lock_acquire(&queue.lock);
	EXPECT(!waitq_wake(&queue.q));
	lock_release(&queue.lock);
}

KTEST(waitq_wake_all)
{
	queue_init();
	for (u64 c = 'a'; c <= 'c'; c++)
		thread_launch(consume, (void *)c);
	thread_yield();
	produce(2, true);
	EXPECT(wait_until(&done, 2));
	thread_yield();
	EXPECT(done == 2 && order_length == 2 && !waitq_empty(&queue.q)); /* the third looked, and sleeps again */
	produce(1, true);
	EXPECT(wait_until(&done, 3));
}

KTEST(waitq_times_out)
{
	u64 start = clock_now();
	int err;

	queue_init();
	lock_acquire(&queue.lock);
	err = waitq_sleep(&queue.q, &queue.lock, start + 2 * MS);
	EXPECT(queue.lock.next != queue.lock.serving && waitq_empty(&queue.q));
	lock_release(&queue.lock);
	EXPECT_EQ(err, -ETIMEDOUT);
	EXPECT(clock_now() >= start + 2 * MS);
}

static void wake_queue(void *sleeper)
{
	const volatile bool *timed_out = &((struct thread *)sleeper)->timed_out;

	while (!*timed_out) /* the timer interrupt makes it ready; it has not run yet */
		cpu_pause();
	lock_acquire(&queue.lock);
	waitq_wake(&queue.q);
	lock_release(&queue.lock);
	done++;
}

/* W2: woken and timed out at once counts as woken, so that the wake-up is not lost to others. */
KTEST(waitq_wake_beats_timeout)
{
	int err;

	queue_init();
	thread_launch(wake_queue, thread_current());
	irq_disable(); /* the time is up only after the other thread has enabled them */
	lock_acquire(&queue.lock);
	err = waitq_sleep(&queue.q, &queue.lock, clock_now() + MS);
	lock_release(&queue.lock);
	irq_enable();
	EXPECT_EQ(err, 0);
	EXPECT(wait_until(&done, 1));
}

static struct mutex mutex;
static volatile u32 inside, crowd;

static void use_mutex(void *c)
{
	mutex_lock(&mutex);
	crowd += inside++ != 0;
	note((char)(u64)c);
	EXPECT(mutex_held(&mutex));
	thread_yield();
	inside--;
	mutex_unlock(&mutex);
	done++;
}

KTEST(mutex_is_fifo_and_exclusive)
{
	restart();
	inside = crowd = 0;
	mutex_init(&mutex);
	mutex_lock(&mutex);
	for (u64 c = 'a'; c <= 'd'; c++)
		thread_launch(use_mutex, (void *)c);
	thread_yield();
	EXPECT(!done && order_is("") && mutex_held(&mutex));
	mutex_unlock(&mutex);
	EXPECT(!mutex_held(&mutex));
	mutex_lock(&mutex); /* behind the others */
	note('m');
	mutex_unlock(&mutex);
	EXPECT(wait_until(&done, 4));
	EXPECT(order_is("abcdm") && !crowd && !mutex.owner);
}

static void use_time(void *used)
{
	u64 before = thread_current()->cpu_ns;

	spin_ns(4 * MS);
	done++;
	thread_yield(); /* the books are kept when a thread leaves */
	*(u64 *)used = thread_current()->cpu_ns - before;
	done++;
}

KTEST(cpu_time_is_counted)
{
	u64 used = 0;

	restart();
	thread_launch(use_time, &used);
	EXPECT(wait_until(&done, 2));
	EXPECT(used >= 4 * MS && used < PATIENCE);
}

static struct timeout timeouts[5];

static void fire(struct timeout *t)
{
	note((char)('0' + (t - timeouts)));
	done++;
}

KTEST(timers_fire_in_order)
{
	static const u8 after_ms[] = {4, 2, 5, 3, 2};
	u64 now = clock_now();

	restart();
	irq_disable(); /* or a host that stalls lets the first fire before the last is set */
	for (u32 i = 0; i < ARRAY_SIZE(timeouts); i++)
		timer_set(&timeouts[i], now + after_ms[i] * MS, fire);
	timer_cancel(&timeouts[3]);
	irq_enable();
	EXPECT(wait_until(&done, 4));
	EXPECT(order_is("1402"));
	timer_cancel(&timeouts[0]); /* after it fired: nothing */
	EXPECT(clock_now() >= now + 5 * MS);
}

/* The hint gives the CPU to one that is not the first in line. */
KTEST(handoff_goes_straight)
{
	struct thread *last;
	u64 before = counter_sum(COUNT_HANDOFFS);

	restart();
	queue_init();
	last = thread_launch(consume, (void *)'c');
	thread_yield();
	queue.tokens = 1; /* nobody else is there to take it */
	thread_launch(note_and_end, (void *)'a');
	thread_launch(note_and_end, (void *)'b');
	EXPECT(thread_wake_here(last));
	sched_hint_handoff(last);
	irq_disable();
	sched_before_user();
	irq_enable();
	EXPECT_EQ(order[0], 'c');
	EXPECT(wait_until(&done, 3));
	EXPECT_EQ(counter_sum(COUNT_HANDOFFS), before + 1);
}

/* A hint whose thread is not ready any more, or that was given before a sleep, is dropped. */
KTEST(handoff_is_only_a_hint)
{
	u64 before = counter_sum(COUNT_HANDOFFS);

	queue_init();
	sched_hint_handoff(thread_launch(consume, (void *)'a'));
	thread_yield(); /* it sleeps now */
	irq_disable();
	sched_before_user();
	irq_enable();
	EXPECT(!thread_current()->handoff);
	produce(1, false);
	EXPECT(wait_until(&done, 1));
	sched_hint_handoff(thread_current());
	thread_prepare_sleep();
	thread_sleep(clock_now() + MS);
	EXPECT(!thread_current()->handoff);
	EXPECT_EQ(counter_sum(COUNT_HANDOFFS), before);
}

/* More threads than there are spare stacks; every stack and every thread comes back. */
KTEST(threads_in_number)
{
	restart();
	for (u32 i = 0; i < 60; i++)
		thread_launch(note_and_end, (void *)'t');
	EXPECT(wait_until(&done, 60));
}
