/*
 * features.h - what CPUID says, read once (SDM 2A CPUID).
 */
#pragma once

#include "kernel/lib/types.h"

struct cpu_features {
	bool nx, mce, pge, pcid, invpcid, smep, smap, umip, fsgsbase;
	bool xsave, xsaveopt, avx, avx512, rdrand, erms, invariant_tsc, gib_pages;
	u32 physical_bits; /* MAXPHYADDR */
	u32 hwcap;         /* CPUID.1:EDX: AT_HWCAP on Linux */
	char model[49];    /* brand string, or the vendor's name */
};

extern struct cpu_features cpu_features;

void features_read(void);
/* One log line with the names of those present. */
void features_log(void);
