/*
 * features.c - CPUID, read once on the boot CPU. All CPUs of a machine are taken to be alike.
 */
#include "kernel/x86/features.h"

#include "kernel/lib/log.h"
#include "kernel/x86/asm.h"

/* FEATURE_LIST as assignments, as the log's format and as its arguments. */
#define FEATURE_READ(name, leaf, sub, reg, bit) cpu_features.name = register_read(leaf, sub, reg) & BIT(bit);
#define FEATURE_FORMAT(name, ...)               "%s"
#define FEATURE_NAME(name, ...)                 , cpu_features.name ? " " #name : ""

struct cpu_features cpu_features;

enum { EAX, EBX, ECX, EDX };

/* Zero for a leaf that the CPU does not have: Intel CPUs would answer with another leaf's data. */
static u32 register_read(u32 leaf, u32 sub, u32 reg)
{
	u32 r[4];

	cpuid(0, 0, r);
	if (r[EAX] < leaf)
		return 0;
	cpuid(leaf, sub, r);
	return r[reg];
}

void features_read(void)
{
	FEATURE_LIST(FEATURE_READ)
	cpu_features.xsaveopt &= cpu_features.xsave; /* emulators can be told to offer one alone */
	cpu_features.avx &= cpu_features.xsave;
	cpu_features.hwcap = register_read(1, 0, EDX);
}

void features_log(void)
{
	log_info("cpu:" FEATURE_LIST(FEATURE_FORMAT) FEATURE_LIST(FEATURE_NAME));
}
