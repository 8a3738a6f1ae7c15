/*
 * t_thread_status - the leader's tid word is cleared and woken for; whoever ends after that is the last thread, and the
 * process's status is that thread's. The leader ends with 14, the other with 15: is it ever 14?
 */
#include "threads.h"

static int leader_lives;

static int other(void *unused)
{
	(void)unused;
	while (read_word(&leader_lives))
		;
	return 15;
}

int main(void)
{
	int wrong = 0;

	for (int i = 0; i < 1000; i++) {
		int pid = fork();

		if (pid == 0) {
			leader_lives = 1;
			thread_raw(other, 0);
			sc(SYS_set_tid_address, &leader_lives);
			sc(SYS_exit, 14);
		}
		wrong += wait_for(pid) != EXITED(15);
	}
	eq(wrong, 0, "the status is the last thread's");
	return tap_done();
}
