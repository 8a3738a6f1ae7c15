/*
 * pte.h - the page-table entry (SDM 3A 4.5, tables 4-15 to 4-20) and the split of an address.
 *
 *    63        47      39 38      30 29      21 20      12 11        0
 *   +----------+---------+----------+----------+----------+-----------+
 *   | sign     | level 4 | level 3  | level 2  | level 1  |  offset   |
 *   +----------+---------+----------+----------+----------+-----------+
 *                PML4      PDPT       PD         PT
 */
#pragma once

#include "kernel/lib/types.h"

#define PTE_P   BIT(0)  /* present */
#define PTE_W   BIT(1)
#define PTE_U   BIT(2)
#define PTE_PWT BIT(3)
#define PTE_PCD BIT(4)
#define PTE_A   BIT(5)
#define PTE_D   BIT(6)
#define PTE_PS  BIT(7)  /* level 2 and 3: maps a large page */
#define PTE_G   BIT(8)
#define PTE_NX  BIT(63)
#define PTE_FRAME 0x000ffffffffff000ull

#define PT_LEVELS  4
#define PT_ENTRIES 512

static inline u32 pt_index(u64 va, int level)
{
	return va >> (PAGE_SHIFT + 9 * (level - 1)) & (PT_ENTRIES - 1);
}

/* Bytes that one entry at `level` covers: 4 KiB, 2 MiB, 1 GiB, 512 GiB. */
static inline u64 pt_span(int level)
{
	return 1ull << (PAGE_SHIFT + 9 * (level - 1));
}

/*
 * An entry in use may lack P: its page was made PROT_NONE, and waits with its frame for rights. An entry
 * of zero is empty.
 */
static inline bool pte_present(pte_t e)
{
	return e.v & PTE_P;
}

static inline pa_t pte_frame(pte_t e)
{
	return pa(e.v & PTE_FRAME);
}

static inline pte_t pte_make(pa_t frame, u64 bits)
{
	return (pte_t){frame.v | bits};
}
