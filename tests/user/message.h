/*
 * message.h - for the attacks on a victim that takes a message from the attacker and runs what is in it.
 */
#pragma once

#include "attack.h"

#define LEAK 60 /* the descriptor that the code writes to */

/* Harness of both: the victim reads what the attacker writes, and what was stolen comes out of LEAK. */
static inline int attack_by_message(void (*victim)(int in), void (*attacker)(int out))
{
	int loot[2], message[2], victim_pid, attacker_pid;

	make_pipe(loot);
	make_pipe(message);
	if (dup2(loot[1], LEAK) != LEAK)
		return 1;
	close(loot[1]);
	victim_pid = fork();
	if (victim_pid == 0)
		victim(message[0]);
	attacker_pid = fork();
	if (attacker_pid == 0) {
		close(2);
		attacker(message[1]);
	}
	close(LEAK);
	wait_for(victim_pid);
	wait_for(attacker_pid);
	return report_loot(loot[0]);
}
