/*
 * attack_copy_range - against the wall "copy-range": a user copy refuses addresses outside user space.
 *
 * The attacker lets the kernel read for it: it writes from addresses in the kernel's own map of physical
 * memory into a pipe, the start of each page, and looks for the victim's mark in what comes out.
 */
#include "physical.h"

static void attacker(int loot)
{
	uint64_t end = memory_end();
	int fd[2];

	make_pipe(fd);
	for (uint64_t at = FIRST_MIB; at < end; at += PAGE) {
		struct marked m;

		if (sc(SYS_write, fd[1], DIRECT_MAP + at, sizeof m) != sizeof m)
			continue;
		if (sc(SYS_read, fd[0], &m, sizeof m) != sizeof m)
			break;
		if (is_marked(m.mark[0], m.mark[1]))
			_exit(write(loot, m.secret, SECRET) != SECRET);
	}
	_exit(0);
}

int main(void)
{
	return attack_memory(attacker);
}
