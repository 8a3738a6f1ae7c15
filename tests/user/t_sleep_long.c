/* t_sleep_long - sleeps without an end do not end: the longest time that a call can be given. */
#include "tap.h"

#include <poll.h>

static const struct timespec ages = {0x7fffffffffffffff, 999999999};

static void by_nanosleep(void *unused)
{
	(void)unused;
	sc(SYS_nanosleep, &ages, 0);
}

static void by_poll(void *unused)
{
	struct timespec t = ages;

	(void)unused;
	sc(SYS_ppoll, 0, 0, &t, 0, 8);
}

static void by_futex(void *unused)
{
	int word = 0;

	(void)unused;
	sc(SYS_futex, &word, 0, 0, &ages);
}

static void by_futex_bitset(void *unused)
{
	int word = 0;

	(void)unused;
	sc(SYS_futex, &word, 9 | 256, 0, &ages, 0, -1);
}

static void sleeps(const char *how, void (*body)(void *))
{
	int pid = fork(), status;

	if (pid == 0) {
		body(0);
		_exit(1);
	}
	sleep_ms(30);
	eq(sc(SYS_wait4, pid, &status, WNOHANG, 0), 0, "%s sleeps", how);
	kill(pid, SIGKILL);
	eq(wait_for(pid), KILLED(SIGKILL), "until it is killed");
}

int main(void)
{
	sleeps("nanosleep", by_nanosleep);
	sleeps("ppoll", by_poll);
	sleeps("futex", by_futex);
	sleeps("futex by the date", by_futex_bitset);
	return tap_done();
}
