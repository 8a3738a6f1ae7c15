/* t_futex_timeouts - relative and absolute times, both clocks, what is no time, and a wake before the time is over. */
#include "threads.h"

#define WAIT 0
#define WAIT_BITSET 9
#define REALTIME 256
#define ALL_BITS (-1)

static int word, awake;

static long wait_until(int clock_flag, struct timespec *t)
{
	return sc(SYS_futex, &word, WAIT_BITSET | clock_flag, 0, t, 0, ALL_BITS);
}

static long wait_for_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	return sc(SYS_futex, &word, WAIT, 0, &t);
}

static int has_come(clockid_t clock, const struct timespec *t)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec != t->tv_sec ? now.tv_sec > t->tv_sec : now.tv_nsec >= t->tv_nsec;
}

static void relative(void)
{
	struct timespec none = {0, 0};
	long before = now_us();

	eq(wait_for_ms(15), -ETIMEDOUT, "WAIT: 15 ms from now");
	ok(now_us() - before >= 15000, "take 15 ms at least");
	eq(sc(SYS_futex, &word, WAIT, 0, &none), -ETIMEDOUT, "no time at all");
	eq(sc(SYS_futex, &word, WAIT, 1, &none), -EAGAIN, "another value is seen first");
}

static void absolute(void)
{
	struct timespec t = in_ms(CLOCK_MONOTONIC, 15), long_ago = {1, 0};

	eq(wait_until(0, &t), -ETIMEDOUT, "WAIT_BITSET: a time of the monotonic clock");
	ok(has_come(CLOCK_MONOTONIC, &t), "not before it");
	eq(wait_until(0, &t), -ETIMEDOUT, "the same time once more: it has passed");
	t = in_ms(CLOCK_REALTIME, 15);
	eq(wait_until(REALTIME, &t), -ETIMEDOUT, "a time of the real-time clock");
	ok(has_come(CLOCK_REALTIME, &t), "not before it");
	eq(wait_until(REALTIME, &long_ago), -ETIMEDOUT, "a second after midnight of 1 January 1970");
	eq(wait_until(0, &long_ago), -ETIMEDOUT, "a second after the start of the machine");
}

static void no_times(void)
{
	static struct timespec wrong[] = {{0, -1}, {0, 1000000000}, {-1, 0}, {-1, 999999999}, {5, 1l << 40}};
	int invalid = 0;

	for (int i = 0; i < 5; i++) {
		invalid += sc(SYS_futex, &word, WAIT, 0, &wrong[i]) == -EINVAL;
		invalid += wait_until(0, &wrong[i]) == -EINVAL;
		invalid += wait_until(REALTIME, &wrong[i]) == -EINVAL;
	}
	eq(invalid, 15, "EINVAL: too many nanoseconds, or less than nothing");
	eq(sc(SYS_futex, &word, WAIT, 0, BAD_POINTER), -EFAULT, "EFAULT: no time there");
}

static void *waits_long(void *how)
{
	struct timespec monotonic = in_ms(CLOCK_MONOTONIC, 1000000), real = in_ms(CLOCK_REALTIME, 1000000);
	struct timespec never = {0x7fffffffffffffff, 999999999};
	long result = -1;

	switch ((long)how) {
	case 0: result = wait_for_ms(1000000); break;
	case 1: result = wait_until(0, &monotonic); break;
	case 2: result = wait_until(REALTIME, &real); break;
	case 3: result = sc(SYS_futex, &word, WAIT, 0, &never); break;
	case 4: result = wait_until(REALTIME, &never); break;
	}
	add(&awake, 1);
	return (void *)result;
}

static void woken(void)
{
	pthread_t t[5];
	long sum = 0;

	for (long i = 0; i < 5; i++)
		t[i] = start(waits_long, (void *)i);
	await_sleepers(&word, 5);
	eq(read_word(&awake), 0, "five wait for a time far away, two of them for the last there is");
	eq(futex_wake(&word, 9), 5, "they are woken");
	for (int i = 0; i < 5; i++)
		sum |= (long)join(t[i]);
	eq(sum, 0, "and that is no time-out");
}

int main(void)
{
	relative();
	absolute();
	no_times();
	woken();
	return tap_done();
}
