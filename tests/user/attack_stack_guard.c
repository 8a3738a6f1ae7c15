/*
 * attack_stack_guard - against the wall "stack-guard": what grows down keeps a gap to what is below it.
 *
 * The victim answers questions, and keeps below its stack a table of who may ask. A question is an expression with
 * parentheses, and each that opens is a recursion with a copy of the question on the stack: the attacker opens so many
 * that its own bytes come to lie on the table ("stack clash"). Where the wall stands the stack ends before the table,
 * and the victim by SIGSEGV.
 */
#include "attack.h"

#include <sys/mman.h>

#define MIB   (1 << 20)
#define BELOW (2 * MIB) /* the stack has so much room */
#define DEPTH 2500      /* recursions of a little more than the text each: between two and three MiB */

struct question {
	unsigned long user, depth;
	char text[1024];
};

/* A whole MiB: its owner is careful to keep what others say apart from it. */
static unsigned char *table;

static int __attribute__((noinline)) evaluate(const volatile char *text, unsigned long depth)
{
	volatile char copy[sizeof((struct question *)0)->text];
	int sum = 0;

	for (size_t i = 0; i < sizeof copy; i++)
		copy[i] = text[i];
	if (depth)
		sum = evaluate(copy, depth - 1);
	return sum + copy[0];
}

static void victim(int in, int out)
{
	unsigned char secret[SECRET];
	static struct question q;
	uintptr_t here = (uintptr_t)secret & -PAGE;

	victim_draw(secret);
	table = mmap((void *)(here - BELOW - MIB), MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	while (read(in, &q, sizeof q) == sizeof q) {
		evaluate(q.text, q.depth);
		if (write(out, table[q.user % MIB] ? secret : (unsigned char[SECRET]){0}, SECRET) != SECRET)
			break;
	}
	_exit(0);
}

/* Who it says it is does not matter much: most of the table is the text. */
static void attacker(int out, int in, int loot)
{
	static const unsigned char refused[SECRET];
	struct question q = {.depth = DEPTH};
	unsigned char answer[SECRET];

	memset(q.text, '(', sizeof q.text);
	for (q.user = MIB - PAGE; q.user > MIB - 5 * PAGE; q.user -= 777)
		if (write(out, &q, sizeof q) != sizeof q || read(in, answer, SECRET) != SECRET)
			break;
		else if (memcmp(answer, refused, SECRET))
			_exit(write(loot, answer, SECRET) != SECRET);
	_exit(0);
}

int main(void)
{
	int ask[2], answer[2], loot[2], victim_pid, attacker_pid;

	make_pipe(ask);
	make_pipe(answer);
	make_pipe(loot);
	victim_pid = fork();
	if (victim_pid == 0) {
		close(ask[1]);
		victim(ask[0], answer[1]);
	}
	close(ask[0]);
	close(answer[1]);
	attacker_pid = fork();
	if (attacker_pid == 0) {
		close(2);
		attacker(ask[1], answer[0], loot[1]);
	}
	close(ask[1]);
	close(answer[0]);
	close(loot[1]);
	wait_for(victim_pid);
	wait_for(attacker_pid);
	return report_loot(loot[0]);
}
