/*
 * fpu.h - x87, SSE, AVX and AVX-512 state (SDM 1 chapter 13), saved whole at every switch between
 * threads that have any. Never MPX or PKRU. With FXSAVE, whose restore leaves FIP, FDP and FOP of the
 * last owner on some CPUs, those are cleared first.
 */
#pragma once

#include "kernel/lib/types.h"

/* Sets up XCR0 or FXSAVE on this CPU; the first call also finds the size. */
void fpu_init(void);
size_t fpu_size(void);       /* bytes of one save area; areas are 64-byte aligned */
void fpu_save(void *area);
void fpu_load(const void *area);
void fpu_reset(void *area);  /* makes `area` the state that exec starts with */
