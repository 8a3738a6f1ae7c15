/*
 * timer.c - pending timeouts, sorted by deadline. One list for all CPUs; the CPU that sets one arms itself.
 */
#include "kernel/lib/lock.h"
#include "kernel/x86/cpu.h"
#include "sched/timer.h"

static struct spinlock timer_lock = SPINLOCK(RANK_TIMER, "timer");
static struct list timeouts = LIST_INIT(timeouts); /* timer_lock; ascending by deadline */
static u64 next_timeout = TIME_NEVER;              /* of the list's first; written under timer_lock, read by all */
static u64 armed[MAX_CPUS];                        /* each its own CPU's, interrupts off */

void timer_init(void)
{
	for (u32 i = 0; i < MAX_CPUS; i++)
		armed[i] = TIME_NEVER;
}

static struct timeout *first(void)
{
	return list_empty(&timeouts) ? NULL : list_first(&timeouts, struct timeout, link);
}

static void note_next(void)
{
	struct timeout *t = first();

	__atomic_store_n(&next_timeout, t ? t->deadline : TIME_NEVER, __ATOMIC_RELAXED);
}

static bool is_real(const struct timeout *t)
{
	return (t->wanted & TIME_REAL) && t->wanted != TIME_NEVER;
}

/* Where its deadline belongs, now that the date is what it is. Lock held. */
static void insert(struct timeout *t)
{
	struct list *at = &timeouts;
	u64 wanted = t->wanted & ~TIME_REAL, base = clock_realtime_base();

	t->deadline = t->wanted;
	if (is_real(t))
		t->deadline = wanted > base ? wanted - base : 0;
	while (at->prev != &timeouts && list_entry(at->prev, struct timeout, link)->deadline > t->deadline)
		at = at->prev;
	list_insert_before(at, &t->link);
}

void timer_set_clock(u64 ns)
{
	bool irq = lock_acquire_irq(&timer_lock);
	struct list all = LIST_INIT(all), *l;

	while ((l = list_pop_front(&timeouts)))
		list_push_back(&all, l);
	clock_set_realtime(ns);
	while ((l = list_pop_front(&all)))
		insert(list_entry(l, struct timeout, link));
	note_next();
	timer_rearm(TIME_NEVER);
	lock_release_irq(&timer_lock, irq);
}

void timer_set(struct timeout *t, u64 deadline, void (*fire)(struct timeout *))
{
	bool irq = lock_acquire_irq(&timer_lock);

	t->wanted = deadline;
	t->fire = fire;
	insert(t);
	note_next();
	timer_rearm(TIME_NEVER);
	lock_release_irq(&timer_lock, irq);
}

/* `fire` runs under the lock: once we hold it, it is not running. */
void timer_cancel(struct timeout *t)
{
	bool irq = lock_acquire_irq(&timer_lock);

	list_remove(&t->link);
	note_next();
	lock_release_irq(&timer_lock, irq);
}

void timer_interrupt(void)
{
	u64 now = clock_now();
	struct timeout *t;

	armed[cpu_this()->id] = TIME_NEVER;
	lock_acquire_irq(&timer_lock);
	while ((t = first()) && t->deadline <= now) {
		list_remove(&t->link);
		t->fire(t);
	}
	note_next();
	lock_release_irq(&timer_lock, false);
}

void timer_rearm(u64 slice_end)
{
	u64 deadline = MIN(slice_end, __atomic_load_n(&next_timeout, __ATOMIC_RELAXED));
	u32 cpu = cpu_this()->id;

	if (deadline >= armed[cpu])
		return;
	armed[cpu] = deadline;
	clock_arm(deadline);
}
