/*
 * fair.c - shares of the CPU in proportion to weights (policy.h): stride scheduling on a continuous clock, also
 * known as start-time fair queueing (Waldspurger and Weihl 1995; Goyal, Vin and Cheng 1996).
 *
 * `order` is a thread's virtual time: the time that it has run, divided by its weight. The thread with the least goes
 * next. The queue's clock is the least virtual time of all who run or wait there.
 *
 * F1  The clock of a queue does not go back while anybody waits there.
 * F2  Who wakes starts at the clock: sleeping earns nothing. Who ran too much before it slept still owes it.
 *     A new thread starts where its maker is: a chain of processes, each of which forks the next and ends, is one.
 * F3  Nobody comes to a queue further behind or ahead of the clock than LAG. A thread that cannot catch up, because one
 *     CPU is less than its share, saves up no more than SAVED slices: compare().
 *
 * Why not EEVDF, which bounds how late a slice comes by its own length and not by those of all others: it must
 * know which threads are behind the *average* virtual time. That is a sum over the queue, different for each
 * queue; the least virtual time is one number that means the same on every CPU, and a comparison of two of them
 * is all that several CPUs need to be fair to each other.
 */
#include "sched/policy.h"

#define SLICE     4000000ull
#define SLICE_MIN 500000ull
#define SAVED     8 /* slices. Less, and threads that may nearly have a CPU of their own lose what is theirs */
#define LAG       (2 * SLICE_MIN * 1024 / 15) /* two slices of the lightest: no step that anybody makes is longer */

/* Linux's weights: one step of nice is a quarter more or less. */
static const u32 weights[] = {
	88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100, 4904,
	3906, 3121, 2501, 1991, 1586, 1277, 1024, 820, 655, 526, 423, 335, 272, 215, 172, 137, 110,
	87, 70, 56, 45, 36, 29, 23, 18, 15,
};

static u64 virtual(const struct thread *t, u64 ns)
{
	return t->level ? ns * weights[-NICE_MIN] / weights[t->level - NICE_MIN] : ns;
}

/* One step of virtual time for all, so that the light ones do not make long ones. */
static u64 slice(const struct thread *t)
{
	return t->level > 0 ? MAX(SLICE_MIN, SLICE * weights[t->level - NICE_MIN] / weights[-NICE_MIN]) : SLICE;
}

static void charge(struct runq *q, u64 ns)
{
	u64 least;

	q->running->order += virtual(q->running, ns);
	least = MIN(q->running->order, q->first);
	if (least > q->clock)
		__atomic_store_n(&q->clock, least, __ATOMIC_RELAXED);
}

/* F3 */
static u64 bounded(u64 order, u64 low, u64 clock)
{
	return MAX(low, MIN(order, clock + LAG));
}

static void place(struct runq *q, struct thread *t, enum reason reason)
{
	u64 last;

	if (reason == BEGINS && q->running)
		t->order = q->running->order; /* what it got when it was made is behind */
	if (reason == WAKES || reason == BEGINS || reason == MOVES) {
		if (!q->running && runq_empty(q)) /* an idle CPU's clock has stood still */
			q->clock = MAX(q->clock, t->order);
		t->order = bounded(t->order, reason == MOVES ? q->clock - MIN(q->clock, LAG) : q->clock, q->clock);
	} else if (reason == YIELDS && !runq_empty(q)) {
		last = list_entry(q->ready.prev, struct thread, run_link)->order;
		t->order = MAX(t->order, MIN(last, t->order + virtual(t, slice(t))));
	}
}

static bool preempts(const struct runq *q, const struct thread *first)
{
	return first->order <= q->running->order && first->class == SCHED_OTHER;
}

/* Whoever is handed the CPU again and again is charged each time, and so has to wait some day. */
static bool may_jump(const struct runq *q, const struct thread *t)
{
	return t->order <= q->clock + virtual(t, slice(t));
}

static u64 margin(const struct runq *q)
{
	return virtual(q->running, slice(q->running) / 2);
}

/* F3. A CPU where nobody waits has no measure of its own. */
static void compare(struct runq *q, const struct runq *other)
{
	struct thread *t = q->running;
	u64 saved = virtual(t, SAVED * slice(t));
	u64 first = __atomic_load_n(&other->first, __ATOMIC_RELAXED);
	u64 clock = __atomic_load_n(&other->clock, __ATOMIC_RELAXED);

	if (!runq_empty(q))
		return;
	clock = MIN(clock, first);
	t->order = bounded(t->order, clock - MIN(clock, saved), clock);
	q->clock = t->order;
}

const struct policy fair = {"fair", slice, charge, place, preempts, may_jump, margin, compare};
