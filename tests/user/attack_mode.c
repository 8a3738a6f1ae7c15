/*
 * attack_mode - against the wall "mode": a queue opens only for whom owner, group and mode admit.
 *
 * The victim, one user, leaves its secret in a queue that is for its owner alone. The attacker, another user,
 * knows the name and opens it.
 */
#include "mq.h"
#include "users.h"

#include "attack.h"

static void victim(void *unused)
{
	unsigned char secret[SECRET];
	int q;

	(void)unused;
	if (become(ANN))
		_exit(1);
	q = (int)q_open(mq_name, O_WRONLY | O_CREAT | O_EXCL, 1, SECRET);
	victim_draw(secret);
	_exit(sc(SYS_mq_timedsend, q, secret, SECRET, 0, 0) != 0);
}

static void attacker(int go, int loot)
{
	unsigned char bytes[SECRET];
	int q;

	close(2);
	await(go);
	if (become(BOB))
		_exit(1);
	q = (int)sc(SYS_mq_open, mq_name, O_RDONLY | O_NONBLOCK, 0, 0);
	if (sc(SYS_mq_timedreceive, q, bytes, SECRET, 0, 0) == SECRET)
		_exit(write(loot, bytes, SECRET) != SECRET);
	_exit(0);
}

int main(void)
{
	int loot[2], go[2], attacker_pid;

	make_pipe(loot);
	make_pipe(go);
	mq_unique("attack");
	attacker_pid = fork();
	if (attacker_pid == 0)
		attacker(go[0], loot[1]);
	if (status_of(victim, 0) != EXITED(0))
		return 1;
	pass(go[1]);
	close(loot[1]);
	wait_for(attacker_pid);
	return report_loot(loot[0]);
}
