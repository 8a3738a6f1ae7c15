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
#include "sched/runq.h"
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

/* Starts a slice, if anybody waits for its end. */
static void slice_start(struct runq *q, const struct thread *t, u64 now)
{
	q->slice_end = runq_empty(q) ? TIME_NEVER : now + SLICE_NS;
	timer_rearm(next_event(q, t, now));
}

/* S1. The queue's lock is held, interrupts are off, `to` is on no queue. */
static void sched_switch(struct cpu *c, struct thread *to)
{
	struct thread *from = c->current;
	u64 now = clock_now();

	to->state = THREAD_RUNNING;
	slice_start(&runqs[c->id], to, now);
	if (to == from)
		return;
	trace_record(TRACE_SWITCH, (u64)from->tid, (u64)to->tid);
	count_event(COUNT_SWITCHES);
	from->cpu_ns += now - from->run_since;
	from->switches[from->state == THREAD_READY]++; /* whoever yields could have gone on: as Linux counts */
	to->run_since = now;
	registers_leave(from);
	if (to->aspace)
		tlb_switch(to->aspace); /* a kernel thread runs on whatever is loaded */
	registers_enter(to, c->id);
	cpu_set_kernel_stack(to->stack_top);
	c->current = to;
	previous[c->id] = from;
	context_switch(&from->saved_rsp, to->saved_rsp);
}

/* The running thread has its new state; somebody else goes on, or the idle thread. */
static void switch_away(void)
{
	struct cpu *c = cpu_this();
	struct thread *to = runq_take(&runqs[c->id]);

	if (!to)
		to = c->current->state == THREAD_RUNNING ? c->current : c->idle;
	previous[c->id] = c->current;
	sched_switch(c, to);
	arrive();
}

void sched_init(void)
{
	struct cpu *c = cpu_this();
	struct thread *idle;

	runq_init(&runqs[c->id]);
	runqs[c->id].slice_end = TIME_NEVER;
	idle = thread_create_kernel(NULL, NULL);
	if (!idle)
		panic("no memory for the idle thread");
	idle->state = THREAD_RUNNING;
	idle->tid = 0;
	c->idle = c->current = idle;
}

void sched_idle(void)
{
	struct runq *q = &runqs[cpu_this()->id];

	for (;;) {
		irq_disable();
		if (runq_empty(q)) {
			irq_enable_and_halt();
			continue;
		}
		irq_enable();
		thread_yield();
	}
}

static void make_ready(struct runq *q, struct thread *t)
{
	t->state = THREAD_READY;
	runq_add(q, t);
	if (q->slice_end == TIME_NEVER && cpus[t->cpu].current != cpus[t->cpu].idle) {
		q->slice_end = clock_now() + SLICE_NS;
		timer_rearm(q->slice_end);
	}
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

void thread_prepare_sleep(void)
{
	struct thread *t = thread_current();

	t->wake_pending = false;
	t->timed_out = false;
}

struct sleep_timeout {
	struct timeout timeout;
	struct thread *thread;
};

static void sleep_over(struct timeout *timeout)
{
	struct sleep_timeout *s = container_of(timeout, struct sleep_timeout, timeout);

	s->thread->timed_out = true;
	thread_wake(s->thread);
}

static void sleep_now(struct thread *t)
{
	struct runq *q = runq_of(t);
	bool irq = lock_acquire_irq(&q->lock);

	if (t->wake_pending) {
		lock_release_irq(&q->lock, irq);
		return;
	}
	t->state = THREAD_SLEEPING;
	switch_away();
	if (irq)
		irq_enable();
}

bool thread_sleep(u64 deadline)
{
	struct sleep_timeout s = {.thread = thread_current()};

	lock_assert_none_held("sleep");
	s.thread->handoff = NULL;
	if (deadline == TIME_NEVER) {
		sleep_now(s.thread);
		return true;
	}
	timer_set(&s.timeout, deadline, sleep_over);
	sleep_now(s.thread);
	timer_cancel(&s.timeout);
	return !s.thread->timed_out;
}

void thread_yield(void)
{
	struct thread *t = thread_current();
	struct runq *q = &runqs[cpu_this()->id];
	bool irq = lock_acquire_irq(&q->lock);

	if (runq_empty(q)) {
		lock_release_irq(&q->lock, irq);
		return;
	}
	if (t != cpu_this()->idle) {
		t->state = THREAD_READY;
		runq_add(q, t);
	}
	switch_away();
	if (irq)
		irq_enable();
}

void sched_hint_handoff(struct thread *to)
{
	thread_current()->handoff = to;
}

/* The hint. It is dropped by a sleep, so nobody else ran here since it was given, and `to` still lives. */
static void hand_off(struct thread *self)
{
	struct cpu *c = cpu_this();
	struct runq *q = &runqs[c->id];
	struct thread *to = self->handoff;

	self->handoff = NULL;
	lock_acquire_irq(&q->lock);
	if (to->state != THREAD_READY || to->cpu != c->id) {
		lock_release_irq(&q->lock, false);
		return;
	}
	runq_remove(q, to);
	self->state = THREAD_READY;
	runq_add(q, self);
	count_event(COUNT_HANDOFFS);
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
		c->resched = 0;
		count_event(COUNT_PREEMPTIONS);
		thread_yield();
	}
}

void sched_tick(bool from_user)
{
	struct cpu *c = cpu_this();
	struct runq *q = &runqs[c->id];
	u64 now;

	timer_interrupt();
	now = clock_now();
	if (now >= q->slice_end) {
		q->slice_end = TIME_NEVER;
		c->resched = 1;
	}
	if (now >= q->next_tick && c->current->process)
		usage_tick(c->current, from_user);
	timer_rearm(next_event(q, c->current, now));
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
