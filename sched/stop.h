/*
 * stop.h - for looks at the whole machine: nobody but the caller runs.
 */
#pragma once

#include "kernel/lib/types.h"

/* All other CPUs have left what they did at a place where threads may be switched, and wait. False: no memory. The
 * caller holds no lock, and does not sleep before stop_end(). */
bool stop_begin(void);
void stop_end(void);
