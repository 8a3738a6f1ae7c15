/* t_malloc - libc's allocator: sizes from 1 byte to megabytes, in any order, across fork. */
#include "tap.h"

#define SLOTS 200

static unsigned state = 1;

static unsigned next_random(void)
{
	state = state * 1103515245 + 12345;
	return state >> 16;
}

static int all_bytes(const unsigned char *p, unsigned char value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != value)
			return 0;
	return 1;
}

static int churn(int rounds)
{
	static unsigned char *slot[SLOTS];
	static size_t size[SLOTS];
	int good = 1;

	memset(slot, 0, sizeof slot);
	for (int i = 0; i < rounds; i++) {
		int k = next_random() % SLOTS;

		if (slot[k])
			good &= all_bytes(slot[k], k, size[k]);
		free(slot[k]);
		size[k] = 1 + next_random() % (i % 10 ? 300 : 6000);
		slot[k] = malloc(size[k]);
		if (!slot[k])
			return 0;
		good &= (uintptr_t)slot[k] % 16 == 0;
		memset(slot[k], k, size[k]);
	}
	for (int k = 0; k < SLOTS; k++) {
		if (slot[k])
			good &= all_bytes(slot[k], k, size[k]);
		free(slot[k]);
	}
	return good;
}

static void large(void)
{
	unsigned char *p = malloc(3 << 20), *q = calloc(1 << 20, 1), *r;

	ok(p && q, "megabytes");
	p[0] = p[(3 << 20) - 1] = 1;
	ok(q[0] == 0 && q[(1 << 20) - 1] == 0 && all_bytes(q, 0, 1 << 16), "calloc gives zeros");
	memset(q, 9, 70000);
	r = realloc(q, 2 << 20);
	ok(r && all_bytes(r, 9, 70000) && r[70000] == 0, "realloc to a larger size keeps the content");
	r = realloc(r, 1000);
	ok(r && all_bytes(r, 9, 1000), "to a smaller one too");
	free(p);
	free(r);
}

static void growing(void)
{
	unsigned char *p = 0;
	int good = 1;

	for (size_t n = 1; n < 40000; n += n / 2 + 1) {
		p = realloc(p, n);
		good &= p != 0;
		p[n - 1] = n;
		if (n > 1)
			good &= p[0] == 1;
	}
	ok(good, "realloc step by step");
	free(p);
}

static void in_fork(void *unused)
{
	(void)unused;
	_exit(churn(400) ? 0 : 1);
}

int main(void)
{
	volatile size_t huge = (size_t)1 << 40; /* volatile: the compiler would see it coming */
	void *none;

	ok(churn(2000), "2000 allocations in random order");
	ok(churn(500), "and again after everything was freed");
	large();
	growing();
	eq(status_of(in_fork, 0), EXITED(0), "in a child of fork");
	ok(churn(100), "and in the parent after that");
	none = malloc(huge << 22);
	ok(!none && errno == ENOMEM, "ENOMEM: more than there can be");
	ok(!calloc(huge, huge), "an overflowing calloc is refused");
	return tap_done();
}
