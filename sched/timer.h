/*
 * timer.h - timeouts: functions that are called from the timer interrupt when their time has come, on the CPU that
 * has set them. Lock: RANK_TIMER, inside. The owner keeps the memory.
 */
#pragma once

#include "kernel/lib/list.h"
#include "kernel/x86/clock.h"

struct timeout {
	struct list link;
	u64 deadline, wanted; /* of clock_now(); what it was made from */
	u32 cpu;              /* whose list it is on */
	void (*fire)(struct timeout *t); /* in the timer interrupt; must only wake */
};

/* `deadline` is of clock_now(); or of clock_realtime(), with TIME_REAL: then it follows when that clock is set. */
void timer_set(struct timeout *t, u64 deadline, void (*fire)(struct timeout *));
/* Afterwards `fire` does not run and is not running. */
void timer_cancel(struct timeout *t);
/* Sets clock_realtime(). */
void timer_set_clock(u64 ns);
void timer_init(void);
/* From the timer interrupt: fires what is due. The caller arms again. */
void timer_interrupt(void);
/* Arms this CPU's clock for whichever comes first, the next timeout or `slice_end`; leaves it alone if it
 * is armed for earlier than that (the interrupt looks again). Interrupts off; no lock. */
void timer_rearm(u64 slice_end);
