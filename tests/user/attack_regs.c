/*
 * attack_regs - against the wall "regs": a program starts with every register zero.
 *
 * The victim has its secret in two registers when it starts another program, which is the attacker: this
 * file's own entry point stores the registers as it finds them, before libc can touch one.
 */
/* build: -Wl,-e,attack_entry */
#include "attack.h"

#define LOOT 60

extern uint64_t found[2];
uint64_t found[2] __attribute__((section(".data"))) = {1, 1};

__asm__(".globl attack_entry\n"
	"attack_entry:\n"
	"	mov %r12, found(%rip)\n"
	"	mov %r13, found+8(%rip)\n"
	"	jmp _start\n");

static void victim(void)
{
	static const char *argv[] = {"program", "--started", 0};
	static const char *envp[] = {0};
	uint64_t secret[2];

	victim_draw((unsigned char *)secret);
	__asm__ volatile("mov %0, %%r12\n\t"
			 "mov %1, %%r13\n\t"
			 "syscall"
			 :
			 : "m"(secret[0]), "m"(secret[1]), "a"(SYS_execve), "D"("/proc/self/exe"), "S"(argv),
			   "d"(envp)
			 : "r12", "r13", "rcx", "r11", "memory");
	_exit(1);
}

int main(int argc, char **argv)
{
	int loot[2], pid;

	if (argc > 1 && !strcmp(argv[1], "--started"))
		return (found[0] || found[1]) && write(LOOT, found, SECRET) != SECRET;
	make_pipe(loot);
	pid = fork();
	if (pid == 0) {
		if (dup2(loot[1], LOOT) != LOOT)
			_exit(1);
		victim();
	}
	close(loot[1]);
	wait_for(pid);
	return report_loot(loot[0]);
}
