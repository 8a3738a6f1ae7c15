/*
 * rtc.h - the date in the CMOS clock (Motorola MC146818A), read once at start-up.
 */
#pragma once

#include "kernel/lib/types.h"

u64 rtc_read(void); /* seconds since 1970-01-01 UTC; the clock is taken to keep UTC */
