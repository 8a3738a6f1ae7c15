/*
 * watchdog.c - beats (watchdog.h). A struct beat is its own CPU's, but for `count`, which the neighbour reads.
 */
#include "sched/watchdog.h"

#include "kernel/lib/panic.h"
#include "kernel/x86/clock.h"
#include "kernel/x86/cpu.h"
#include "sched/timer.h"

static struct beat {
	struct timeout timeout;
	bool due;
	u64 count;  /* atomic */
	u64 seen;   /* of the neighbour's count ... */
	u32 missed; /* ... for so many own beats */
} beats[MAX_CPUS];
static u32 patience; /* beats; 0: never */

void watchdog_init(u32 seconds)
{
	patience = seconds;
}

static void due(struct timeout *t)
{
	container_of(t, struct beat, timeout)->due = true;
}

void watchdog_start(void)
{
	if (patience)
		timer_set(&beats[cpu_this()->id].timeout, clock_now() + NS_PER_SECOND, due);
}

void watchdog_beat(void)
{
	u32 self = cpu_this()->id, watched = (self + 1) % cpu_count;
	struct beat *b = &beats[self];
	u64 count;

	if (likely(!b->due))
		return;
	b->due = false;
	watchdog_start();
	__atomic_store_n(&b->count, b->count + 1, __ATOMIC_RELAXED);
	count = __atomic_load_n(&beats[watched].count, __ATOMIC_RELAXED);
	b->missed = count == b->seen ? b->missed + 1 : 0;
	b->seen = count;
	if (b->missed >= patience)
		panic("watchdog: cpu %u takes no interrupts; cpu %u has waited for %u beats", watched, self, b->missed);
}
