/*
 * clock.h - time: a monotonic clock, the date, and one deadline.
 *
 * The TSC is used when it agrees with the ACPI PM timer in two measurements; else the PM timer itself.
 * clock_now() never steps back on a CPU nor from one to another. Nanoseconds everywhere.
 */
#pragma once

#include "kernel/lib/types.h"

#define NS_PER_SECOND 1000000000ul
#define TIME_NEVER    (~0ul)
#define TIME_REAL     BIT(63) /* in a deadline that is not TIME_NEVER: the rest is a time of clock_realtime() */

/*
 * Calibrates (a few milliseconds, retried if the host stalls in between) and reads the RTC. False if ACPI's
 * tables name no PM timer: nothing else here can be trusted to tell the time.
 */
bool clock_init(void);
u64 clock_now(void);      /* ns since boot */
u64 clock_after(u64 ns);  /* now and so much, but for ever at the most: without TIME_REAL */
void clock_delay(u64 ns); /* busy; for start-up only */
/*
 * Does the TSC of a further CPU agree with the boot CPU's? The newcomer calls clock_answer(), the boot CPU meanwhile
 * clock_ask(): false if the newcomer has not answered by `deadline`. If the two differ, the PM timer is used from now
 * on: no other CPU may look at the clock yet.
 */
void clock_answer(void);
bool clock_ask(u64 deadline);
u64 clock_realtime_base(void); /* ns since 1970-01-01 UTC at the boot */
u64 clock_realtime(void);      /* ns since 1970-01-01 UTC: that and clock_now() */
/* sched/timer.h: timer_set_clock() is for everybody else; `ns` is not before clock_now(). */
void clock_set_realtime(u64 ns);
/* TRAP_TIMER on this CPU at or soon after `deadline` (of clock_now()); TIME_NEVER for none. May come
 * early: whoever handles it looks at the clock and arms again. */
void clock_arm(u64 deadline);
