/*
 * fpu.c - saving and loading vector state. See fpu.h.
 *
 * XSAVEOPT leaves out what has not changed since the same area was last loaded: an area that is in the
 * registers must not be written by other hands, or must be loaded again after that (SDM 1 13.9).
 */
#include "kernel/x86/fpu.h"

#include "kernel/lib/panic.h"
#include "kernel/lib/string.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/features.h"

/* XCR0, SDM 1 13.3. */
#define XCR0_X87_SSE (BIT(0) | BIT(1))
#define XCR0_AVX     BIT(2)
#define XCR0_AVX512  (BIT(5) | BIT(6) | BIT(7)) /* mask registers, upper halves, upper sixteen */

#define FXSAVE_SIZE  512
#define FCW_OFFSET   0
#define MXCSR_OFFSET 24
#define FCW_DEFAULT   0x37f  /* what a Linux program starts with: all masked, 64-bit precision */
#define MXCSR_DEFAULT 0x1f80 /* all masked, nearest */

#define MXCSR_MASK_OFFSET 28 /* 0: MXCSR_MASK_DEFAULT */
#define MXCSR_MASK_DEFAULT 0xffbf
#define SOFTWARE_OFFSET   464

static size_t area_size = FXSAVE_SIZE;
static u64 components; /* XCR0 */

void fpu_init(void)
{
	u32 r[4];
	u64 offered, wanted;

	write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT | (cpu_features.xsave ? CR4_OSXSAVE : 0));
	if (!cpu_features.xsave)
		return;
	cpuid(0xd, 0, r);
	offered = (u64)r[3] << 32 | r[0];
	wanted = offered & (XCR0_X87_SSE | XCR0_AVX);
	/* All three or none, and only with AVX, or XSETBV faults. */
	if ((wanted & XCR0_AVX) && (offered & XCR0_AVX512) == XCR0_AVX512)
		wanted |= XCR0_AVX512;
	xsetbv(0, wanted);
	cpuid(0xd, 0, r);
	area_size = r[1]; /* for what XCR0 now holds */
	components = wanted;
	ASSERT(area_size <= FPU_AREA_MAX);
}

size_t fpu_size(void)
{
	return area_size;
}

void fpu_save(void *area)
{
	if (cpu_features.xsaveopt)
		xsaveopt(area);
	else if (cpu_features.xsave)
		xsave(area);
	else
		fxsave(area);
}

void fpu_load(const void *area)
{
	static const u32 any = 1;

	/* FXRSTOR, and XRSTOR on some CPUs, keeps FIP, FDP and FOP if no exception is pending. */
	x87_forget(&any);
	if (cpu_features.xsave)
		xrstor(area);
	else
		fxrstor(area);
}

void fpu_sanitize(void *area)
{
	u8 *bytes = area;
	u64 *header = (u64 *)(bytes + FXSAVE_SIZE); /* SDM 1 13.4.2 */
	u8 now[FXSAVE_SIZE] __attribute__((aligned(64)));
	u32 mask;

	fxsave(now);
	mask = *(u32 *)(now + MXCSR_MASK_OFFSET);
	*(u32 *)(bytes + MXCSR_OFFSET) &= mask ? mask : MXCSR_MASK_DEFAULT;
	if (!cpu_features.xsave)
		return;
	header[0] &= components;
	memset(header + 1, 0, 7 * sizeof(*header));
}

void fpu_describe(void *area)
{
	const struct {
		u32 magic, extended_size;
		u64 components;
		u32 size, padding[7];
	} words = {0x46505853, (u32)area_size + sizeof(u32), components, (u32)area_size, {0}};

	if (cpu_features.xsave)
		memcpy((u8 *)area + SOFTWARE_OFFSET, &words, sizeof(words));
}

/* XSTATE_BV = 0 gives every component its initial state; FXRSTOR and MXCSR need the two values. */
void fpu_reset(void *area)
{
	memset(area, 0, area_size);
	*(u16 *)((u8 *)area + FCW_OFFSET) = FCW_DEFAULT;
	*(u32 *)((u8 *)area + MXCSR_OFFSET) = MXCSR_DEFAULT;
}
