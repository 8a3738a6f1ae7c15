/*
 * attack_smep - against the wall "smep": ring 0 does not execute pages of ring 3.
 *
 * The kernel has a bug: it calls a function at an address that the attacker gives it ("return to user"). The function
 * is the attacker's, on the attacker's page, and reads what only the kernel may. Where the wall stands the CPU does not
 * fetch its first instruction: the kernel panics.
 */
/* second line: SMEP */
#include "hole.h"

/* In assembly, since it runs on the kernel's stack, of which the ABI's red zone is not ours. */
__asm__(".pushsection .text\n"
	"payload:\n"
	"	movl (%rdi), %eax\n"
	"	ret\n"
	".popsection");
extern const unsigned char payload[];

static uint32_t peek(uint64_t at)
{
	return (uint32_t)sc(SYS_ioctl, 1, HOLE_REQUEST, payload, at);
}

static void attacker(int loot)
{
	*(volatile const unsigned char *)payload; /* the kernel's bug does not bring pages in */
	search_memory(peek, loot);
}

int main(void)
{
	need_feature(7, "skip this CPU has no SMEP\n");
	return attack_memory(attacker);
}
