/*
 * attack_aslr - against the wall "aslr": exec puts program, heap, mappings and stack at random places.
 *
 * The victim has a bug that many programs have had: whoever sends it an address is told what is there. The attacker
 * runs the same program, and so knows where the secret is, if all who run it have it at the same place. If not, it has
 * one chance in 2^28: an address where nothing is ends the victim.
 */
/* build: static-pie */
#include "attack.h"

#define ASKED  60
#define ANSWER 61

static unsigned char vault[SECRET];

/* A new program with a space of its own. */
static int victim(void)
{
	unsigned char *at, heard[SECRET];

	victim_draw(vault);
	while (read(ASKED, &at, sizeof at) == sizeof at) {
		memcpy(heard, at, SECRET);
		if (write(ANSWER, heard, SECRET) != SECRET)
			return 1;
	}
	return 0;
}

static int start_victim(const int ask[2], const int answer[2])
{
	static char *argv[] = {"program", "--victim", 0}, *envp[] = {0};
	int pid = fork();

	if (pid)
		return pid;
	if (dup2(ask[0], ASKED) != ASKED || dup2(answer[1], ANSWER) != ANSWER)
		_exit(1);
	for (int fd = 3; fd < ASKED; fd++)
		close(fd);
	execve("/proc/self/exe", argv, envp);
	_exit(1);
}

static void attacker(int ask, int answer, int loot)
{
	unsigned char *at = vault, got[SECRET];

	signal(SIGPIPE, SIG_IGN);
	if (write(ask, &at, sizeof at) == sizeof at && read(answer, got, SECRET) == SECRET)
		_exit(write(loot, got, SECRET) != SECRET);
	_exit(0);
}

int main(int argc, char **argv)
{
	int ask[2], answer[2], loot[2], pid;

	if (argc > 1 && !strcmp(argv[1], "--victim"))
		return victim();
	make_pipe(ask);
	make_pipe(answer);
	make_pipe(loot);
	start_victim(ask, answer);
	close(2);
	close(ask[0]);
	close(answer[1]);
	pid = fork();
	if (pid == 0)
		attacker(ask[1], answer[0], loot[1]);
	close(ask[1]);
	close(answer[0]);
	close(loot[1]);
	wait_for(pid);
	return report_loot(loot[0]);
}
