/*
 * switch.c - states of threads, and the one place that switches (sched.h: S1, S2).
 *
 * The run queue's lock is taken by the thread that leaves and released by the one that arrives, on the
 * other side of context_switch(): so nobody can see a thread as ready whose stack is still in use.
 *
 *      thread A                                   thread B
 *      lock runq
 *      state = SLEEPING, choose B
 *      context_switch(&A->saved_rsp, B->saved_rsp) ----> returns here, where B once left
 *                                                 arrive(): release runq, bury a dead A
 */
#include "kernel/lib/panic.h"
#include "kernel/lib/trace.h"
#include "kernel/lib/wall.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/clock.h"
#include "kernel/x86/fpu.h"
#include "mm/tlb.h"
#include "sched/policy.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "sched/usage.h"

static struct thread *previous[MAX_CPUS]; /* who was left by the last switch; RANK_RUNQ */
static const struct thread *fpu_owner[MAX_CPUS]; /* whose state the registers hold, saved or not */

static struct runq *runq_of(const struct thread *t)
{
	return &runqs[t->cpu];
}

/* The other side of every switch, a new thread's first step included. */
static void arrive(void)
{
	struct cpu *c = cpu_this();
	struct thread *left = previous[c->id];

	lock_release(&runqs[c->id].lock);
	if (left->state == THREAD_DEAD)
		thread_destroy(left);
}

/* Registers that the trap frame and the stack do not hold. Wall FPU. */
static void registers_leave(struct thread *t)
{
	if (!t->fpu)
		return;
	t->fs_base = cpu_fs_base();
	t->gs_base = cpu_user_gs_base();
	t->selectors = cpu_user_selectors();
	if (wall_up(WALL_FPU)) {
		fpu_save(t->fpu);
		count_event(COUNT_FPU_SAVES);
	}
}

static void registers_enter(struct thread *t, u32 cpu)
{
	if (!t->fpu)
		return;
	cpu_set_user_selectors(t->selectors);
	cpu_set_fs_base(t->fs_base);
	cpu_set_user_gs_base(t->gs_base);
	if (fpu_owner[cpu] != t && wall_up(WALL_FPU))
		fpu_load(t->fpu);
	fpu_owner[cpu] = t;
}

/* When the timer is to look again: at the end of the slice; and at each tick, while a user thread runs. */
static u64 next_event(struct runq *q, const struct thread *t, u64 now)
{
	if (!t->process)
		return q->slice_end;
	if (q->next_tick <= now)
		q->next_tick = now + TICK_NS - now % TICK_NS;
	return MIN(q->slice_end, q->next_tick);
}

/* A slice for t, if anybody waits for its end. The line was looked at a moment ago. */
static void slice_start(struct cpu *c, const struct thread *t)
{
	struct runq *q = &runqs[c->id];

	c->resched = 0;
	q->slice_over = false;
	q->slice_end = runq_empty(q) ? TIME_NEVER : q->now + policy->slice(t);
	timer_rearm(next_event(q, t, q->now));
}

/* S1. The queue's lock is held, interrupts are off, `to` is on no queue, the books are up to date. */
static void sched_switch(struct cpu *c, struct thread *to)
{
	struct thread *from = c->current;
	struct runq *q = &runqs[c->id];

	to->state = THREAD_RUNNING;
	if (to == from)
		return;
	trace_record(TRACE_SWITCH, (u64)from->tid, (u64)to->tid);
	count_event(COUNT_SWITCHES);
	from->switches[from->state == THREAD_READY]++; /* whoever yields could have gone on: as Linux counts */
	to->run_since = q->now;
	q->running = to == c->idle ? NULL : to;
	registers_leave(from);
	if (to->aspace)
		tlb_switch(to->aspace); /* a kernel thread runs on whatever is loaded */
	registers_enter(to, c->id);
	cpu_set_kernel_stack(to->stack_top);
	c->current = to;
	previous[c->id] = from;
	context_switch(&from->saved_rsp, to->saved_rsp);
}

/* The running thread has its new state, and a new slice begins. Releases the lock. */
static void switch_to(struct cpu *c, struct thread *to)
{
	previous[c->id] = c->current;
	slice_start(c, to);
	sched_switch(c, to);
	arrive();
}

/* Whoever is first in line goes on, or the idle thread. */
static void switch_away(void)
{
	struct cpu *c = cpu_this();
	struct thread *to = runq_take(&runqs[c->id]);

	switch_to(c, to ? to : c->idle);
}

void sched_init(void)
{
	struct cpu *c = cpu_this();
	struct thread *idle;

	runq_init(&runqs[c->id]);
	idle = thread_create_kernel(NULL, NULL);
	if (!idle)
		panic("no memory for the idle thread");
	idle->state = THREAD_RUNNING;
	idle->tid = 0;
	c->idle = c->current = idle;
}

/*
 * A thread that ought to run here comes from another CPU's line, if there is one. q->lock is
 * held, but not throughout.
 */
static bool pull(struct cpu *c, struct runq *q)
{
	struct thread *t = NULL;
	u64 tried = 0;
	int victim;

	while (!t && (victim = runq_victim(q, c->id, tried)) >= 0) {
		struct runq *from = &runqs[victim];
		u64 limit = runq_limit(q);

		lock_release_irq(&q->lock, false);
		lock_acquire_irq(&from->lock);
		t = runq_steal(from, c->id, limit);
		if (t)
			t->cpu = c->id;
		lock_release_irq(&from->lock, false);
		lock_acquire_irq(&q->lock);
		tried |= BIT(victim);
	}
	if (t)
		runq_put(q, t, MOVES);
	return t;
}

