/*
 * cpu.c - per-CPU data and the start-up of a CPU. See cpu.h.
 *
 * Called by kernel/main.c before anything else, interrupts off; the first call patches the text, so it
 * must come before mm/kmap makes that read-only.
 */
#include "kernel/x86/cpu.h"

#include "kernel/lib/layout.h"
#include "kernel/lib/string.h"
#include "kernel/lib/wall.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/features.h"
#include "kernel/x86/fpu.h"
#include "kernel/x86/tables.h"

/* Among the entry data: SYSCALL reads its stack from here before it could change page tables. */
struct cpu cpus[MAX_CPUS] __attribute__((section(".bss.entry"), aligned(64)));
u32 cpu_count = 1;

extern u64 clac_sites[]; /* entry.S: addresses of CLAC instructions, 0 ends */
void syscall_entry(void);

/* CLAC is #UD without SMAP, where AC does nothing in ring 0 and the sites need none. */
static void patch_clac(void)
{
	static const u8 nop3[] = {0x0f, 0x1f, 0x00}; /* SDM 2B NOP */

	for (const u64 *site = clac_sites; *site; site++)
		memcpy((void *)*site, nop3, sizeof(nop3));
}

/* SYSCALL and SYSRET, SDM 3A 5.8.8. */
static void syscall_init(void)
{
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE | EFER_NXE);
	/* SYSRET's selectors: SS at base + 8, CS at base + 16, both with RPL 3. */
	wrmsr(MSR_STAR, (u64)(SEL_USER_DATA - 8) << 48 | (u64)SEL_KERNEL_CODE << 32);
	wrmsr(MSR_LSTAR, (u64)syscall_entry);
	wrmsr(MSR_SFMASK, RFLAGS_IF | RFLAGS_TF | RFLAGS_DF | RFLAGS_AC | RFLAGS_NT);
	wrmsr(MSR_SYSENTER_CS, 0); /* SYSENTER gives #GP */
}

/* PCIDE may be set only while CR3 names PCID 0, as the boot tables do (SDM 3A 4.10.1). */
static void control_init(void)
{
	const struct cpu_features *f = &cpu_features;
	u64 cr0 = read_cr0() & ~(CR0_EM | CR0_TS | CR0_CD | CR0_NW); /* caches on: reset has them off */
	u64 cr4 = read_cr4();

	write_cr0(cr0 | CR0_WP | CR0_NE | CR0_MP | CR0_AM);
	cr4 |= f->mce ? CR4_MCE : 0;
	cr4 |= f->pge ? CR4_PGE : 0;
	cr4 |= f->umip ? CR4_UMIP : 0;
	cr4 |= f->fsgsbase ? CR4_FSGSBASE : 0;
	cr4 |= f->pcid ? CR4_PCIDE : 0;
	write_cr4(cr4);
}

/* Walls SMEP and SMAP. */
void cpu_init_second_line(void)
{
	u64 smep = cpu_features.smep && wall_up(WALL_SMEP) ? CR4_SMEP : 0;
	u64 smap = cpu_features.smap && wall_up(WALL_SMAP) ? CR4_SMAP : 0;

	write_cr4(read_cr4() | smep | smap);
}

void cpu_init(u32 id)
{
	struct cpu *cpu = &cpus[id];

	cpu->self = cpu;
	cpu->id = id;
	if (id == 0) {
		features_read();
		lock_queues = !cpu_features.hypervisor;
		if (!cpu_features.smap)
			patch_clac();
	}
	tables_load(id);
	wrmsr(MSR_GS_BASE, (u64)cpu);
	wrmsr(MSR_KERNEL_GS_BASE, 0);
	wrmsr(MSR_FS_BASE, 0);
	syscall_init();
	control_init();
	fpu_init();
}

u64 counter_sum(enum counter which)
{
	u64 sum = 0;

	for (u32 i = 0; i < cpu_count; i++)
		sum += __atomic_load_n(&cpus[i].counters[which], __ATOMIC_RELAXED);
	return sum;
}

void cpu_set_kernel_stack(u64 top)
{
	struct cpu *cpu = cpu_this();

	cpu->kernel_rsp = top;
	cpu_tables[cpu->id].tss.rsp[0] = top;
}
