/*
 * t_clock_settime - who may not set the clock, and to what it cannot be set. On Linux the clock is the host's: nothing
 * here could change it. That setting it works, t_bh_clock shows.
 */
#include "users.h"

#define PAST_THE_END 8277292036L

static long as_ann(void *unused)
{
	struct timespec now, far = {PAST_THE_END, 0}, bad = {0, 1000000000};

	(void)unused;
	clock_gettime(CLOCK_REALTIME, &now);
	if (become(ANN))
		return -9;
	return (sc(SYS_clock_settime, CLOCK_REALTIME, &now) == -EPERM) +
	       2 * (sc(SYS_clock_settime, CLOCK_REALTIME, &far) == -EINVAL) +
	       4 * (sc(SYS_clock_settime, CLOCK_REALTIME, BAD_POINTER) == -EFAULT) +
	       8 * (sc(SYS_clock_settime, CLOCK_REALTIME, &bad) == -EINVAL);
}

int main(void)
{
	static const int others[] = {CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_BOOTTIME,
				     CLOCK_PROCESS_CPUTIME_ID, 12345};
	struct timespec far = {PAST_THE_END, 0}, bad = {1, 1000000000}, low = {1, -1}, before = {-1, 0}, now;

	if (users_skip())
		return 0;
	clock_gettime(CLOCK_REALTIME, &now);
	for (int i = 0; i < 6; i++)
		eq(sc(SYS_clock_settime, others[i], &now), -EINVAL, "EINVAL: clock %d", others[i]);
	eq(sc(SYS_clock_settime, CLOCK_MONOTONIC, BAD_POINTER), -EINVAL, "... which is looked at first");
	eq(sc(SYS_clock_settime, CLOCK_REALTIME, BAD_POINTER), -EFAULT, "EFAULT");
	eq(sc(SYS_clock_settime, CLOCK_REALTIME, &far), -EINVAL, "EINVAL: too late");
	eq(sc(SYS_clock_settime, CLOCK_REALTIME, &bad), -EINVAL, "EINVAL: too many nanoseconds");
	eq(sc(SYS_clock_settime, CLOCK_REALTIME, &low), -EINVAL, "EINVAL: too few");
	eq(sc(SYS_clock_settime, CLOCK_REALTIME, &before), -EINVAL, "EINVAL: before 1970");
	eq(in_child(as_ann, 0), 15, "EPERM: only root may, and that is looked at last");
	return tap_done();
}
