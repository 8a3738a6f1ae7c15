/*
 * random.c - ChaCha20 in counter mode, with fast key erasure: the first half of each block becomes the next
 * key, so that what was given out cannot be computed from what is in memory later.
 * Lock: random_lock.
 */
#include "kernel/random.h"
#include "kernel/lib/chacha.h"
#include "kernel/lib/lock.h"
#include "kernel/lib/log.h"
#include "kernel/lib/string.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/clock.h"
#include "kernel/x86/features.h"

#define KEY_WORDS    8
#define JITTER_TURNS 256

static struct spinlock random_lock = SPINLOCK(RANK_QUIET, "random");
static u32 state[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}; /* RFC 8439's constants; random_lock */

/* Makes a block, keeps its first half as the next key, and leaves the other half in out[8..15]. */
static void next_block(u32 out[16])
{
	state[12]++;
	chacha20_block(state, out);
	memcpy(&state[4], out, KEY_WORDS * sizeof *out);
}

static void stir(u64 v)
{
	u32 block[16];

	state[14] ^= (u32)v;
	state[15] ^= (u32)(v >> 32);
	next_block(block);
}

void random_init(const char *seed)
{
	u64 v;

	stir(clock_realtime());
	for (const char *c = seed; c && *c; c++)
		stir((u8)*c);
	for (int i = 0; i < KEY_WORDS && cpu_features.rdrand; i++)
		if (rdrand(&v))
			stir(v);
	if (cpu_features.rdrand)
		return;
	if (!seed)
		log_info("random: no RDRAND on this CPU, and no seed=; all there is to guess is clock jitter");
	for (int i = 0; i < JITTER_TURNS; i++) {
		stir(rdtsc());
		(void)inb(0x61); /* a slow port: its time varies */
	}
}

void random_bytes(void *to, size_t n)
{
	u32 block[16];

	while (n) {
		size_t piece = MIN(n, sizeof block / 2);

		lock_acquire(&random_lock);
		stir(rdtsc());
		next_block(block);
		lock_release(&random_lock);
		memcpy(to, &block[KEY_WORDS], piece);
		to = (u8 *)to + piece;
		n -= piece;
	}
	memset(block, 0, sizeof block);
}
