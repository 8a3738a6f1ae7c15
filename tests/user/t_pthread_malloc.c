/* t_pthread_malloc - threads allocate, grow and free, also what others have allocated: no block is given twice. */
#include "threads.h"

#define THREADS 4
#define BLOCKS 32
#define ROUNDS 600

struct block {
	unsigned char *at;
	size_t size;
	unsigned char filling;
};

static int damaged;
static struct block *box[THREADS]; /* for the next thread, which frees it */

static unsigned next(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

static void check(const unsigned char *at, size_t size, unsigned char filling)
{
	for (size_t i = 0; i < size; i++)
		if (at[i] != filling)
			add(&damaged, 1);
}

static void fill(struct block *b, size_t size, unsigned char filling)
{
	*b = (struct block){malloc(size), size, filling};
	if (!b->at)
		_exit(92);
	memset(b->at, filling, size);
}

static void grow(struct block *b)
{
	b->at = realloc(b->at, b->size * 2);
	check(b->at, b->size, b->filling);
	b->size *= 2;
	memset(b->at, b->filling, b->size);
}

static void empty(struct block *b)
{
	check(b->at, b->size, b->filling);
	free(b->at);
	b->at = 0;
}

static void hand_over(int me, struct block *b)
{
	struct block *copy = malloc(sizeof *copy), *old;

	*copy = *b;
	b->at = 0;
	old = __atomic_exchange_n(&box[(me + 1) % THREADS], copy, __ATOMIC_SEQ_CST);
	if (old) {
		empty(old);
		free(old);
	}
}

static void *allocates(void *argument)
{
	struct block blocks[BLOCKS] = {{0}};
	int me = (int)(long)argument;
	unsigned seed = (unsigned)me;

	for (int i = 0; i < ROUNDS; i++) {
		struct block *b = &blocks[next(&seed) % BLOCKS], *got;

		if (!b->at)
			fill(b, 1 + next(&seed) % (i % 50 ? 300 : 40000), (unsigned char)(me * 64 + i % 64));
		else if (next(&seed) % 4 == 0)
			grow(b);
		else if (next(&seed) % 4 == 0)
			hand_over(me, b);
		else
			empty(b);
		got = __atomic_exchange_n(&box[me], 0, __ATOMIC_SEQ_CST);
		if (got) {
			empty(got);
			free(got);
		}
	}
	for (int i = 0; i < BLOCKS; i++)
		if (blocks[i].at)
			empty(&blocks[i]);
	return 0;
}

static void *zeroed(void *unused)
{
	for (int i = 0; i < 100; i++) {
		unsigned char *at = calloc(50, i + 1);

		check(at, 50 * (i + 1), 0);
		memset(at, 255, 50 * (i + 1));
		free(at);
	}
	return unused;
}

int main(void)
{
	run_threads(THREADS, allocates);
	eq(damaged, 0, "each block keeps what was written into it, whoever frees it");
	run_threads(THREADS, zeroed);
	eq(damaged, 0, "what calloc gives is zero, whatever was there before");
	for (int i = 0; i < THREADS; i++)
		if (box[i]) {
			empty(box[i]);
			free(box[i]);
		}
	eq(damaged, 0, "and what was left over is whole");
	return tap_done();
}
