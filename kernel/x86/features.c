/*
 * features.c - CPUID, read once on the boot CPU. All CPUs of a machine are taken to be alike.
 */
#include "kernel/x86/features.h"

#include "kernel/lib/log.h"
#include "kernel/lib/string.h"
#include "kernel/x86/asm.h"

struct cpu_features cpu_features;

enum { EAX, EBX, ECX, EDX };

/* Zeros for a leaf that the CPU does not have: Intel CPUs would answer with another leaf's data. */
static void leaf_read(u32 leaf, u32 sub, u32 out[4])
{
	cpuid(leaf & 0x80000000, 0, out);
	if (out[EAX] < leaf)
		memset(out, 0, 4 * sizeof(u32));
	else
		cpuid(leaf, sub, out);
}

static void standard_read(struct cpu_features *f)
{
	u32 r[4];

	leaf_read(1, 0, r);
	f->pcid = r[ECX] & BIT(17);
	f->xsave = r[ECX] & BIT(26);
	f->avx = f->xsave && (r[ECX] & BIT(28));
	f->rdrand = r[ECX] & BIT(30);
	f->hwcap = r[EDX];
	f->mce = r[EDX] & BIT(7);
	f->pge = r[EDX] & BIT(13);

	leaf_read(7, 0, r);
	f->fsgsbase = r[EBX] & BIT(0);
	f->smep = r[EBX] & BIT(7);
	f->erms = r[EBX] & BIT(9);
	f->invpcid = r[EBX] & BIT(10);
	f->avx512 = f->avx && (r[EBX] & BIT(16));
	f->smap = r[EBX] & BIT(20);
	f->umip = r[ECX] & BIT(2);

	leaf_read(0xd, 1, r);
	f->xsaveopt = f->xsave && (r[EAX] & BIT(0));
}

static void extended_read(struct cpu_features *f)
{
	u32 r[4];

	leaf_read(0x80000001, 0, r);
	f->nx = r[EDX] & BIT(20);
	f->gib_pages = r[EDX] & BIT(26);
	leaf_read(0x80000007, 0, r);
	f->invariant_tsc = r[EDX] & BIT(8);
	leaf_read(0x80000008, 0, r);
	f->physical_bits = r[EAX] & 0xff ? r[EAX] & 0xff : 36;
}

/* The brand string, without the blanks that some CPUs put before it; else the vendor's name. */
static void model_read(char model[49])
{
	u32 r[12];
	char text[49];
	const char *start = text;

	for (u32 i = 0; i < 3; i++)
		leaf_read(0x80000002 + i, 0, &r[4 * i]);
	if (!r[0]) {
		cpuid(0, 0, r);
		memset(r, 0, sizeof(r[0]));
		r[0] = r[EBX];
		r[1] = r[EDX];
		memset(&r[3], 0, 9 * sizeof(r[0]));
	}
	memcpy(text, r, 48);
	text[48] = 0;
	while (*start == ' ')
		start++;
	string_copy(model, start, 49);
}

void features_read(void)
{
	standard_read(&cpu_features);
	extended_read(&cpu_features);
	model_read(cpu_features.model);
}

void features_log(void)
{
	const struct cpu_features *f = &cpu_features;
	const struct {
		bool present;
		const char *name;
	} list[] = {
		{f->nx, "nx"}, {f->pge, "pge"}, {f->pcid, "pcid"}, {f->invpcid, "invpcid"},
		{f->smep, "smep"}, {f->smap, "smap"}, {f->umip, "umip"}, {f->fsgsbase, "fsgsbase"},
		{f->xsave, "xsave"}, {f->xsaveopt, "xsaveopt"}, {f->avx, "avx"}, {f->avx512, "avx512"},
		{f->rdrand, "rdrand"}, {f->erms, "erms"}, {f->invariant_tsc, "invariant-tsc"},
		{f->gib_pages, "1gib-pages"},
	};
	char line[160];
	size_t used = 0;

	line[0] = 0;
	for (u32 i = 0; i < ARRAY_SIZE(list); i++) {
		if (list[i].present && used < sizeof(line))
			used += (size_t)format(line + used, sizeof(line) - used, " %s", list[i].name);
	}
	log_info("cpu: %s, %u-bit physical addresses,%s", f->model, f->physical_bits, line);
}
