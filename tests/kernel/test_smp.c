/*
 * test_smp.c - what only several CPUs can show: each is set up, threads go to the CPU that they may run on and come
 * back, wake-ups and locks between CPUs. With one CPU all of it is skipped.
 */
#include "kernel/x86/acpi.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/clock.h"
#include "kernel/x86/features.h"
#include "kernel/x86/tables.h"
#include "sched/mutex.h"
#include "sched/policy.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "sched/usage.h"
#include "sched/wake.h"
#include "tests/kernel/support.h"

#define MS    1000000ul
#define TURNS 2000
#define MUTEX_TURNS 200 /* each may be a sleep and an interrupt between CPUs */
#define QUEUED_TURNS 200 /* under a hypervisor the next in the queue may not be running */

void syscall_entry(void); /* entry.S */

static volatile u32 done, phase;

static bool several(void)
{
	done = 0;
	return several_cpus();
}

static void end(void)
{
	__atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
}

/* ---- the CPUs */

static u32 seen[MAX_CPUS];

static void look_around(void *id)
{
	u32 cpu = (u32)(u64)id;
	u64 second = (cpu_features.smep ? CR4_SMEP : 0) | (cpu_features.smap ? CR4_SMAP : 0);
	bool right = cpu_this() == &cpus[cpu] && apic_id() == cpus[cpu].apic_id && irq_enabled() &&
		     (read_cr0() & CR0_WP) && rdmsr(MSR_LSTAR) == (u64)syscall_entry &&
		     (read_cr4() & (CR4_SMEP | CR4_SMAP)) == second;

	seen[cpu] = right;
	end();
}

KTEST(smp_every_cpu_runs_threads)
{
	if (!several())
		return;
	EXPECT(cpu_count <= acpi.cpu_count);
	for (u32 i = 0; i < cpu_count; i++) {
		seen[i] = false;
		thread_launch_on(i, look_around, (void *)(u64)i);
	}
	EXPECT(wait_until(&done, cpu_count));
	for (u32 i = 0; i < cpu_count; i++)
		EXPECT(seen[i]);
}

KTEST(smp_cpus_have_their_own)
{
	if (!several())
		return;
	for (u32 i = 0; i < cpu_count; i++) {
		EXPECT(cpus[i].self == &cpus[i] && cpus[i].id == i && cpus[i].idle && cpus[i].idle->cpu == i);
		for (u32 k = 0; k < i; k++)
			EXPECT(cpus[i].apic_id != cpus[k].apic_id && cpus[i].idle != cpus[k].idle &&
			       cpu_tables[i].tss.ist[0] != cpu_tables[k].tss.ist[0]);
	}
}

static u64 last_seen;

/* Each takes turns at raising the time that it sees. */
static void watch_clock(void *wrong)
{
	for (u32 i = 0; i < 20000; i++) {
		u64 before = __atomic_load_n(&last_seen, __ATOMIC_SEQ_CST), now = clock_now();

		if (now < before)
			*(bool *)wrong = true;
		__atomic_store_n(&last_seen, now, __ATOMIC_SEQ_CST);
	}
	end();
}

KTEST(smp_time_never_goes_back)
{
	static bool wrong;

	if (!several())
		return;
	last_seen = 0;
	for (u32 i = 0; i < cpu_count; i++)
		thread_launch_on(i, watch_clock, &wrong);
	EXPECT(wait_until(&done, cpu_count));
	EXPECT(!wrong);
}

/* ---- waking */

static struct thread *sleeper;
static u32 wakes;

static void sleep_in_turns(void *argument)
{
	(void)argument;
	for (u32 i = 0; i < TURNS; i++) {
		thread_prepare_sleep();
		while (__atomic_load_n(&wakes, __ATOMIC_SEQ_CST) <= i)
			if (!thread_sleep(clock_now() + 10000 * MS))
				ktest_check(false, __FILE__, __LINE__, "a wake-up was lost");
		__atomic_store_n(&done, i + 1, __ATOMIC_SEQ_CST);
	}
}

