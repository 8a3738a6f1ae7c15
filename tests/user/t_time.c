/* t_time - clocks that go forwards, sleeps that last long enough, and their errors. */
#include "tap.h"

#include <sys/time.h>

static const struct {
	int id;
	const char *name;
} clocks[] = {
	{0, "CLOCK_REALTIME"},      {1, "CLOCK_MONOTONIC"},       {2, "CLOCK_PROCESS_CPUTIME_ID"},
	{4, "CLOCK_MONOTONIC_RAW"}, {5, "CLOCK_REALTIME_COARSE"}, {6, "CLOCK_MONOTONIC_COARSE"},
	{7, "CLOCK_BOOTTIME"},
};

static int valid(const struct timespec *t)
{
	return t->tv_sec >= 0 && t->tv_nsec >= 0 && t->tv_nsec < 1000000000;
}

static int not_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec > b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec >= b->tv_nsec);
}

static void each_clock(void)
{
	for (int i = 0; i < 7; i++) {
		struct timespec t = {-1, -1}, u, resolution = {-1, -1};

		eq(sc(SYS_clock_gettime, clocks[i].id, &t), 0, "%s", clocks[i].name);
		sc(SYS_clock_gettime, clocks[i].id, &u);
		ok(valid(&t) && not_before(&u, &t), "%s is a time and does not go back", clocks[i].name);
		eq(sc(SYS_clock_getres, clocks[i].id, &resolution), 0, "%s: clock_getres", clocks[i].name);
		ok(valid(&resolution) && (resolution.tv_sec || resolution.tv_nsec), "%s: a resolution",
		   clocks[i].name);
		eq(sc(SYS_clock_getres, clocks[i].id, 0), 0, "%s: need not be told", clocks[i].name);
	}
	for (int i = 20; i < 24; i++)
		eq(sc(SYS_clock_gettime, i * 5, BAD_POINTER), -EINVAL, "EINVAL: clock %d", i * 5);
	eq(sc(SYS_clock_getres, 99, 0), -EINVAL, "EINVAL: clock_getres");
}

static void steady(void)
{
	struct timespec last = {0, 0}, t;
	int good = 1;

	for (int i = 0; i < 3000; i++) {
		sc(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
		good &= not_before(&t, &last);
		last = t;
	}
	ok(good, "3000 readings of the monotonic clock never step back");
}

/* Two processes read in turns: what one sees later is not earlier. */
static void steady_across(void)
{
	int there[2], back[2], pid, good = 1;
	struct timespec t, last = {0, 0};

	if (pipe(there) || pipe(back))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		close(there[1]);
		while (read(there[0], &t, sizeof t) == sizeof t) {
			last = t;
			clock_gettime(CLOCK_MONOTONIC, &t);
			if (!not_before(&t, &last))
				_exit(1);
			if (write(back[1], &t, sizeof t) != sizeof t)
				_exit(2);
		}
		_exit(0);
	}
	for (int i = 0; i < 50; i++) {
		clock_gettime(CLOCK_MONOTONIC, &t);
		good &= not_before(&t, &last);
		if (write(there[1], &t, sizeof t) != sizeof t ||
		    read(back[0], &last, sizeof last) != sizeof last)
			break;
	}
	close(there[1]);
	ok(good, "nor when two processes read in turns");
	eq(wait_for(pid), EXITED(0), "as the other one agrees");
}

static void sleeps(void)
{
	static const long lengths[] = {0, 1, 1000000, 5000000, 20000000};

	for (int i = 0; i < 5; i++) {
		struct timespec t = {0, lengths[i]}, left = {77, 77};
		long start = now_us();

		eq(sc(SYS_nanosleep, &t, &left), 0, "nanosleep %ld", lengths[i]);
		ok(now_us() - start >= lengths[i] / 1000, "lasts at least as long");
		ok(left.tv_sec == 77 && left.tv_nsec == 77, "and tells no rest");
	}
}

static void clock_sleeps(void)
{
	struct timespec t = {0, 5000000}, when;
	long start = now_us();

	eq(sc(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &t, 0), 0, "clock_nanosleep");
	ok(now_us() - start >= 5000, "lasts as long");
	eq(sc(SYS_clock_nanosleep, CLOCK_REALTIME, 0, &t, 0), 0, "on the real-time clock too");
	for (int clock = 0; clock < 2; clock++) {
		clock_gettime(clock, &when);
		when.tv_nsec += 10000000;
		when.tv_sec += when.tv_nsec / 1000000000;
		when.tv_nsec %= 1000000000;
		eq(sc(SYS_clock_nanosleep, clock, TIMER_ABSTIME, &when, 0), 0, "until a time of clock %d",
		   clock);
		clock_gettime(clock, &t);
		ok(not_before(&t, &when), "which has come then");
		eq(sc(SYS_clock_nanosleep, clock, TIMER_ABSTIME, &when, 0), 0,
		   "a time that is past is no sleep");
	}
}

static void errors(void)
{
	struct timespec bad[] = {{0, -1}, {0, 1000000000}, {-1, 0}}, t = {0, 1};

	for (int i = 0; i < 3; i++) {
		eq(sc(SYS_nanosleep, &bad[i], 0), -EINVAL, "EINVAL: nanosleep, bad time %d", i);
		eq(sc(SYS_clock_nanosleep, 1, 0, &bad[i], 0), -EINVAL, "EINVAL: clock_nanosleep, bad time %d",
		   i);
	}
	eq(sc(SYS_clock_nanosleep, 99, 0, &t, 0), -EINVAL, "EINVAL: clock_nanosleep, clock 99");
	for (int i = 0; i < BAD_POINTERS; i++)
		eq(sc(SYS_clock_nanosleep, 1, 0, bad_pointers[i], 0), -EFAULT,
		   "EFAULT: clock_nanosleep, bad pointer %d", i);
}

static void of_day(void)
{
	struct timeval v;
	struct timespec before, after;
	long zone[2] = {-1, -1};

	clock_gettime(CLOCK_REALTIME, &before);
	eq(sc(SYS_gettimeofday, &v, 0), 0, "gettimeofday");
	clock_gettime(CLOCK_REALTIME, &after);
	ok(v.tv_sec >= before.tv_sec && v.tv_sec <= after.tv_sec && v.tv_usec >= 0 && v.tv_usec < 1000000,
	   "agrees with the real-time clock");
	ok(v.tv_sec > 1600000000, "it is later than 2020");
	eq(sc(SYS_gettimeofday, 0, 0), 0, "nothing need be told");
	eq(sc(SYS_gettimeofday, 0, zone), 0, "a time zone may be asked for");
	eq(sc(SYS_gettimeofday, BAD_POINTER, 0), -EFAULT, "EFAULT: time");
	eq(sc(SYS_gettimeofday, 0, BAD_POINTER), -EFAULT, "EFAULT: zone");
}

/* Several sleepers at once: none wakes before its time, whatever order they began in. */
static void sleepers(void)
{
	int pids[4], good = 0;

	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			long start = now_us(), ms = 4 * (4 - i);

			sleep_ms(ms);
			_exit(now_us() - start >= 1000 * ms ? 0 : 1);
		}
	}
	for (int i = 0; i < 4; i++)
		good += wait_for(pids[i]) == EXITED(0);
	eq(good, 4, "four sleepers at once, none wakes before its time");
}

int main(void)
{
	each_clock();
	steady();
	steady_across();
	sleeps();
	clock_sleeps();
	errors();
	of_day();
	sleepers();
	return tap_done();
}
