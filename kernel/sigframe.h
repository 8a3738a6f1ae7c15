/*
 * sigframe.h - handlers of signals: ring 3's registers go onto its stack, as Linux lays them out, and come back by
 * sigreturn.
 */
#pragma once

#include "kernel/x86/trapframe.h"
#include "sched/signal.h"

/* Acts on all pending signals of the calling process; may not return. `f` is how it will go back to ring 3. */
void sigframe_deliver(struct trapframe *f);
/* Makes `f` enter d's handler; ends the process where its stack cannot hold the frame. No lock held. */
void sigframe_push(struct trapframe *f, const struct sigdelivery *d);