/* The waker changes the condition and wakes, just when the sleeper looks and sleeps. */
KTEST(smp_wake_is_not_lost)
{
	if (!several())
		return;
	wakes = 0;
	sleeper = thread_launch_on(other_cpu(), sleep_in_turns, NULL);
	REQUIRE(sleeper);
	for (u32 i = 0; i < TURNS; i++) {
		__atomic_store_n(&wakes, i + 1, __ATOMIC_SEQ_CST);
		thread_wake(sleeper);
		while (__atomic_load_n(&done, __ATOMIC_SEQ_CST) <= i)
			cpu_pause();
	}
	EXPECT_EQ(done, TURNS);
	thread_yield();
}

static void where_am_i(void *cpu)
{
	*(volatile u32 *)cpu = cpu_this()->id;
	end();
}

/* The other CPU halts until it is sent somebody. */
KTEST(smp_idle_cpu_gets_work)
{
	static volatile u32 cpu;
	struct thread *t;

	if (!several())
		return;
	cpu = MAX_CPUS;
	t = thread_create_kernel(where_am_i, (void *)&cpu);
	REQUIRE(t);
	t->affinity = ~0u;
	thread_start(t);
	while (!done) /* this thread does not give its CPU away */
		cpu_pause();
	EXPECT(cpu != cpu_this()->id && cpu < cpu_count);
}

static void sleep_then_note(void *cpu)
{
	thread_prepare_sleep();
	thread_sleep(TIME_NEVER);
	where_am_i(cpu);
}

/* Where one that was woken here runs. */
static u32 runs_after_wake_here(void)
{
	static volatile u32 cpu;
	struct thread *t;

	done = 0;
	cpu = MAX_CPUS;
	t = thread_launch_on(other_cpu(), sleep_then_note, (void *)&cpu);
	if (!t)
		return MAX_CPUS;
	while (__atomic_load_n(&t->state, __ATOMIC_RELAXED) != THREAD_SLEEPING || !wake_others_idle())
		cpu_pause(); /* a CPU that is still looking for work would find it here */
	t->affinity = ~0u;
	thread_prepare_sleep();
	thread_sleep(clock_now() + MS); /* this CPU's slice is over otherwise, and it offers what waits */
	EXPECT(thread_wake_here(t));
	EXPECT(wait_until(&done, 1));
	return cpu;
}

/* Unless this CPU is so slow that an idle one comes to fetch it. */
KTEST(smp_woken_here_stays_here)
{
	u32 here = 0;

	if (!several())
		return;
	for (int i = 0; i < 20; i++)
		here += runs_after_wake_here() == cpu_this()->id;
	EXPECT(here > 0);
}

static u64 pokes_sent(void)
{
	return cpu_this()->counters[COUNT_POKES];
}

/* The interrupt for a thread that was woken is held back, and sent in the end. */
KTEST(smp_batch_is_sent)
{
	static volatile u32 cpu;
	struct thread *t;
	u64 before;

	if (!several())
		return;
	t = thread_launch_on(other_cpu(), sleep_then_note, (void *)&cpu);
	REQUIRE(t);
	while (__atomic_load_n(&t->state, __ATOMIC_RELAXED) != THREAD_SLEEPING || !wake_others_idle())
		cpu_pause();
	before = pokes_sent();
	wake_batch_begin();
	EXPECT(thread_wake(t));
	EXPECT_EQ(pokes_sent(), before);
	wake_batch_end();
	EXPECT_EQ(pokes_sent(), before + 1);
	EXPECT(wait_until(&done, 1));
}

/* Time-outs are set on one CPU and taken back on another, while they fire. */
static void sleep_briefly(void *argument)
{
	(void)argument;
	for (u32 i = 0; i < 200; i++) {
		thread_prepare_sleep();
		thread_sleep(clock_now() + 20000 + i % 7 * 10000);
	}
	end();
	while (phase) /* the waker still knows this thread */
		cpu_pause();
}

