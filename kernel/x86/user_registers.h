/*
 * user_registers.h - what ring 3 has in registers that neither entry nor the trap frame saves, and that must be carried
 * with the thread, or one process reads what another wrote: segment selectors and bases. In line, because every switch
 * between threads needs them.
 */
#pragma once

#include "kernel/x86/asm.h"
#include "kernel/x86/features.h"

/* switch.S: GS for ring 3. */
void user_gs_load(u16 selector);

/* FS base of the running thread: read from and written to the CPU. */
static inline u64 cpu_fs_base(void)
{
	return cpu_features.fsgsbase ? rdfsbase() : rdmsr(MSR_FS_BASE);
}

static inline void cpu_set_fs_base(u64 base)
{
	if (cpu_features.fsgsbase)
		wrfsbase(base);
	else
		wrmsr(MSR_FS_BASE, base);
}

/* GS base of ring 3 while in the kernel (KERNEL_GS_BASE after the swap). */
static inline u64 cpu_user_gs_base(void)
{
	return rdmsr(MSR_KERNEL_GS_BASE);
}

static inline void cpu_set_user_gs_base(u64 base)
{
	wrmsr(MSR_KERNEL_GS_BASE, base);
}

/* Ring 3's DS, ES, FS and GS (from the low word up), which it may set to any user selector. Zero for exec. */
static inline u64 cpu_user_selectors(void)
{
	return (u64)read_gs() << 48 | (u64)read_fs() << 32 | (u64)read_es() << 16 | read_ds();
}

/* Loading FS or GS may change the base that goes with it: set the bases after the selectors. */
static inline void cpu_set_user_selectors(u64 packed)
{
	write_ds((u16)packed);
	write_es((u16)(packed >> 16));
	write_fs((u16)(packed >> 32));
	user_gs_load((u16)(packed >> 48));
}
