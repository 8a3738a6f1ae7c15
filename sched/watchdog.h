/*
 * watchdog.h - finds a CPU that no longer takes interrupts, and stops the machine with a report of all.
 *
 * Each CPU's timer counts a beat a second, idle or not, and looks at the beats of its neighbour. Time is measured in
 * own beats, so that a host which stalls the whole machine does no harm. Alone, a CPU has nobody to watch it.
 */
#pragma once

#include "kernel/lib/types.h"

/* Before the first start: panic after `seconds` without a beat; 0: never. Boot word `watchdog=SECONDS`. */
void watchdog_init(u32 seconds);
/* On each CPU, once there is more than one. */
void watchdog_start(void);
/* From the timer interrupt: the beat, if it is due. */
void watchdog_beat(void);
