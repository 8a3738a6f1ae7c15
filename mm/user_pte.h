/*
 * user_pte.h - the one place where a region's rights become the bits of an entry.
 */
#pragma once

#include "kernel/lib/wall.h"
#include "mm/aspace.h"
#include "mm/pte.h"

/* Walls TEXT_RO and NX stand here. A and D are set at once: nobody reads them, and the CPU need not. */
static inline u64 user_pte_bits(enum prot prot)
{
	u64 bits = PTE_U | PTE_A | PTE_D;

	if (prot == PROT_NOTHING)
		return PTE_A | PTE_D; /* not present, but the frame stays */
	bits |= PTE_P;
	if (prot == PROT_RW || !wall_up(WALL_TEXT_RO))
		bits |= PTE_W;
	if (prot != PROT_RX && wall_up(WALL_NX))
		bits |= PTE_NX;
	return bits;
}
