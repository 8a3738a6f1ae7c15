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
/* Makes what ring 3 wrote one that loads: bits that are reserved, or for parts that this CPU does not have, fault. */
void fpu_sanitize(void *area);
/* Linux's struct _fpx_sw_bytes, in a saved area's unused bytes: how long it is, and what is in it. */
void fpu_describe(void *area);
#define FPU_AREA_MAX 2688 /* with AVX-512 (SDM 1 13.4) */
void fpu_reset(void *area);  /* makes `area` the state that exec starts with */
