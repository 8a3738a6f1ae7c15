/*
 * features.h - what CPUID says, read once.
 */
#pragma once

#include "kernel/lib/types.h"

/* X(name, leaf, sub-leaf, register, bit): SDM 2A CPUID. Long mode and NX are there: boot/head.S saw to it. */
#define FEATURE_LIST(X)              \
	X(mce, 1, 0, EDX, 7)         \
	X(pge, 1, 0, EDX, 13)        \
	X(pcid, 1, 0, ECX, 17)       \
	X(xsave, 1, 0, ECX, 26)      \
	X(avx, 1, 0, ECX, 28)        \
	X(rdrand, 1, 0, ECX, 30)     \
	X(hypervisor, 1, 0, ECX, 31) \
	X(fsgsbase, 7, 0, EBX, 0)    \
	X(smep, 7, 0, EBX, 7)        \
	X(invpcid, 7, 0, EBX, 10)    \
	X(smap, 7, 0, EBX, 20)       \
	X(umip, 7, 0, ECX, 2)        \
	X(xsaveopt, 0xd, 1, EAX, 0)

struct cpu_features {
#define FEATURE_FIELD(name, leaf, sub, reg, bit) bool name;
	FEATURE_LIST(FEATURE_FIELD)
#undef FEATURE_FIELD
	u32 hwcap; /* CPUID.1:EDX: AT_HWCAP on Linux */
};

extern struct cpu_features cpu_features;

void features_read(void);
/* One log line with the names of those present. */
void features_log(void);
