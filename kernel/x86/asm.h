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
#define RFLAGS_USER  0x50dd5 /* what sigreturn may set: AC RF OF DF TF SF ZF AF PF CF; not IOPL, IF, NT */
#define SYSCALL_LENGTH 2     /* bytes of the instruction */

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

#define rdtsc() __builtin_ia32_rdtsc()

/* An instruction without operands. */
#define ASM_PLAIN(name, text)                                   \
	static inline void name(void)                           \
	{                                                       \
		__asm__ volatile(text : : : "memory");          \
	}
ASM_PLAIN(irq_enable, "sti")
ASM_PLAIN(irq_disable, "cli")
ASM_PLAIN(halt, "hlt")
/* STI's shadow covers the HLT: an interrupt between the two cannot be slept through (SDM 2B STI). */
ASM_PLAIN(irq_enable_and_halt, "sti; hlt")
ASM_PLAIN(cpu_pause, "pause")
ASM_PLAIN(breakpoint, "int3")
ASM_PLAIN(stac, "stac")
ASM_PLAIN(clac, "clac")

/* One that yields a register's value. */
#define ASM_READ(type, name, text)                              \
	static inline type name(void)                           \
	{                                                       \
		type v;                                         \
		__asm__ volatile(text : "=r"(v) : : "memory");  \
		return v;                                       \
	}
ASM_READ(u64, read_cr0, "mov %%cr0, %0")
ASM_READ(u64, read_cr2, "mov %%cr2, %0")
ASM_READ(u64, read_cr3, "mov %%cr3, %0")
ASM_READ(u64, read_cr4, "mov %%cr4, %0")
ASM_READ(u64, read_rflags, "pushfq; popq %0")
ASM_READ(u64, rdfsbase, "rdfsbase %0")
ASM_READ(u16, read_ds, "mov %%ds, %0")
ASM_READ(u16, read_es, "mov %%es, %0")
ASM_READ(u16, read_fs, "mov %%fs, %0")
ASM_READ(u16, read_gs, "mov %%gs, %0")

/* One that takes a value in a register. Only mm/tlb.c may use write_cr3() and invlpg(). */
#define ASM_WRITE(type, name, text)                             \
	static inline void name(type v)                         \
	{                                                       \
		__asm__ volatile(text : : "r"(v) : "memory");   \
	}
ASM_WRITE(u64, write_cr0, "mov %0, %%cr0")
ASM_WRITE(u64, write_cr3, "mov %0, %%cr3")
ASM_WRITE(u64, write_cr4, "mov %0, %%cr4")
ASM_WRITE(u64, invlpg, "invlpg (%0)")
ASM_WRITE(u64, wrfsbase, "wrfsbase %0")
ASM_WRITE(u16, write_ds, "mov %0, %%ds")
ASM_WRITE(u16, write_es, "mov %0, %%es")
ASM_WRITE(u16, write_fs, "mov %0, %%fs")
ASM_WRITE(u16, ltr, "ltr %0")

/* Descriptor tables: limit, then linear address (SDM 3A 2.4). */
struct table_pointer {
	u16 limit;
	u64 base;
} __attribute__((packed));

ASM_WRITE(const struct table_pointer *, lgdt, "lgdt (%0)")
ASM_WRITE(const struct table_pointer *, lidt, "lidt (%0)")

/* Vector state: used by kernel/x86/fpu.c alone. XSAVE's mask of all ones, EDX:EAX, means all of XCR0. */
#define ASM_STATE(type, name)                                                               \
	static inline void name(type area)                                                  \
	{                                                                                   \
		__asm__ volatile(#name "64 (%0)" : : "r"(area), "a"(~0u), "d"(~0u) : "memory"); \
	}
ASM_STATE(void *, xsave)
ASM_STATE(void *, xsaveopt)
ASM_STATE(void *, fxsave)
ASM_STATE(const void *, xrstor)
ASM_STATE(const void *, fxrstor)

/* Ports. */
#define ASM_OUT(type, name)                                              \
	static inline void name(u16 port, type v)                        \
	{                                                                \
		__asm__ volatile(#name " %0, %1" : : "a"(v), "Nd"(port)); \
	}
#define ASM_IN(type, name)                                               \
	static inline type name(u16 port)                                \
	{                                                                \
		type v;                                                  \
		__asm__ volatile(#name " %1, %0" : "=a"(v) : "Nd"(port)); \
		return v;                                                \
	}
ASM_OUT(u8, outb)
ASM_OUT(u16, outw)
ASM_IN(u8, inb)
ASM_IN(u32, inl)

static inline bool irq_enabled(void)
{
	return read_rflags() & RFLAGS_IF;
}

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

static inline void xsetbv(u32 reg, u64 v)
{
	__asm__ volatile("xsetbv" : : "c"(reg), "a"((u32)v), "d"((u32)(v >> 32)));
}

static inline void cpuid(u32 leaf, u32 sub, u32 out[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
			 : "a"(leaf), "c"(sub));
}

/* Called by mm/tlb.c alone. */
struct invpcid_desc {
	u64 pcid, address;
};

static inline void invpcid(u64 type, const struct invpcid_desc *d)
{
	__asm__ volatile("invpcid %0, %1" : : "m"(*d), "r"(type) : "memory");
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
