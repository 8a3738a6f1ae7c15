/*
 * random.h - random bytes for getrandom, AT_RANDOM and whatever else must not be guessed.
 */
#pragma once

#include "kernel/lib/types.h"

/* Gathers what there is: the boot word seed= (NULL: none), the clock, RDRAND, else the jitter of the machine's clocks;
 * one log line admits it if that is all. */
void random_init(const char *seed);
void random_bytes(void *to, size_t n);
