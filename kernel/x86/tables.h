/*
 * tables.h - the descriptor tables of every CPU: GDT, TSS, IDT and the stacks of NMI, #MC, #DF and #DB.
 */
#pragma once

#include "kernel/lib/layout.h"
#include "kernel/lib/types.h"

#define GDT_ENTRIES 7 /* null, kernel code and data, user data and code, TSS (two entries) */
#define IDT_VECTORS 256

/* Task state, SDM 3A 8.7. */
struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3, io_map_base;
} __attribute__((packed));

/* A gate of the IDT, SDM 3A 6.14.1. */
struct gate {
	u16 offset_low, selector;
	u8 ist, type;
	u16 offset_middle;
	u32 offset_high, reserved;
};

/* One TSS and GDT are one CPU's own; the boot CPU's GDT can be read by tests and docs. */
struct cpu_tables {
	u64 gdt[GDT_ENTRIES];
	struct tss tss;
} __attribute__((aligned(256)));

extern struct cpu_tables cpu_tables[MAX_CPUS];
extern struct gate idt[IDT_VECTORS];

/* Entry stacks: index i is IST i + 1. The top word of each is its CPU's struct cpu (entry.S, E2). */
enum { IST_NMI, IST_MC, IST_DF, IST_DB, IST_COUNT };
extern u8 ist_stacks[MAX_CPUS][IST_COUNT][IST_SIZE];

/* Fills CPU id's tables and loads them on the CPU that calls it. GS base is lost on the way. */
void tables_load(u32 id);
