/*
 * kmap.h - the kernel's own half of every address space: image with exact rights, direct map of RAM,
 * kernel stacks, devices. Its top-level entries are made once and shared by all spaces.
 */
#pragma once

#include "kernel/lib/types.h"

struct handoff;

/* Builds the final tables; tlb_init() loads them, and with that the low identity mapping is gone. */
void kmap_init(const struct handoff *h);
pa_t kmap_root(void);
/* Copies the kernel's top-level entries into a new space's root. */
void kmap_share(pa_t root);
/* An uncached mapping of device registers; never RAM. NULL: out of memory or RAM in the range. */
volatile void *kmap_device(pa_t at, u64 length);
