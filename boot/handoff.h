/*
 * handoff.h - the one record that the boot loader's data becomes, whichever loader it was.
 *
 * boot/head.S calls kernel_main() with the loader's magic and its information block. boot/multiboot1.c
 * and boot/multiboot2.c turn that into a struct handoff, copying every byte that is kept: nothing points
 * into loader memory but modules. All numbers come from outside and are checked here.
 */
#pragma once

#include "kernel/lib/types.h"

#define HANDOFF_RANGES  64
#define HANDOFF_MODULES 4
#define HANDOFF_CMDLINE 1024

struct range {
	u64 base, length; /* bytes; base + length never wraps */
};

struct handoff {
	struct range ranges[HANDOFF_RANGES]; /* RAM, ascending by base, none overlapping another */
	u32 range_count;
	struct range reserved[HANDOFF_RANGES]; /* what the map calls anything else; the same order */
	u32 reserved_count;
	struct range modules[HANDOFF_MODULES];
	u32 module_count;
	char cmdline[HANDOFF_CMDLINE];
	u64 acpi_rsdp; /* physical address of the RSDP, 0 where the loader gave none */
	const char *loader; /* "multiboot1", "multiboot2" */
};

#define MULTIBOOT1_MAGIC 0x2badb002u /* EAX at entry, Multiboot 0.6.96 3.2 */
#define MULTIBOOT2_MAGIC 0x36d76289u /* Multiboot2 3.2 */

/*
 * Both read physical address x at memory + x, for x below `limit` only; `info` is the block's physical
 * address. So the host's tests can lay out a machine in a buffer. They return NULL, or a sentence that
 * says what is wrong with the block. They may not assume anything else of what they read.
 */
const char *multiboot1_parse(struct handoff *h, const u8 *memory, u64 limit, u64 info);
const char *multiboot2_parse(struct handoff *h, const u8 *memory, u64 limit, u64 info);

/* The record of this boot (kernel/main.c), which nothing changes once it is read. */
extern const struct handoff *const boot_handoff;

/*
 * trampoline.S: what a further CPU runs first, to be copied to a page below 1 MiB. It loads the page tables at
 * `trampoline_root`, takes the stack whose top is in `trampoline_stack` and leaves 0 there, and calls
 * kernel_cpu_main() with interrupts off. If it finds 0 it halts for good.
 */
extern const u8 trampoline_start[], trampoline_end[];
extern u64 trampoline_stack, trampoline_root;
_Noreturn void kernel_cpu_main(void); /* kernel/smp.c */

/* The top floor (kernel/main.c), called once on the boot stack with interrupts off. */
_Noreturn void kernel_main(u32 magic, u64 info);