KTEST(smp_timeouts_race_wakes)
{
	struct thread *t;

	if (!several())
		return;
	t = thread_create_kernel(sleep_briefly, NULL);
	REQUIRE(t);
	t->affinity = ~0u;
	phase = 1;
	thread_start(t);
	for (u32 i = 0; !done; i++) {
		if (i % 3 == 0)
			thread_wake(t);
		for (u32 k = 0; k < i * 7 % 50; k++)
			cpu_pause();
	}
	phase = 0;
}

/* ---- time used */

static void works_and_sleeps(void *argument)
{
	(void)argument;
	while (__atomic_load_n(&phase, __ATOMIC_RELAXED)) {
		for (u32 k = 0; k < 200; k++)
			cpu_pause();
		thread_prepare_sleep();
		thread_sleep(clock_now() + 20000);
	}
	end();
}

/* Asked for from here while it is charged, stopped and continued there. */
KTEST(smp_used_time_never_goes_back)
{
	u64 start = clock_now(), last = 0, used = 0;
	struct thread *t;

	if (!several())
		return;
	phase = 1;
	t = thread_launch_on(other_cpu(), works_and_sleeps, NULL);
	REQUIRE(t);
	for (u32 i = 0; i < 20000 && used >= last && used <= clock_now() - start; i++) {
		last = used;
		used = thread_cpu_ns(t);
	}
	EXPECT(used >= last);
	EXPECT(used <= clock_now() - start);
	phase = 0;
	EXPECT(wait_until(&done, 1));
}

/* ---- locks */

static struct spinlock counter_lock = SPINLOCK(RANK_IPC, "test counter");
static struct mutex counter_mutex;
static u64 counter;
static u32 turns = TURNS;

static void count_under_lock(void *argument)
{
	(void)argument;
	for (u32 i = 0; i < turns; i++) {
		lock_acquire(&counter_lock);
		counter++;
		lock_release(&counter_lock);
	}
	end();
}

static void count_under_mutex(void *argument)
{
	(void)argument;
	for (u32 i = 0; i < MUTEX_TURNS; i++) {
		mutex_lock(&counter_mutex);
		counter++;
		mutex_unlock(&counter_mutex);
	}
	end();
}

/* L5: both ways. */
KTEST(smp_locks_exclude)
{
	bool queues = lock_queues;

	for (int way = 0; way < 2; way++) {
		if (!several())
			return;
		lock_queues = way;
		turns = way ? QUEUED_TURNS : TURNS;
		counter = 0;
		for (u32 i = 0; i < cpu_count; i++)
			thread_launch_on(i, count_under_lock, NULL);
		EXPECT(wait_until(&done, cpu_count));
		EXPECT_EQ(counter, (u64)cpu_count * turns);
	}
	turns = TURNS;
	lock_queues = queues;
}

KTEST(smp_mutex_excludes)
{
	if (!several())
		return;
	mutex_init(&counter_mutex);
	counter = 0;
	for (u32 i = 0; i < cpu_count; i++)
		thread_launch_on(i, count_under_mutex, NULL);
	EXPECT(wait_until(&done, cpu_count));
	EXPECT_EQ(counter, (u64)cpu_count * MUTEX_TURNS);
}

KTEST(smp_contention_is_counted)
{
	u64 before = 0, after = 0;
	bool queues = lock_queues;

	if (!several())
		return;
	lock_queues = true; /* who waits can be seen */
	for (u32 i = 0; i < cpu_count; i++)
		before += cpus[i].locks.stats[RANK_IPC].contended;
	lock_acquire(&counter_lock);
	thread_launch_on(other_cpu(), count_under_lock, NULL);
	while (__atomic_load_n(&counter_lock.next, __ATOMIC_RELAXED) == counter_lock.serving + 1)
		cpu_pause();
	lock_release(&counter_lock);
	EXPECT(wait_until(&done, 1));
	for (u32 i = 0; i < cpu_count; i++)
		after += cpus[i].locks.stats[RANK_IPC].contended;
	EXPECT(after > before);
	lock_queues = queues;
}
