/*
 * world.h - a simulated machine for scheduling policies: CPUs, threads that compute or sleep and wake, a clock, timers
 * that come late. The policy files and the run queues are the kernel's; what stands here in place of sched/switch.c
 * does what that does. Invariants are looked at all the time; the first that does not hold is in `broken`.
 *
 * Ideal is what a fluid would do beside it: at every moment all who have something to do run at once, with shares in
 * proportion to their weights, but nobody on more than one CPU; what is left over is shared by the others likewise.
 */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "sched/policy.h"
#include "tests/host/check.h"

#define US      1000ull
#define MS      (1000 * US)
#define SECOND  (1000 * MS)
#define CPUS    4
#define THREADS 32
#define LATE    (50 * US) /* a timer interrupt comes up to so much later than it should */

/* ---- the world */

struct worker {
	struct thread t;
	u64 period, work;   /* asks for `work` ns in each period; 0: computes all the time */
	u64 next_work;      /* when it is next asked */
	u64 owed;           /* of what it was asked for */
	u64 ready_since;
	double rate, done, left; /* of the fluid: of one CPU now; ns so far; ns of what it was asked for */
};

static struct worker workers[THREADS];
static u32 worker_count;
static u64 now, next_look[CPUS];
static u64 longest_wait, moved;
static bool flow_changed; /* somebody else flows */
static const char *broken; /* the first invariant that did not hold */

static void expect(bool ok, const char *what)
{
	if (!ok && !broken)
		broken = what;
}

static u64 below(u64 n)
{
	return random_next() % n;
}

static struct worker *worker_of(struct thread *t)
{
	return container_of(t, struct worker, t);
}

/* Round robin knows none. */
static double weight_of(const struct worker *w)
{
	double weight = 1;

	for (int i = w->t.level; i > 0; i--)
		weight /= 1.25;
	for (int i = w->t.level; i < 0; i++)
		weight *= 1.25;
	return policy == &fair ? weight : 1;
}

/* ---- invariants */

static u32 lines_with(const struct thread *t)
{
	u32 n = 0;

	for (u32 c = 0; c < cpu_count; c++)
		list_for(i, &runqs[c].ready)
			n += list_entry(i, struct thread, run_link) == t;
	return n;
}

/* Q1 to Q3: nobody is lost or twice there; the lines ascend; what is published is so. */
static void check_lines(void)
{
	for (u32 i = 0; i < worker_count; i++) {
		struct thread *t = &workers[i].t;
		u32 running = 0;

		for (u32 c = 0; c < cpu_count; c++)
			running += runqs[c].running == t;
		expect(running == (t->state == THREAD_RUNNING), "a running thread runs once");
		expect(lines_with(t) == (t->state == THREAD_READY), "a ready thread is in one line");
	}
	for (u32 c = 0; c < cpu_count; c++) {
		u64 last = 0;

		list_for(i, &runqs[c].ready) {
			const struct thread *t = list_entry(i, struct thread, run_link);

			expect(t->order >= last && t->cpu == c, "a line ascends");
			last = t->order;
		}
		expect(runqs[c].first == (runq_empty(&runqs[c]) ? ORDER_NONE : runq_first(&runqs[c])->order),
		       "the first in line is published");
		expect(runq_empty(&runqs[c]) || runqs[c].running, "no CPU is idle while somebody waits for it");
	}
}

/* ---- mechanism: what sched/switch.c does */

static void switch_to(u32 c, struct thread *to)
{
	struct runq *q = &runqs[c];

	q->running = to;
	q->slice_over = false;
	q->slice_end = TIME_NEVER;
	if (!to)
		return;
	if (!runq_empty(q))
		q->slice_end = now + policy->slice(to);
	to->state = THREAD_RUNNING;
	to->run_since = now;
	longest_wait = MAX(longest_wait, now - worker_of(to)->ready_since);
}

static void put(u32 c, struct thread *t, enum reason reason)
{
	if (t->state != THREAD_READY)
		worker_of(t)->ready_since = now;
	t->state = THREAD_READY;
	t->cpu = c;
	runq_put(&runqs[c], t, reason);
}

static void account(u32 c)
{
	struct thread *t = runqs[c].running;
	u64 clock = runqs[c].clock, order = t ? t->order : 0;

	runq_account(&runqs[c], now);
	expect(runqs[c].clock >= clock && (!t || t->order >= order), "virtual time never goes back");
}

static bool pull(u32 c)
{
	struct thread *t = NULL;
	u64 tried = 0;
	int victim;

	while (!t && (victim = runq_victim(&runqs[c], c, tried)) >= 0) {
		t = runq_steal(&runqs[victim], c, runq_limit(&runqs[c]));
		tried |= BIT(victim);
	}
	if (t) {
		expect(t->affinity & BIT(c), "nobody runs where it may not");
		moved++;
		put(c, t, MOVES);
	}
	return t;
}

static void look(u32 c)
{
	struct runq *q = &runqs[c];
	struct thread *first;
	bool pulled;

	account(c);
	pulled = pull(c);
	first = runq_first(q);
	if (first && (!q->running || pulled || q->slice_over || policy->preempts(q, first))) {
		if (q->running)
			put(c, q->running, STAYS);
		switch_to(c, runq_take(q));
	}
	q->slice_over = false;
}

static void block(u32 c)
{
	account(c);
	runqs[c].running->state = THREAD_SLEEPING;
	switch_to(c, runq_take(&runqs[c]));
	if (!runqs[c].running)
		look(c);
}

