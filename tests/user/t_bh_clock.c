/* suite: bulkhead only */
/* t_bh_clock - root sets the clock, and absolute sleeps and time-outs of CLOCK_REALTIME follow it (on Linux the clock
 * would be the host's). */
#include "mq.h"
#include "tap.h"

#define HOUR 3600L

static struct timespec in(long seconds)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += seconds;
	return t;
}

static long step(long seconds)
{
	struct timespec t = in(seconds);

	return sc(SYS_clock_settime, CLOCK_REALTIME, &t);
}

static long seconds_of(int clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec;
}

static struct timespec skipped; /* a time that the step leaves behind */

/* The child sleeps; the parent sets the clock forth meanwhile. The child's result. */
static int step_while(int (*sleeps)(void), long seconds)
{
	int pid;

	skipped = in(seconds - 10); /* not in the child, which may begin late */
	pid = fork();
	if (pid == 0)
		_exit(sleeps());
	sleep_ms(50);
	step(seconds);
	return wait_for(pid);
}

static int absolute(void)
{
	return sc(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &skipped, 0) != 0;
}

static int relative(void)
{
	struct timespec t = {0, 200000000};
	long start = now_us();

	return sc(SYS_clock_nanosleep, CLOCK_REALTIME, 0, &t, 0) || now_us() - start < 200000;
}

static int monotonic(void)
{
	struct timespec t;
	long start = now_us();

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec++;
	return sc(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0) || now_us() - start < 900000;
}

static int queue_waits(void)
{
	int q = q_open("bh_clock", O_RDWR | O_CREAT | O_EXCL, 1, 8);
	char m[8];

	sc(SYS_mq_unlink, "bh_clock");
	return sc(SYS_mq_timedreceive, q, m, 8, 0, &skipped) != -ETIMEDOUT;
}

/* Set back, an absolute sleep gets longer. Where it was over already, for the parent stood still, it is made again. */
static int set_back(void)
{
	int pid, status, late, tries = 0;

	do {
		long start = now_us();
		struct timespec t = in(1);

		pid = fork();
		if (pid == 0)
			_exit(sc(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &t, 0) ||
			      now_us() - start < 1900000);
		sleep_ms(50);
		step(-1);
		late = now_us() - start > 900000;
		status = wait_for(pid);
	} while (late && ++tries < 20);
	return status;
}

int main(void)
{
	struct timespec zero = {0, 0}, y2038 = {0x7fffffffL, 500000000}, now;
	long real = seconds_of(CLOCK_REALTIME), mono = seconds_of(CLOCK_MONOTONIC);

	eq(step(HOUR), 0, "an hour forth");
	ok(seconds_of(CLOCK_REALTIME) - real - HOUR <= 10 && seconds_of(CLOCK_REALTIME) - real >= HOUR, "it is");
	ok(sc(SYS_time, 0) - real - HOUR <= 20, "time says so, too");
	ok(seconds_of(CLOCK_MONOTONIC) - mono <= 20, "the monotonic clock stays");
	eq(step(-HOUR), 0, "an hour back");
	ok(seconds_of(CLOCK_REALTIME) - real <= 30, "it is");
	eq(step_while(absolute, HOUR), 0, "an absolute sleep ends when its time is skipped");
	eq(step_while(queue_waits, HOUR), 0, "... and a queue's time-out");
	eq(step_while(relative, HOUR), 0, "a relative sleep is as long as it was to be");
	eq(step_while(monotonic, HOUR), 0, "a monotonic one, too");
	eq(set_back(), 0, "an absolute sleep goes on when the clock is set back");
	eq(sc(SYS_clock_settime, CLOCK_REALTIME, &zero), -EINVAL, "EINVAL: before the machine was switched on");
	eq(sc(SYS_clock_settime, CLOCK_REALTIME, &y2038), 0, "2038");
	clock_gettime(CLOCK_REALTIME, &now);
	ok(now.tv_sec - 0x7fffffffL <= 10 && now.tv_sec >= 0x7fffffffL, "... and beyond");
	return tap_done();
}
