/*
 * attack_fpu - against the wall "fpu": a switch saves and loads the vector registers.
 *
 * The victim has a mark in XMM14 and its secret in XMM15 and yields again and again; the attacker yields too
 * and looks at the registers without ever having written them. Both do so in assembly: libc uses vector
 * registers itself.
 */
#include "attack.h"

#define ROUNDS 500

static void victim(void)
{
	struct marked m = {{SUM - KEY, SUM - 2 * KEY}, {0}};

	victim_draw(m.secret);
	for (int i = 0; i < ROUNDS; i++)
		__asm__ volatile("movdqu %0, %%xmm14\n\t"
				 "movdqu %1, %%xmm15\n\t"
				 "syscall"
				 :
				 : "m"(m.mark), "m"(m.secret), "a"(SYS_sched_yield)
				 : "xmm14", "xmm15", "rcx", "r11", "memory");
	sc(SYS_exit_group, 0);
}

static void attacker(int loot)
{
	uint64_t mark[2], secret[2];

	for (int i = 0; i < ROUNDS; i++) {
		__asm__ volatile("syscall\n\t"
				 "movdqu %%xmm14, %0\n\t"
				 "movdqu %%xmm15, %1"
				 : "=m"(mark), "=m"(secret)
				 : "a"(SYS_sched_yield)
				 : "rcx", "r11", "memory");
		if (is_marked(mark[0], mark[1]))
			sc(SYS_exit_group, sc(SYS_write, loot, secret, SECRET) != SECRET);
	}
	sc(SYS_exit_group, 0);
}

int main(void)
{
	int loot[2], victim_pid, attacker_pid;

	make_pipe(loot);
	victim_pid = fork();
	if (victim_pid == 0)
		victim();
	attacker_pid = fork();
	if (attacker_pid == 0) {
		sc(SYS_close, 2);
		attacker(loot[1]);
	}
	close(loot[1]);
	wait_for(victim_pid);
	wait_for(attacker_pid);
	return report_loot(loot[0]);
}
