/*
 * timer.c - pending timeouts: a list for each CPU, sorted by deadline.
 */
#include "kernel/lib/lock.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/cpu.h"
#include "sched/timer.h"

static struct timers {
	struct spinlock lock;
	struct list timeouts; /* lock; ascending by deadline */
	u64 next;             /* of the list's first; written under the lock, read by its own CPU without */
	u64 armed;            /* what its CPU's clock is armed for; that CPU's, interrupts off */
} __attribute__((aligned(128))) timers[MAX_CPUS];

void timer_init(void)
{
	for (u32 i = 0; i < MAX_CPUS; i++) {
		lock_init(&timers[i].lock, RANK_TIMER, "timer");
		list_init(&timers[i].timeouts);
		timers[i].next = timers[i].armed = TIME_NEVER;
	}
}

static struct timeout *first(struct timers *s)
{
	return list_empty(&s->timeouts) ? NULL : list_first(&s->timeouts, struct timeout, link);
}

static void note_next(struct timers *s)
{
	struct timeout *t = first(s);

	__atomic_store_n(&s->next, t ? t->deadline : TIME_NEVER, __ATOMIC_RELAXED);
}

static bool is_real(const struct timeout *t)
{
	return (t->wanted & TIME_REAL) && t->wanted != TIME_NEVER;
}

/* Where its deadline belongs, now that the date is what it is. Lock held. */
static void insert(struct timers *s, struct timeout *t)
{
	struct list *at = &s->timeouts;
	u64 wanted = t->wanted & ~TIME_REAL, base = clock_realtime_base();

	t->deadline = t->wanted;
	if (is_real(t))
		t->deadline = wanted > base ? wanted - base : 0;
	while (at->prev != &s->timeouts && list_entry(at->prev, struct timeout, link)->deadline > t->deadline)
		at = at->prev;
	list_insert_before(at, &t->link);
}

/* The date has changed. */
static void sort_again(struct timers *s)
{
	struct list all = LIST_INIT(all), *l;
	bool irq = lock_acquire_irq(&s->lock);

	while ((l = list_pop_front(&s->timeouts)))
		list_push_back(&all, l);
	while ((l = list_pop_front(&all)))
		insert(s, list_entry(l, struct timeout, link));
	note_next(s);
	lock_release_irq(&s->lock, irq);
}

/* Who sets a timeout meanwhile either finds the new date, or its list is sorted after that. */
void timer_set_clock(u64 ns)
{
	clock_set_realtime(ns);
	for (u32 i = 0; i < cpu_count; i++) {
		sort_again(&timers[i]);
		apic_send(cpus[i].apic_id, TRAP_RESCHEDULE); /* arms its clock anew */
	}
}

void timer_set(struct timeout *t, u64 deadline, void (*fire)(struct timeout *))
{
	struct timers *s = &timers[cpu_this()->id];
	bool irq = lock_acquire_irq(&s->lock);

	t->wanted = deadline;
	t->fire = fire;
	t->cpu = cpu_this()->id;
	insert(s, t);
	note_next(s);
	timer_rearm(TIME_NEVER);
	lock_release_irq(&s->lock, irq);
}

/* `fire` runs under the lock: once we hold it, it is not running. */
void timer_cancel(struct timeout *t)
{
	struct timers *s = &timers[t->cpu];
	bool irq = lock_acquire_irq(&s->lock);

	list_remove(&t->link);
	note_next(s);
	lock_release_irq(&s->lock, irq);
}

void timer_interrupt(void)
{
	struct timers *s = &timers[cpu_this()->id];
	u64 now = clock_now();
	struct timeout *t;

	s->armed = TIME_NEVER;
	lock_acquire_irq(&s->lock);
	while ((t = first(s)) && t->deadline <= now) {
		list_remove(&t->link);
		t->fire(t);
	}
	note_next(s);
	lock_release_irq(&s->lock, false);
}

void timer_rearm(u64 slice_end)
{
	struct timers *s = &timers[cpu_this()->id];
	u64 next = __atomic_load_n(&s->next, __ATOMIC_RELAXED), deadline = MIN(slice_end, next);

	if (deadline >= s->armed)
		return;
	s->armed = deadline;
	clock_arm(deadline);
}