/* Where it ran last, unless that CPU is busy and another that it may use is idle. */
static u32 place_of(const struct thread *t)
{
	for (u32 i = 0; i < cpu_count; i++) {
		u32 c = (t->cpu + i) % cpu_count;

		if (!runqs[c].running && (t->affinity & BIT(c)))
			return c;
	}
	return t->cpu;
}

static void wake(struct thread *t)
{
	u32 c = place_of(t);
	struct runq *q = &runqs[c];

	if (q->slice_end == TIME_NEVER && q->running) {
		account(c);
		q->slice_end = now + policy->slice(q->running);
	}
	put(c, t, WAKES);
	look(c);
}

/* ---- the fluid */

static bool flows(const struct worker *w)
{
	return !w->period || w->left > 1;
}

/* Whoever would get more than one CPU has one; what it leaves is shared again. */
static void find_rates(void)
{
	double left = cpu_count, weights = 0;
	bool again = true;

	for (u32 i = 0; i < worker_count; i++) {
		workers[i].rate = flows(&workers[i]) ? -1 : 0;
		weights += flows(&workers[i]) ? weight_of(&workers[i]) : 0;
	}
	while (again) {
		again = false;
		for (u32 i = 0; i < worker_count; i++) {
			struct worker *w = &workers[i];

			if (w->rate >= 0 || left * weight_of(w) < weights)
				continue;
			w->rate = 1;
			left--;
			weights -= weight_of(w);
			again = true;
		}
	}
	for (u32 i = 0; i < worker_count; i++)
		if (workers[i].rate < 0)
			workers[i].rate = left * weight_of(&workers[i]) / weights;
}

static void flow(double ns)
{
	while (ns > 0) {
		double part = ns;

		if (flow_changed)
			find_rates();
		flow_changed = false;
		for (u32 i = 0; i < worker_count; i++)
			if (workers[i].period && workers[i].rate > 0)
				part = MIN(part, workers[i].left / workers[i].rate);
		for (u32 i = 0; i < worker_count; i++) {
			workers[i].done += part * workers[i].rate;
			if (workers[i].period && workers[i].rate > 0) {
				workers[i].left -= part * workers[i].rate;
				flow_changed |= !flows(&workers[i]);
			}
		}
		ns -= part;
	}
}

/* ---- time */

static u64 next_event(void)
{
	u64 next = TIME_NEVER;

	for (u32 i = 0; i < worker_count; i++)
		if (workers[i].period)
			next = MIN(next, workers[i].next_work);
	for (u32 c = 0; c < cpu_count; c++) {
		struct thread *t = runqs[c].running;

		if (!t)
			continue;
		next = MIN(next, next_look[c]);
		if (worker_of(t)->period)
			next = MIN(next, now + worker_of(t)->owed);
	}
	return next;
}

static void cpu_event(u32 c, u64 passed)
{
	struct runq *q = &runqs[c];
	struct worker *w = q->running ? worker_of(q->running) : NULL;

	if (!w)
		return;
	if (w->period) {
		w->owed -= MIN(w->owed, passed);
		if (!w->owed) {
			block(c);
			return;
		}
	}
	if (now >= next_look[c]) {
		if (now >= q->slice_end) {
			q->slice_end = TIME_NEVER;
			q->slice_over = true;
		}
		look(c);
	}
}

/* When the timer of a CPU is to come: the end of the slice, or the tick. */
static void arm(u64 ticks)
{
	for (u32 c = 0; c < cpu_count; c++) {
		u64 at = MIN(runqs[c].slice_end, (ticks + 1) * TICK_NS);

		if (next_look[c] <= now || next_look[c] > at + LATE)
			next_look[c] = at + below(LATE);
	}
}

static void step(void)
{
	u64 then = now;

	arm(now / TICK_NS);
	now = MAX(now, next_event());
	flow((double)(now - then));
	for (u32 c = 0; c < cpu_count; c++)
		cpu_event(c, now - then);
	for (u32 i = 0; i < worker_count; i++) {
		struct worker *w = &workers[i];

		if (!w->period || w->next_work > now)
			continue;
		w->next_work += w->period / 2 + below(w->period);
		w->owed += w->work;
		w->left += (double)w->work;
		flow_changed = true;
		if (w->t.state == THREAD_SLEEPING)
			wake(&w->t);
	}
	for (u32 c = 0; c < cpu_count; c++)
		if (!runqs[c].running)
			look(c);
}

/* ---- worlds */

static void world_new(u32 n, u32 threads)
{
	cpu_count = n;
	worker_count = threads;
	now = longest_wait = moved = 0;
	broken = NULL;
	flow_changed = true;
	memset(workers, 0, sizeof workers);
	memset(runqs, 0, sizeof runqs);
	memset(next_look, 0, sizeof next_look);
	for (u32 c = 0; c < CPUS; c++)
		runq_init(&runqs[c]);
	for (u32 i = 0; i < threads; i++) {
		workers[i].t.affinity = ~0u;
		workers[i].t.state = THREAD_SLEEPING;
		list_init(&workers[i].t.run_link);
	}
}

static void world_start(void)
{
	for (u32 i = 0; i < worker_count; i++) {
		workers[i].t.cpu = (u32)below(cpu_count);
		if (workers[i].period)
			workers[i].next_work = below(workers[i].period);
		else
			wake(&workers[i].t);
	}
}

static void run_until(u64 time)
{
	for (u64 n = 0; now < time; n++) {
		step();
		if (n % 16 == 0)
			check_lines();
	}
	for (u32 c = 0; c < cpu_count; c++)
		account(c);
}
