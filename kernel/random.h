/*
 * random.h - random bytes for getrandom, AT_RANDOM and whatever else must not be guessed.
 */
#pragma once

#include "kernel/lib/types.h"

/* Gathers what the machine offers: RDRAND, else the jitter of its clocks, which one log line admits. */
void random_init(void);
void random_bytes(void *to, size_t n);
