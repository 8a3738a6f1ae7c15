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
#include "kernel/x86/user_registers.h"
#include "mm/tlb_model.h"
#include "sched/policy.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "sched/usage.h"
#include "sched/wake.h"
#include "sched/watchdog.h"

static struct thread *previous[MAX_CPUS]; /* who was left by the last switch; RANK_RUNQ */
static const struct thread *fpu_owner[MAX_CPUS]; /* whose state the registers hold, saved or not */

/* The other side of every switch, a new thread's first step included. */
static void arrive(void)
{
	struct cpu *c = cpu_this();
	struct thread *left = previous[c->id];
	bool dead = left->state == THREAD_DEAD; /* the lock released, it may run elsewhere, end, and be buried there */

	if (unlikely(left->state == THREAD_READY && !list_linked(&left->run_link))) {
		thread_move(&runqs[c->id], left, false);
		return;
	}
	lock_release(&runqs[c->id].lock);
	if (likely(!dead))
		return;
	irq_enable(); /* other CPUs may be asked to flush its stack's mapping */
	thread_destroy(left);
	irq_disable();
}

/* Who could go on stands in line; or in none, and arrive() sends it on, if it may not run on this CPU any more. */
static void stand_in_line(struct runq *q, struct thread *t, enum reason reason)
{
	t->state = THREAD_READY;
	if (likely(thread_may_run(t, t->cpu)))
		runq_put(q, t, reason);
}

/* Registers that the trap frame and the stack do not hold. Wall FPU. */
static void registers_leave(struct thread *t, u64 selectors)
{
	if (!t->fpu)
		return;
	t->fs_base = cpu_fs_base();
	t->gs_base = cpu_user_gs_base();
	t->selectors = selectors;
	if (wall_up(WALL_FPU)) {
		fpu_save(t->fpu);
		count_event(COUNT_FPU_SAVES);
	}
}

static void registers_enter(struct thread *t, u32 cpu, u64 selectors)
{
	if (!t->fpu)
		return;
	if (unlikely(t->selectors != selectors)) /* nearly always all of them zero */
		cpu_set_user_selectors(t->selectors);
	cpu_set_fs_base(t->fs_base);
	cpu_set_user_gs_base(t->gs_base);
	if ((fpu_owner[cpu] != t || t->fpu_cpu != cpu + 1) && wall_up(WALL_FPU))
		fpu_load(t->fpu);
	fpu_owner[cpu] = t;
	t->fpu_cpu = cpu + 1; /* what other CPUs' registers hold of it is old from now on */
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
	u64 selectors = cpu_user_selectors();

	ASSERT(to->state == THREAD_READY || to == c->idle || to == from); /* nobody else runs it */
	to->state = THREAD_RUNNING;
	if (to == from)
		return;
	TLB_TELL(none_owed("it switches to another thread"));
	trace_record(TRACE_SWITCH, (u64)from->tid, (u64)to->tid);
	count_event(COUNT_SWITCHES);
	from->switches[from->state == THREAD_READY]++; /* whoever yields could have gone on: as Linux counts */
	to->run_since = q->now;
	q->running = to == c->idle ? NULL : to;
	registers_leave(from, selectors);
	if (to->aspace)
		tlb_switch(to->aspace); /* a kernel thread runs on whatever is loaded */
	registers_enter(to, c->id, selectors);
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

bool sched_init_cpu(u32 id)
{
	struct cpu *c = &cpus[id];

	if (c->idle)
		return true;
	c->idle = c->current = thread_create_kernel(NULL, NULL);
	if (!c->idle)
		return false;
	c->idle->state = THREAD_RUNNING;
	c->idle->cpu = id;
	c->kernel_rsp = c->idle->stack_top;
	runq_init(&runqs[id]);
	return true;
}

u64 sched_cpu_stack(u32 id)
{
	return cpus[id].idle->stack_top;
}

void sched_init(void)
{
	if (!sched_init_cpu(0))
		panic("no memory for the idle thread");
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
			thread_set_cpu(t, c->id);
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
		wake_idle_begins(c->id);
		lock_acquire_irq(&q->lock);
		if (runq_empty(q))
			pull(c, q);
		lock_release_irq(&q->lock, false);
		if (runq_empty(q)) {
			irq_enable_and_halt();
			continue;
		}
		wake_idle_ends(c->id);
		irq_enable();
		thread_yield();
	}
}

void sched_sleep(struct thread *t)
{
	struct runq *q = &runqs[cpu_this()->id];
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
	if (t != c->idle)
		stand_in_line(q, t, YIELDS);
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
	if (!thread_may_run(t, c->id) || (first && (pulled || q->slice_over || policy->preempts(q, first)))) {
		count_event(COUNT_PREEMPTIONS);
		stand_in_line(q, t, STAYS);
		switch_away();
	} else {
		q->slice_over = false;
		lock_release_irq(&q->lock, false);
	}
}

void sched_point(void)
{
	lock_assert_none_held("a point of rescheduling");
	if (likely(!cpu_this()->resched))
		return;
	irq_disable();
	look(cpu_this());
	irq_enable();
}

void sched_hint_handoff(struct thread *to)
{
	thread_current()->handoff = to;
}

/*
 * The hint. Whom it names is still in line if the line says so: else it runs elsewhere, or is gone. It runs in what is
 * left of the giver's slice: threads that hand the CPU to each other do not keep it from the rest.
 */
static void hand_off(struct thread *self)
{
	struct cpu *c = cpu_this();
	struct runq *q = &runqs[c->id];
	struct thread *to = self->handoff;

	self->handoff = NULL;
	lock_acquire_irq(&q->lock);
	if (to != q->next || !policy->may_jump(q, to)) {
		lock_release_irq(&q->lock, false);
		return;
	}
	runq_remove(q, to);
	runq_account(q, clock_now());
	stand_in_line(q, self, STAYS);
	count_event(COUNT_HANDOFFS);
	c->resched = q->slice_over;
	previous[c->id] = self;
	sched_switch(c, to);
	arrive();
}

void thread_exit(void)
{
	struct thread *t = thread_current();
	struct runq *q = &runqs[cpu_this()->id];

	lock_assert_none_held("thread exit");
	lock_acquire_irq(&q->lock);
	if (fpu_owner[t->cpu] == t)
		fpu_owner[t->cpu] = NULL;
	runq_account(q, clock_now());
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
	if (!runq_empty(q))
		wake_offer(runq_first(q));
	lock_release_irq(&q->lock, false);
}

void sched_tick(bool from_user)
{
	struct cpu *c = cpu_this();
	struct runq *q = &runqs[c->id];

	timer_interrupt();
	watchdog_beat();
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
