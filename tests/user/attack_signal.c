/*
 * attack_signal - against the wall "signal": a signal comes from the same user or from root only.
 *
 * Everybody may read the queue into which the victim puts its secret, but a guard of the victim's user stands
 * first in line and takes it. The attacker, another user, kills the guard and stands in line itself.
 */
#include "mq.h"
#include "users.h"

#include "attack.h"
#include "kernel/abi/bulkhead.h"

static void guard(int q)
{
	unsigned char bytes[SECRET];

	if (become(ANN))
		_exit(1);
	_exit(sc(SYS_mq_timedreceive, q, bytes, SECRET, 0, 0) != SECRET);
}

static void attacker(int q, int guard_pid, int tried, int loot)
{
	struct timespec limit = q_deadline(500);
	unsigned char bytes[SECRET];

	close(2);
	if (become(BOB))
		_exit(1);
	sc(SYS_kill, guard_pid, SIGKILL);
	sleep_ms(20); /* a guard that must die does so now */
	pass(tried);
	if (sc(SYS_mq_timedreceive, q, bytes, SECRET, 0, &limit) == SECRET)
		_exit(write(loot, bytes, SECRET) != SECRET);
	_exit(0);
}

static void victim(int q, int tried)
{
	unsigned char secret[SECRET];

	if (become(ANN))
		_exit(1);
	await(tried);
	victim_draw(secret);
	_exit(sc(SYS_mq_timedsend, q, secret, SECRET, 0, 0) != 0);
}

/* Only in the queue does the guard sleep. */
static void await_sleeper(int pid)
{
	static struct bh_process all[64];
	long n;

	do {
		sc(SYS_sched_yield);
		n = sc(SYS_bh_info, BH_INFO_PROCESSES, 0, all, sizeof all) / (long)sizeof all[0];
		while (n > 0 && (all[n - 1].pid != pid || all[n - 1].state != 'S'))
			n--;
	} while (n <= 0);
}

int main(void)
{
	int loot[2], tried[2], q, guard_pid, attacker_pid;

	make_pipe(loot);
	make_pipe(tried);
	mq_unique("attack");
	q = q_fresh(1, SECRET);
	guard_pid = fork();
	if (guard_pid == 0)
		guard(q);
	await_sleeper(guard_pid);
	attacker_pid = fork();
	if (attacker_pid == 0)
		attacker(q, guard_pid, tried[1], loot[1]);
	if (fork() == 0)
		victim(q, tried[0]);
	close(loot[1]);
	wait_for(attacker_pid);
	return report_loot(loot[0]);
}
