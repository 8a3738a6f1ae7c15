/*
 * stop.c - see stop.h. Each other CPU gets a thread that may run there only, and that keeps it, for the kernel is not
 * preemptible. It halts there, and interrupts answer who still waits for a flush.
 */
#include "kernel/x86/asm.h"
#include "kernel/x86/cpu.h"
#include "sched/sched.h"
#include "sched/stop.h"
#include "sched/wake.h"

static bool stopping;          /* atomic: by one at a time */
static u32 stopped;            /* atomic: CPUs that wait */
static bool going_on; /* atomic: they go on */

static void wait_here(void *unused)
{
	(void)unused;
	__atomic_fetch_add(&stopped, 1, __ATOMIC_SEQ_CST);
	for (irq_disable(); !__atomic_load_n(&going_on, __ATOMIC_ACQUIRE); irq_disable())
		irq_enable_and_halt();
	irq_enable();
	__atomic_fetch_sub(&stopped, 1, __ATOMIC_SEQ_CST);
}

static bool make_threads(struct thread *threads[MAX_CPUS])
{
	for (u32 i = 1; i < cpu_count; i++) {
		threads[i] = thread_create_kernel(wait_here, NULL);
		if (threads[i])
			continue;
		while (--i)
			thread_destroy(threads[i]);
		return false;
	}
	return true;
}

static void start(struct thread *t, u32 cpu)
{
	t->affinity = 1u << cpu;
	thread_start(t);
}

bool stop_begin(void)
{
	struct thread *threads[MAX_CPUS];
	u32 self;

	while (__atomic_exchange_n(&stopping, true, __ATOMIC_ACQUIRE))
		thread_yield();
	if (!make_threads(threads)) {
		__atomic_store_n(&stopping, false, __ATOMIC_RELEASE);
		return false;
	}
	__atomic_store_n(&going_on, false, __ATOMIC_RELAXED);
	self = cpu_this()->id;
	for (u32 cpu = 0, i = 1; cpu < cpu_count; cpu++)
		if (cpu != self)
			start(threads[i++], cpu);
	while (__atomic_load_n(&stopped, __ATOMIC_ACQUIRE) < cpu_count - 1)
		cpu_pause();
	return true;
}

void stop_end(void)
{
	__atomic_store_n(&going_on, true, __ATOMIC_RELEASE);
	for (u32 cpu = 0; cpu < cpu_count; cpu++)
		if (cpu != cpu_this()->id)
			wake_poke(cpu);
	while (__atomic_load_n(&stopped, __ATOMIC_ACQUIRE))
		cpu_pause();
	__atomic_store_n(&stopping, false, __ATOMIC_RELEASE);
}
