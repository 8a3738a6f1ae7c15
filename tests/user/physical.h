/*
 * physical.h - for the attacks on all of memory: a victim that lays its secret at the start of a page, and
 * where the kernel keeps its map of physical memory.
 */
#pragma once

#include "attack.h"

#include "kernel/abi/bulkhead.h"

#include <sys/mman.h>

#define DIRECT_MAP 0xffff800000000000u /* kernel/lib/layout.h: DIRECT_BASE */
#define FIRST_MIB  0x100000u           /* below lie the firmware's tables and holes */

/* Physical memory ends about here; on Linux, where nothing can be learned this way, a guess will do. */
static inline uint64_t memory_end(void)
{
	struct bh_memory m = {0};

	if (sc(SYS_bh_info, BH_INFO_MEMORY, 0, &m, sizeof m) < (long)sizeof m)
		return FIRST_MIB + (16u << 20);
	return FIRST_MIB + m.total_pages * PAGE;
}

/* Holds the marked secret at the start of a page until `stop` ends. */
static inline void hold_secret(int ready, int stop)
{
	struct marked *m = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	victim_draw(m->secret);
	m->mark[0] = SUM - KEY;
	m->mark[1] = SUM - 2 * KEY;
	pass(ready);
	await(stop);
	_exit(0);
}

/* The victim holds its secret while the attacker, a process of its own, looks for it. The exit status. */
static inline int attack_memory(void (*attacker)(int loot))
{
	int loot[2], ready[2], stop[2], victim_pid, attacker_pid;

	make_pipe(loot);
	make_pipe(ready);
	make_pipe(stop);
	victim_pid = fork();
	if (victim_pid == 0) {
		close(stop[1]);
		hold_secret(ready[1], stop[0]);
	}
	await(ready[0]);
	attacker_pid = fork();
	if (attacker_pid == 0) {
		close(2);
		attacker(loot[1]);
	}
	close(loot[1]);
	wait_for(attacker_pid);
	close(stop[1]);
	wait_for(victim_pid);
	return report_loot(loot[0]);
}
