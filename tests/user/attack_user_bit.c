/*
 * attack_user_bit - against the wall "user-bit": the kernel's pages lack the U bit.
 *
 * The attacker reads physical memory through the kernel's own map of it, page by page, until it finds the
 * victim's mark. A piece of memory is one child's task, since a hole in the map ends the child that meets
 * it; where the wall stands the first read of each child does.
 *
 * Without SMEP and SMAP, by which the kernel would stop itself once its pages were the user's:
 */
/* cpu: qemu64 */
#include "physical.h"

#define PIECE (4u << 20)

static void search(uint64_t from, uint64_t end, int loot)
{
	for (uint64_t at = from; at < from + PIECE && at < end; at += PAGE) {
		const volatile uint64_t *p = (const volatile uint64_t *)(DIRECT_MAP + at);

		if (is_marked(p[0], p[1])) {
			uint64_t secret[2] = {p[2], p[3]};

			_exit(write(loot, secret, SECRET) == SECRET ? 42 : 1);
		}
	}
	_exit(0);
}

static void attacker(int loot)
{
	uint64_t end = memory_end();

	for (uint64_t at = FIRST_MIB; at < end; at += PIECE) {
		int pid = fork();

		if (pid == 0)
			search(at, end, loot);
		if (wait_for(pid) == EXITED(42))
			break;
	}
	_exit(0);
}

int main(void)
{
	return attack_memory(attacker);
}
