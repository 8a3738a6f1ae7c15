/*
 * mutex.h - the one sleeping lock: an address space's. Uninterruptible, FIFO, not recursive.
 */
#pragma once

#include "mm/aspace.h"

void mutex_init(struct mutex *m);
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);
bool mutex_held(const struct mutex *m); /* by the calling thread */
