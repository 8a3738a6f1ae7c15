/*
 * attack_text_ro - against the wall "text-ro": a page without write right lacks the W bit.
 *
 * Victim and attacker are two forks of one process and share the frames of its program. The attacker writes
 * other code over a function that the victim calls with its secret at hand. Where the wall stands the
 * attacker's first write ends it.
 */
#include "attack.h"

#define LEAK 60 /* the descriptor that the code writes to */

/* On a page of its own, filled to the end, so that nothing else changes when it does. */
__asm__(".pushsection .text\n"
	".balign 4096\n"
	".globl consider\n"
	"consider:\n"
	"	mov $0, %eax\n"
	"	ret\n"
	".balign 4096\n"
	".popsection");
int consider(const unsigned char *secret);

static void victim(int go)
{
	unsigned char secret[SECRET];

	victim_draw(secret);
	await(go); /* until the attacker has ended, one way or the other */
	_exit(consider(secret));
}

/* mov %rdi, %rsi; mov $1, %eax; mov $LEAK, %edi; mov $16, %edx; syscall; ret */
static void attacker(void)
{
	static const unsigned char code[] = {0x48, 0x89, 0xfe, 0xb8,   1, 0, 0, 0,    0xbf, LEAK, 0,
					     0,    0,    0xba, SECRET, 0, 0, 0, 0x0f, 0x05, 0xc3};
	volatile unsigned char *to = (unsigned char *)(uintptr_t)consider;

	for (size_t i = 0; i < sizeof code; i++)
		to[i] = code[i];
	_exit(0);
}

int main(void)
{
	int loot[2], go[2], victim_pid, attacker_pid;

	make_pipe(loot);
	make_pipe(go);
	if (dup2(loot[1], LEAK) != LEAK)
		return 1;
	close(loot[1]);
	if (consider(0)) /* brings the page in before it is shared */
		return 1;
	victim_pid = fork();
	if (victim_pid == 0) {
		close(go[1]);
		victim(go[0]);
	}
	attacker_pid = fork();
	if (attacker_pid == 0) {
		close(2);
		attacker();
	}
	wait_for(attacker_pid);
	close(go[1]);
	close(LEAK);
	wait_for(victim_pid);
	return report_loot(loot[0]);
}
