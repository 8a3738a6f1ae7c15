/*
 * wake.c - from asleep, or new, to ready: which CPU, into whose line, and who must hear of it (wake.h).
 *
 * A thread's `cpu` says whose queue's lock guards its state. It changes under the lock of the old one, while the thread
 * is in no line; until it stands in the new one nobody but who moves it acts on it.
 */
#include "sched/wake.h"

#include "kernel/lib/panic.h"
#include "kernel/x86/apic.h"
#include "sched/policy.h"
#include "sched/sched.h"
#include "sched/timer.h"

static u32 idle_cpus; /* atomic: CPUs that halt, or are about to, and have not been sent a thread since */

void wake_idle_begins(u32 cpu)
{
	__atomic_fetch_or(&idle_cpus, 1u << cpu, __ATOMIC_SEQ_CST);
}

void wake_idle_ends(u32 cpu)
{
	__atomic_fetch_and(&idle_cpus, ~(1u << cpu), __ATOMIC_RELAXED);
}

bool wake_others_idle(void)
{
	u32 others = (u32)(BIT(cpu_count) - 1) & ~(1u << cpu_this()->id);

	return (__atomic_load_n(&idle_cpus, __ATOMIC_ACQUIRE) & others) == others;
}

/* Interrupts that a CPU has still to send. It alone touches this, its interrupt handlers included. */
static struct {
	u32 cpus; /* atomic */
	u32 held;
} pokes[MAX_CPUS];

static void poke(u32 cpu)
{
	apic_send(cpus[cpu].apic_id, TRAP_RESCHEDULE);
	count_event(COUNT_POKES);
}

/* For later: nobody waits for a lock meanwhile, and whoever wakes up finds it free. */
static void poke_later(u32 cpu)
{
	u32 self = cpu_this()->id;

	if (cpu != self)
		__atomic_fetch_or(&pokes[self].cpus, 1u << cpu, __ATOMIC_RELAXED);
}

static void poke_now(void)
{
	u32 self = cpu_this()->id, set;

	if (likely(!pokes[self].cpus) || pokes[self].held)
		return;
	for (set = __atomic_exchange_n(&pokes[self].cpus, 0, __ATOMIC_RELAXED); set; set &= set - 1)
		poke((u32)__builtin_ctz(set));
}

void wake_poke(u32 cpu)
{
	poke_later(cpu);
	poke_now();
}

void wake_batch_begin(void)
{
	pokes[cpu_this()->id].held++;
}

void wake_batch_end(void)
{
	pokes[cpu_this()->id].held--;
	poke_now();
}

/* Who runs alone is charged only at ticks: before somebody is placed beside it, its books are brought up to date; and
 * before somebody starts where it is. */
static void account_lone(struct runq *q, enum reason reason)
{
	if ((q->slice_end == TIME_NEVER || reason == BEGINS) && q->running)
		runq_account(q, clock_now());
}

/* The line has changed: the way back to ring 3 looks at it. Who ran alone has a slice from now on. */
static void look_soon(struct cpu *c, struct runq *q)
{
	if (q->slice_end == TIME_NEVER && q->running) {
		q->slice_end = q->now + policy->slice(q->running);
		timer_rearm(q->slice_end);
	}
	c->resched = 1;
}

/* Puts t into the line of its CPU, whose lock is held; another CPU is told. */
static void make_ready(struct runq *q, struct thread *t, enum reason reason)
{
	t->state = THREAD_READY;
	account_lone(q, reason);
	runq_put(q, t, reason);
	if (t->cpu == cpu_this()->id)
		look_soon(&cpus[t->cpu], q);
	else
		poke_later(t->cpu);
}

void sched_poke(void)
{
	struct cpu *c = cpu_this();
	struct runq *q = &runqs[c->id];

	lock_acquire_irq(&q->lock);
	account_lone(q, STAYS);
	if (!runq_empty(q))
		look_soon(c, q);
	c->resched = 1; /* the running thread may have to go elsewhere */
	lock_release_irq(&q->lock, false);
	timer_rearm(TIME_NEVER);
}

/* Takes one of the idle CPUs of the set, `home` if it is among them; or `otherwise`. Nobody else gets the same one. */
static u32 claim_idle(u32 set, u32 home, u32 otherwise)
{
	u32 idle;

	while ((idle = __atomic_load_n(&idle_cpus, __ATOMIC_RELAXED) & set)) {
		u32 cpu = idle & 1u << home ? home : (u32)__builtin_ctz(idle);

		if (__atomic_fetch_and(&idle_cpus, ~(1u << cpu), __ATOMIC_SEQ_CST) & 1u << cpu)
			return cpu;
	}
	return otherwise;
}

/* Where t, which was on `home`, is to wait for a CPU. */
static u32 choose_cpu(const struct thread *t, u32 home, bool here)
{
	u32 self = cpu_this()->id;

	if (here && thread_may_run(t, self))
		return self;
	return claim_idle(t->affinity, home, thread_may_run(t, home) ? home : (u32)__builtin_ctz(t->affinity));
}

/* From NEW, SLEEPING, or out of line, to a line. Its queue's lock is held; it is released. */
static void send(struct runq *q, struct thread *t, enum reason reason, bool here, bool irq)
{
	u32 home = t->cpu, cpu = cpu_count == 1 ? home : choose_cpu(t, home, here);

	if (cpu != home) {
		t->state = THREAD_READY; /* and in no line: nobody else acts on that */
		thread_set_cpu(t, cpu);
		lock_release_irq(&q->lock, false);
		q = &runqs[cpu];
		lock_acquire_irq(&q->lock);
	}
	make_ready(q, t, reason);
	if (here && cpu == cpu_this()->id)
		q->next = t;
	lock_release_irq(&q->lock, irq);
	poke_now();
}

void thread_start(struct thread *t)
{
	bool irq;
	struct runq *q = runq_lock_of(t, &irq);

	ASSERT(t->state == THREAD_NEW);
	send(q, t, BEGINS, false, irq);
}

void thread_move(struct runq *q, struct thread *t, bool irq)
{
	send(q, t, MOVES, false, irq);
}

static bool wake(struct thread *t, bool here)
{
	bool irq;
	struct runq *q = runq_lock_of(t, &irq);

	if (t->state == THREAD_SLEEPING) {
		send(q, t, WAKES, here, irq);
		return true;
	}
	t->wake_pending = true;
	if (t->state == THREAD_RUNNING)
		poke_later(t->cpu); /* in ring 3 it would not see why it was woken */
	lock_release_irq(&q->lock, irq);
	poke_now();
	return false;
}

bool thread_wake(struct thread *t)
{
	return wake(t, false);
}

bool thread_wake_here(struct thread *t)
{
	return wake(t, true);
}

void wake_offer(const struct thread *t)
{
	u32 self = cpu_this()->id, cpu = claim_idle(t->affinity, self, self);

	if (cpu != self)
		wake_poke(cpu);
}
