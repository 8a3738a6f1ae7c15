/*
 * tables.c - builds the descriptor tables. All that they hold lies in .entry_data, so that it may stay
 * mapped while ring 3 runs.
 *
 * T1  Every descriptor has its accessed bit set: the CPU never writes to the GDT.
 * T2  Only #BP and #OF can be raised by ring 3's INT n; any other vector gives #GP (SDM 3A 6.12.1.2).
 * T3  There is no 32-bit code segment: ring 3 cannot leave 64-bit mode.
 */
#include "kernel/x86/tables.h"

#include "kernel/x86/asm.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/trapframe.h"

#define ENTRY_DATA __attribute__((section(".bss.entry")))

ENTRY_DATA struct cpu_tables cpu_tables[MAX_CPUS];
ENTRY_DATA struct gate idt[IDT_VECTORS] __attribute__((aligned(4096)));
ENTRY_DATA u8 ist_stacks[MAX_CPUS][IST_COUNT][IST_SIZE] __attribute__((aligned(IST_SIZE)));

/* Segment descriptors, SDM 3A 3.4.5: base 0, limit 4 GiB (ignored in 64-bit mode), accessed. */
#define SEGMENT_KERNEL_CODE 0x00af9b000000ffffull
#define SEGMENT_KERNEL_DATA 0x00cf93000000ffffull
#define SEGMENT_USER_DATA   0x00cff3000000ffffull
#define SEGMENT_USER_CODE   0x00affb000000ffffull
#define TSS_AVAILABLE       0x0000890000000000ull

#define GATE_INTERRUPT 0x8e /* present, DPL 0, interrupts off on entry */
#define GATE_USER      0xee /* the same with DPL 3 */

extern const u64 interrupt_stubs[IDT_VECTORS]; /* entry.S */
void segments_reload(void);                    /* switch.S */

/* 0 for a vector that stays on the stack in use. */
static const u8 ist_of[IDT_VECTORS] = {
	[TRAP_NMI] = IST_NMI + 1, [TRAP_MC] = IST_MC + 1, [TRAP_DF] = IST_DF + 1, [TRAP_DB] = IST_DB + 1,
};

static void idt_fill(void)
{
	for (u32 v = 0; v < IDT_VECTORS; v++) {
		u64 stub = interrupt_stubs[v];

		idt[v] = (struct gate){
			.offset_low = (u16)stub,
			.selector = SEL_KERNEL_CODE,
			.ist = ist_of[v],
			.type = v == TRAP_BP || v == TRAP_OF ? GATE_USER : GATE_INTERRUPT,
			.offset_middle = (u16)(stub >> 16),
			.offset_high = (u32)(stub >> 32),
		};
	}
}

static void tss_fill(u32 id)
{
	struct tss *tss = &cpu_tables[id].tss;

	for (u32 i = 0; i < IST_COUNT; i++) {
		u8 *top = ist_stacks[id][i] + IST_SIZE;

		((struct cpu **)top)[-1] = &cpus[id];
		tss->ist[i] = (u64)top - 16; /* keeps the CPU's frame aligned to 16 */
	}
	tss->io_map_base = sizeof(*tss); /* no port map: ring 3 reaches no port */
}

/* A TSS descriptor scatters its base over two entries, SDM 3A 8.2.3. */
static void gdt_fill(u32 id)
{
	u64 base = (u64)&cpu_tables[id].tss;
	u64 *gdt = cpu_tables[id].gdt;

	gdt[SEL_KERNEL_CODE / 8] = SEGMENT_KERNEL_CODE;
	gdt[SEL_KERNEL_DATA / 8] = SEGMENT_KERNEL_DATA;
	gdt[SEL_USER_DATA / 8] = SEGMENT_USER_DATA;
	gdt[SEL_USER_CODE / 8] = SEGMENT_USER_CODE;
	gdt[SEL_TSS / 8] = TSS_AVAILABLE | (sizeof(struct tss) - 1) | (base & 0xffffff) << 16 |
			   (base >> 24 & 0xff) << 56;
	gdt[SEL_TSS / 8 + 1] = base >> 32;
}

void tables_load(u32 id)
{
	struct table_pointer gdt_pointer = {sizeof(cpu_tables[id].gdt) - 1, (u64)cpu_tables[id].gdt};
	struct table_pointer idt_pointer = {sizeof(idt) - 1, (u64)idt};

	if (id == 0)
		idt_fill();
	tss_fill(id);
	gdt_fill(id);
	lgdt(&gdt_pointer);
	segments_reload();
	ltr(SEL_TSS);
	lidt(&idt_pointer);
}
