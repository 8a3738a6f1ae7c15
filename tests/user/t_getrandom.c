/* t_getrandom - bytes that nobody can guess: lengths, flags, errors, and that no two draws are alike. */
#include "tap.h"

static unsigned char a[4096], b[4096];

static long draw_in_child(void *unused)
{
	long value;

	(void)unused;
	return sc(SYS_getrandom, &value, 8, 0) == 8 ? value >> 16 : -1;
}

static void lengths(void)
{
	static const int sizes[] = {0, 1, 7, 16, 256, 257, 4096};

	for (int i = 0; i < 7; i++) {
		memset(a, 0, sizeof a);
		eq(sc(SYS_getrandom, a, sizes[i], 0), sizes[i], "%d bytes", sizes[i]);
		ok(sizes[i] == 4096 || (a[sizes[i]] == 0 && a[4095] == 0), "and no more");
	}
}

static void quality(void)
{
	int ones = 0, seen[256] = {0}, distinct = 0;

	sc(SYS_getrandom, a, sizeof a, 0);
	sc(SYS_getrandom, b, sizeof b, 0);
	ok(memcmp(a, b, sizeof a) != 0, "two draws differ");
	ok(memcmp(a, a + 2048, 2048) != 0, "so do two halves of one");
	for (size_t i = 0; i < sizeof a; i++) {
		ones += __builtin_popcount(a[i]);
		distinct += !seen[a[i]]++;
	}
	ok(ones > 15500 && ones < 17300, "about half of all bits are set"); /* 16384, ten deviations of 90 */
	ok(distinct > 250, "all byte values occur");
	ok(in_child(draw_in_child, 0) != in_child(draw_in_child, 0), "two children draw differently");
}

static void flags(void)
{
	static const int good[] = {0, 1, 2, 3, 4, 5};
	static const int bad[] = {6, 7, 8, 0x100, -1};

	for (int i = 0; i < 6; i++)
		eq(sc(SYS_getrandom, a, 16, good[i]), 16, "flags %d", good[i]);
	for (int i = 0; i < 5; i++)
		eq(sc(SYS_getrandom, a, 16, bad[i]), -EINVAL, "EINVAL: flags %d", bad[i]);
}

int main(void)
{
	lengths();
	quality();
	flags();
	for (int i = 0; i < BAD_POINTERS; i++)
		eq(sc(SYS_getrandom, bad_pointers[i], 16, 0), -EFAULT, "EFAULT: bad pointer %d", i);
	return tap_done();
}
