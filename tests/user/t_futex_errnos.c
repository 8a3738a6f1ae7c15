/* t_futex_errnos - what futex(2) refuses and in which order, and time-outs of every kind. */
#include "tap.h"

#define WAIT 0
#define WAKE 1
#define FD 2
#define REQUEUE 3
#define CMP_REQUEUE 4
#define WAIT_BITSET 9
#define WAKE_BITSET 10
#define PRIVATE 128
#define REALTIME 256

static int word, other;

static long futex(int *at, int op, int value, void *time, int *to, int third)
{
	return sc(SYS_futex, at, op, value, time, to, third);
}

static void values(void)
{
	struct timespec past = {0, 0}, soon = {0, 3000000}, wrong = {0, 1000000000}, negative = {-1, 0};
	int *odd = (int *)((char *)&word + 2);

	eq(futex(&word, WAIT, 1, 0, 0, 0), -EAGAIN, "WAIT: the word has another value");
	eq(futex(&word, WAIT | PRIVATE, 1, 0, 0, 0), -EAGAIN, "and with the private flag");
	eq(futex(&word, WAIT, 0, &soon, 0, 0), -ETIMEDOUT, "WAIT: a relative time-out");
	eq(futex(&word, WAIT, 0, &past, 0, 0), -ETIMEDOUT, "WAIT: of no time at all");
	eq(futex(&word, WAIT, 1, &wrong, 0, 0), -EINVAL, "WAIT: a time-out of 1000000000 ns comes before the value");
	eq(futex(&word, WAIT, 0, &negative, 0, 0), -EINVAL, "WAIT: a negative time-out");
	eq(futex(&word, WAIT, 0, BAD_POINTER, 0, 0), -EFAULT, "WAIT: a bad pointer to the time-out");
	eq(futex(odd, WAIT, 0, 0, 0, 0), -EINVAL, "WAIT: an address that is not aligned");
	eq(futex(odd, WAIT, 0, BAD_POINTER, 0, 0), -EFAULT, "the time-out is fetched first");
	for (int i = 0; i < BAD_POINTERS; i++)
		ok(futex(bad_pointers[i], WAIT, 0, 0, 0, 0) == ((long)bad_pointers[i] % 4 ? -EINVAL : -EFAULT),
		   "WAIT: bad pointer %d", i);
	eq(futex(odd, WAKE, 1, 0, 0, 0), -EINVAL, "WAKE: an address that is not aligned");
	eq(futex(bad_pointers[2], WAKE, 1, 0, 0, 0), -EFAULT, "WAKE: an address of the kernel");
	eq(futex(BAD_POINTER, WAKE | PRIVATE, 1, 0, 0, 0), 0, "WAKE: nobody waits where nothing is mapped");
	eq(futex(&word, WAKE, 1, 0, 0, 0), 0, "WAKE: nobody waits");
	eq(futex(&word, WAKE, 0, 0, 0, 0), 0, "WAKE: none of nobody");
}

static void bitsets(void)
{
	struct timespec now, then;

	eq(futex(&word, WAIT_BITSET, 0, 0, 0, 0), -EINVAL, "WAIT_BITSET: no bits");
	eq(futex(&word, WAKE_BITSET, 1, 0, 0, 0), -EINVAL, "WAKE_BITSET: no bits");
	eq(futex(&word, WAKE_BITSET, 1, 0, 0, 5), 0, "WAKE_BITSET: nobody waits");
	eq(futex(&word, WAIT_BITSET, 1, 0, 0, -1), -EAGAIN, "WAIT_BITSET: another value");
	clock_gettime(CLOCK_MONOTONIC, &now);
	eq(futex(&word, WAIT_BITSET, 0, &now, 0, -1), -ETIMEDOUT, "WAIT_BITSET: an absolute time that has passed");
	then = now;
	then.tv_nsec += 30000000;
	then.tv_sec += then.tv_nsec / 1000000000;
	then.tv_nsec %= 1000000000;
	eq(futex(&word, WAIT_BITSET, 0, &then, 0, -1), -ETIMEDOUT, "WAIT_BITSET: an absolute time to come");
	ok(now_us() >= then.tv_sec * 1000000L + then.tv_nsec / 1000, "and not before");
	clock_gettime(CLOCK_REALTIME, &then);
	then.tv_nsec += 20000000;
	then.tv_sec += then.tv_nsec / 1000000000;
	then.tv_nsec %= 1000000000;
	eq(futex(&word, WAIT_BITSET | REALTIME, 0, &then, 0, -1), -ETIMEDOUT, "WAIT_BITSET: a time of CLOCK_REALTIME");
	clock_gettime(CLOCK_REALTIME, &now);
	ok(now.tv_sec > then.tv_sec || (now.tv_sec == then.tv_sec && now.tv_nsec >= then.tv_nsec), "and not before");
	eq(futex(&word, WAKE | REALTIME, 1, 0, 0, 0), -ENOSYS, "WAKE knows no clock");
	eq(futex(&word, REQUEUE | REALTIME, 1, 0, &other, 0), -ENOSYS, "nor REQUEUE");
}

