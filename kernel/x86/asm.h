/*
 * asm.h - one-instruction wrappers. Nothing else in the kernel's C holds assembly.
 * Sources: Intel SDM volume 2, by mnemonic.
 */
#pragma once

#include "kernel/lib/types.h"

#define CR0_WP BIT(16)
#define CR0_AM BIT(18)
#define CR0_NW BIT(29)
#define CR0_CD BIT(30)
#define CR0_MP BIT(1)
#define CR0_EM BIT(2)
#define CR0_TS BIT(3)
#define CR0_NE BIT(5)

#define CR4_MCE        BIT(6)
#define CR4_PGE        BIT(7)
#define CR4_OSFXSR     BIT(9)
#define CR4_OSXMMEXCPT BIT(10)
#define CR4_UMIP       BIT(11)
#define CR4_FSGSBASE   BIT(16)
#define CR4_PCIDE      BIT(17)
#define CR4_OSXSAVE    BIT(18)
#define CR4_SMEP       BIT(20)
#define CR4_SMAP       BIT(21)

#define RFLAGS_FIXED BIT(1)
#define RFLAGS_TF    BIT(8)
#define RFLAGS_IF    BIT(9)
#define RFLAGS_DF    BIT(10)
#define RFLAGS_NT    BIT(14)
#define RFLAGS_AC    BIT(18)

#define MSR_APIC_BASE      0x1b
#define MSR_SYSENTER_CS    0x174
#define MSR_EFER           0xc0000080
#define MSR_STAR           0xc0000081
#define MSR_LSTAR          0xc0000082
#define MSR_SFMASK         0xc0000084
#define MSR_FS_BASE        0xc0000100
#define MSR_GS_BASE        0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102

#define EFER_SCE BIT(0)
#define EFER_NXE BIT(11)

#define ASM_READ_CR(n)                                                                  \
	static inline u64 read_cr##n(void)                                               \
	{                                                                               \
		u64 v;                                                                  \
		__asm__ volatile("mov %%cr" #n ", %0" : "=r"(v));                       \
		return v;                                                               \
	}
#define ASM_WRITE_CR(n)                                                                 \
	static inline void write_cr##n(u64 v)                                            \
	{                                                                               \
		__asm__ volatile("mov %0, %%cr" #n : : "r"(v) : "memory");              \
	}
ASM_READ_CR(0)
ASM_READ_CR(2)
ASM_READ_CR(3)
ASM_READ_CR(4)
ASM_WRITE_CR(0)
ASM_WRITE_CR(3)
ASM_WRITE_CR(4)

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (u64)hi << 32 | lo;
}

static inline void wrmsr(u32 msr, u64 v)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((u32)v), "d"((u32)(v >> 32)) : "memory");
}

static inline void cpuid(u32 leaf, u32 sub, u32 out[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
			 : "a"(leaf), "c"(sub));
}

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (u64)hi << 32 | lo;
}

static inline void outb(u16 port, u8 v)
{
	__asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline void outw(u16 port, u16 v)
{
	__asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port));
}

static inline void outl(u16 port, u32 v)
{
	__asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port));
}

static inline u8 inb(u16 port)
{
	u8 v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline u16 inw(u16 port)
{
	u16 v;

	__asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline u32 inl(u16 port)
{
	u32 v;

	__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void irq_enable(void)
{
	__asm__ volatile("sti" : : : "memory");
}

static inline void irq_disable(void)
{
	__asm__ volatile("cli" : : : "memory");
}

/* STI's shadow covers the HLT: an interrupt between the two cannot be slept through (SDM 2B STI). */
static inline void irq_enable_and_halt(void)
{
	__asm__ volatile("sti; hlt" : : : "memory");
}

static inline void halt(void)
{
	__asm__ volatile("hlt" : : : "memory");
}

static inline u64 read_rflags(void)
{
	u64 v;

	__asm__ volatile("pushfq; popq %0" : "=r"(v) : : "memory");
	return v;
}

static inline bool irq_enabled(void)
{
	return read_rflags() & RFLAGS_IF;
}

static inline void cpu_pause(void)
{
	__asm__ volatile("pause" : : : "memory");
}

static inline void stac(void)
{
	__asm__ volatile("stac" : : : "memory");
}

static inline void clac(void)
{
	__asm__ volatile("clac" : : : "memory");
}

/* TLB instructions: called by mm/tlb.c alone. */
static inline void invlpg(u64 va)
{
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

struct invpcid_desc {
	u64 pcid, address;
};

static inline void invpcid(u64 type, const struct invpcid_desc *d)
{
	__asm__ volatile("invpcid %0, %1" : : "m"(*d), "r"(type) : "memory");
}

static inline u64 rdfsbase(void)
{
	u64 v;

	__asm__ volatile("rdfsbase %0" : "=r"(v));
	return v;
}

static inline void wrfsbase(u64 v)
{
	__asm__ volatile("wrfsbase %0" : : "r"(v));
}

/* Descriptor tables: limit, then linear address (SDM 3A 2.4). */
struct table_pointer {
	u16 limit;
	u64 base;
} __attribute__((packed));

static inline void lgdt(const struct table_pointer *p)
{
	__asm__ volatile("lgdt %0" : : "m"(*p));
}

static inline void lidt(const struct table_pointer *p)
{
	__asm__ volatile("lidt %0" : : "m"(*p));
}

static inline void ltr(u16 selector)
{
	__asm__ volatile("ltr %0" : : "r"(selector));
}

static inline void breakpoint(void)
{
	__asm__ volatile("int3" : : : "memory");
}

#define ASM_READ_SEGMENT(name)                                                          \
	static inline u16 read_##name(void)                                              \
	{                                                                               \
		u16 v;                                                                  \
		__asm__ volatile("mov %%" #name ", %0" : "=r"(v));                      \
		return v;                                                               \
	}
#define ASM_WRITE_SEGMENT(name)                                                         \
	static inline void write_##name(u16 v)                                           \
	{                                                                               \
		__asm__ volatile("mov %0, %%" #name : : "r"(v) : "memory");             \
	}
ASM_READ_SEGMENT(ds)
ASM_READ_SEGMENT(es)
ASM_READ_SEGMENT(fs)
ASM_READ_SEGMENT(gs)
ASM_WRITE_SEGMENT(ds)
ASM_WRITE_SEGMENT(es)
ASM_WRITE_SEGMENT(fs)

/* Vector state: used by kernel/x86/fpu.c alone. XSAVE's mask of all ones means all of XCR0. */
static inline void xsetbv(u32 reg, u64 v)
{
	__asm__ volatile("xsetbv" : : "c"(reg), "a"((u32)v), "d"((u32)(v >> 32)));
}

static inline void xsave(void *area)
{
	__asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(~0u), "d"(~0u) : "memory");
}

static inline void xsaveopt(void *area)
{
	__asm__ volatile("xsaveopt64 (%0)" : : "r"(area), "a"(~0u), "d"(~0u) : "memory");
}

static inline void xrstor(const void *area)
{
	__asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(~0u), "d"(~0u) : "memory");
}

static inline void fxsave(void *area)
{
	__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

static inline void fxrstor(const void *area)
{
	__asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

/* Makes FIP, FDP and FOP those of a load of the kernel's own; pending exceptions go first. */
static inline void x87_forget(const u32 *any)
{
	__asm__ volatile("fnclex; emms; fildl %0" : : "m"(*any));
}

static inline bool rdrand(u64 *v)
{
	bool ok;

	__asm__ volatile("rdrand %0" : "=r"(*v), "=@ccc"(ok));
	return ok;
}
