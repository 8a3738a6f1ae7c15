/*
 * attack_smap - against the wall "smap": ring 0 touches pages of ring 3 in user copies only.
 *
 * The kernel has a bug: it takes an address that the attacker gives it for that of an object of its own, and follows
 * the pointer in it. The object is forged, on the attacker's page, and the pointer leads to any word of the kernel's
 * memory. Where the wall stands the CPU does not let the kernel read the pointer: the kernel panics.
 */
/* second line: SMAP */
#include "hole.h"

static struct {
	uint64_t counter;
} forged = {1};

static uint32_t peek(uint64_t at)
{
	*(volatile uint64_t *)&forged.counter = at; /* brings the page in, too */
	return (uint32_t)sc(SYS_ioctl, 1, HOLE_REQUEST, &forged);
}

static void attacker(int loot)
{
	search_memory(peek, loot);
}

int main(void)
{
	need_feature(20, "skip this CPU has no SMAP\n");
	return attack_memory(attacker);
}
