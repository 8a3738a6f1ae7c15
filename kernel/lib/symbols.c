/*
 * symbols.c - look-up in the symbol table that the second link adds. Only panics ask, so a linear search will do.
 */
#include "kernel/lib/layout.h"
#include "kernel/lib/string.h"
#include "kernel/lib/symbols.h"

extern const char __symbols_start[], __symbols_end[], __kernel_end[];

const char *symbol_find(u64 address, u64 *offset)
{
	const char *best = NULL;
	u64 best_at = 0;

	if (address < KERNEL_BASE || address >= (u64)__kernel_end)
		return NULL;
	for (const char *p = __symbols_start; p < __symbols_end;) {
		u32 low;
		const char *name = p + sizeof low;

		memcpy(&low, p, sizeof low);
		if (KERNEL_BASE + low > address)
			break;
		best = name;
		best_at = KERNEL_BASE + low;
		p = name + ALIGN_UP(strlen(name) + 1, 4);
	}
	*offset = address - best_at;
	return best;
}