static void requeues(void)
{
	int *odd = (int *)((char *)&word + 1);

	eq(futex(&word, REQUEUE, 1, (void *)1, &other, 0), 0, "REQUEUE: nobody waits");
	eq(futex(&word, REQUEUE, -1, (void *)1, &other, 0), -EINVAL, "REQUEUE: wake -1");
	eq(futex(&word, REQUEUE, 1, (void *)-1, &other, 0), -EINVAL, "REQUEUE: move -1");
	eq(futex(odd, REQUEUE, 1, (void *)1, &other, 0), -EINVAL, "REQUEUE: not aligned");
	eq(futex(&word, REQUEUE, 1, (void *)1, odd, 0), -EINVAL, "REQUEUE: to what is not aligned");
	eq(futex(&word, REQUEUE, 1, (void *)1, bad_pointers[3], 0), -EFAULT, "REQUEUE: to the kernel");
	eq(futex(&word, CMP_REQUEUE, 1, (void *)1, &other, 0), 0, "CMP_REQUEUE: the value is right");
	eq(futex(&word, CMP_REQUEUE, 1, (void *)1, &other, 7), -EAGAIN, "CMP_REQUEUE: another value");
	eq(futex(BAD_POINTER, CMP_REQUEUE, 1, (void *)1, &other, 7), -EFAULT, "CMP_REQUEUE: a word out of reach");
	eq(futex(&word, FD, 0, 0, 0, 0), -ENOSYS, "FUTEX_FD is gone");
	eq(futex(&word, 99, 0, 0, 0, 0), -ENOSYS, "no such command");
	eq(futex(&word, WAIT | 512, 0, 0, 0, 0), -ENOSYS, "no such flag");
}

static int times_out(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	return futex(&word, WAIT, 0, &t, 0, 0) == -ETIMEDOUT ? 3 : 4;
}

/* Ends the tests by one of the list's own: a thread that alone waits, and a signal that goes by. */
static void across_a_stop(void)
{
	int stop, status = stopped_meanwhile(times_out, &stop), pid;

	eq(stop, STOPPED(SIGSTOP), "a waiter is stopped");
	eq(status, EXITED(3), "goes on to wait, and times out");
	pid = fork();
	if (pid == 0)
		_exit(futex(&word, WAIT, 0, 0, 0, 0) != 0);
	sleep_ms(10);
	kill(pid, SIGTERM);
	eq(wait_for(pid), KILLED(SIGTERM), "a signal ends a waiter");
}

static void robust_lists(void)
{
	unsigned long head[3] = {(unsigned long)head, 0, 0}, *got = 0, size = 0;

	eq(sc(SYS_set_robust_list, head, 24), 0, "set_robust_list");
	eq(sc(SYS_set_robust_list, head, 23), -EINVAL, "of another size");
	eq(sc(SYS_get_robust_list, 0, &got, &size), 0, "get_robust_list");
	ok(got == head && size == 24, "gives it back");
	eq(sc(SYS_get_robust_list, getpid(), &got, &size), 0, "by tid");
	eq(sc(SYS_get_robust_list, 0x3fffffff, &got, &size), -ESRCH, "of nobody");
	eq(sc(SYS_get_robust_list, 0, BAD_POINTER, &size), -EFAULT, "a bad pointer");
	eq(sc(SYS_get_robust_list, 0, &got, BAD_POINTER), -EFAULT, "another");
	sc(SYS_set_robust_list, 0, 24);
}

int main(void)
{
	values();
	bitsets();
	requeues();
	across_a_stop();
	robust_lists();
	return tap_done();
}