void sched_idle(void)
{
	struct cpu *c = cpu_this();
	struct runq *q = &runqs[c->id];

	for (;;) {
		lock_acquire_irq(&q->lock);
		if (runq_empty(q))
			pull(c, q);
		lock_release_irq(&q->lock, false);
		if (runq_empty(q)) {
			irq_enable_and_halt();
			continue;
		}
		irq_enable();
		thread_yield();
	}
}

/* The line has changed: the way back to ring 3 looks at it. Who ran alone has a slice from now on. */
static void make_ready(struct runq *q, struct thread *t)
{
	t->state = THREAD_READY;
	if (q->slice_end == TIME_NEVER && q->running) {
		runq_account(q, clock_now());
		q->slice_end = q->now + policy->slice(q->running);
		timer_rearm(q->slice_end);
	}
	runq_put(q, t, WAKES);
	cpus[t->cpu].resched = 1;
}

void thread_start(struct thread *t)
{
	struct runq *q = runq_of(t);
	bool irq = lock_acquire_irq(&q->lock);

	ASSERT(t->state == THREAD_NEW);
	make_ready(q, t);
	lock_release_irq(&q->lock, irq);
}

bool thread_wake(struct thread *t)
{
	struct runq *q = runq_of(t);
	bool irq = lock_acquire_irq(&q->lock);
	bool asleep = t->state == THREAD_SLEEPING;

	if (asleep)
		make_ready(q, t);
	else
		t->wake_pending = true;
	lock_release_irq(&q->lock, irq);
	return asleep;
}

void sched_sleep(struct thread *t)
{
	struct runq *q = runq_of(t);
	bool irq = lock_acquire_irq(&q->lock);

	if (t->wake_pending) {
		lock_release_irq(&q->lock, irq);
		return;
	}
	runq_account(q, clock_now());
	t->state = THREAD_SLEEPING;
	switch_away();
	if (irq)
		irq_enable();
}

/* One of the others goes on, whatever the policy thinks of the caller: it is chosen first. */
void thread_yield(void)
{
	struct cpu *c = cpu_this();
	struct thread *t = c->current, *to;
	struct runq *q = &runqs[c->id];
	bool irq = lock_acquire_irq(&q->lock);

	to = runq_take(q);
	if (!to) {
		lock_release_irq(&q->lock, irq);
		return;
	}
	runq_account(q, clock_now());
	if (t != c->idle) {
		t->state = THREAD_READY;
		runq_put(q, t, YIELDS);
	}
	switch_to(c, to);
	if (irq)
		irq_enable();
}

/* The line has changed or a slice is over: does the running thread go on? */
static void look(struct cpu *c)
{
	struct thread *t = c->current, *first;
	struct runq *q = &runqs[c->id];
	bool pulled;

	c->resched = 0;
	lock_acquire_irq(&q->lock);
	runq_account(q, clock_now());
	pulled = pull(c, q);
	first = runq_first(q);
	if (first && (pulled || q->slice_over || policy->preempts(q, first))) {
		count_event(COUNT_PREEMPTIONS);
		t->state = THREAD_READY;
		runq_put(q, t, STAYS);
		switch_away();
	} else {
		q->slice_over = false;
		lock_release_irq(&q->lock, false);
	}
}

void sched_hint_handoff(struct thread *to)
{
	thread_current()->handoff = to;
}

/*
 * The hint. It is dropped by a sleep, so nobody else ran here since it was given, and `to` still lives. It runs in what
 * is left of the giver's slice: threads that hand the CPU to each other do not keep it from the rest.
 */
static void hand_off(struct thread *self)
{
	struct cpu *c = cpu_this();
	struct runq *q = &runqs[c->id];
	struct thread *to = self->handoff;

	self->handoff = NULL;
	lock_acquire_irq(&q->lock);
	if (to->state != THREAD_READY || to->cpu != c->id || !policy->may_jump(q, to)) {
		lock_release_irq(&q->lock, false);
		return;
	}
	runq_remove(q, to);
	runq_account(q, clock_now());
	self->state = THREAD_READY;
	runq_put(q, self, STAYS);
	count_event(COUNT_HANDOFFS);
	c->resched = q->slice_over;
	previous[c->id] = self;
	sched_switch(c, to);
	arrive();
}

void thread_exit(void)
{
	struct thread *t = thread_current();

	lock_assert_none_held("thread exit");
	lock_acquire_irq(&runq_of(t)->lock);
	if (fpu_owner[t->cpu] == t)
		fpu_owner[t->cpu] = NULL;
	runq_account(runq_of(t), clock_now());
	t->state = THREAD_DEAD;
	switch_away();
	panic("a dead thread was switched to");
}

void sched_before_user(void)
{
	struct cpu *c = cpu_this();
	struct thread *t = c->current;

	if (t->handoff) {
		hand_off(t);
	} else if (c->resched) {
		look(c);
	}
}

/* Is there anything for look() to do? */
static void check_slice(struct cpu *c, struct runq *q)
{
	lock_acquire_irq(&q->lock);
	runq_account(q, clock_now());
	if (q->now >= q->slice_end) {
		q->slice_end = TIME_NEVER;
		q->slice_over = true;
	}
	if (q->slice_over || runq_victim(q, c->id, 0) >= 0)
		c->resched = 1;
	lock_release_irq(&q->lock, false);
}

void sched_tick(bool from_user)
{
	struct cpu *c = cpu_this();
	struct runq *q = &runqs[c->id];

	timer_interrupt();
	check_slice(c, q);
	if (q->now >= q->next_tick && c->current->process)
		usage_tick(c->current, from_user);
	timer_rearm(next_event(q, c->current, q->now));
}

void sched_thread_entry(struct thread *t)
{
	arrive();
	if (t->entry) {
		irq_enable();
		t->entry(t->argument);
	}
	if (!t->process)
		thread_exit();
	trap_return();
}
