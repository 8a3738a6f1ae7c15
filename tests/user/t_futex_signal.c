/* t_futex_signal - a signal to a thread that waits: EINTR, or it waits on, as the handler was installed. */
#include "threads.h"

#define WAIT_BITSET 9

static int word, handled;
static pthread_t waiter;

static void handler(int signal_number)
{
	(void)signal_number;
	add(&handled, 1);
}

static void install(int flags, void (*how)(int))
{
	struct sigaction a = {.sa_handler = how, .sa_flags = flags};

	sigaction(SIGUSR1, &a, 0);
}

static void *waits(void *unused)
{
	(void)unused;
	return (void *)futex_wait(&word, 0);
}

static void *waits_for_some_time(void *unused)
{
	struct timespec t = {1000, 0};

	(void)unused;
	return (void *)sc(SYS_futex, &word, 0, 0, &t);
}

static void *waits_until(void *unused)
{
	struct timespec t = in_ms(CLOCK_MONOTONIC, 1000000);

	(void)unused;
	return (void *)sc(SYS_futex, &word, WAIT_BITSET, 0, &t, 0, -1);
}

static void *blocks_and_waits(void *unused)
{
	sigset_t s;
	long result;

	sigemptyset(&s);
	sigaddset(&s, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &s, 0);
	result = futex_wait(&word, 0);
	if (read_word(&handled))
		result = 1;
	pthread_sigmask(SIG_UNBLOCK, &s, 0); /* now it comes */
	(void)unused;
	return (void *)result;
}

static void hit(void *(*body)(void *))
{
	handled = 0;
	waiter = start(body, 0);
	await_sleepers(&word, 1);
	pthread_kill(waiter, SIGUSR1);
}

/* It sleeps again or still: then a wake gives 0. */
static long woken(void)
{
	await_sleepers(&word, 1);
	futex_wake(&word, 1);
	return (long)join(waiter);
}

int main(void)
{
	install(0, handler);
	hit(waits);
	eq((long)join(waiter), -EINTR, "a handler without SA_RESTART ends the wait");
	eq(handled, 1, "and has run once");
	hit(waits_for_some_time);
	eq((long)join(waiter), -EINTR, "also one with a time-out");
	hit(waits_until);
	eq((long)join(waiter), -EINTR, "also one until an absolute time");

	install(SA_RESTART, handler);
	hit(waits);
	ok(becomes(&handled, 1), "with SA_RESTART the handler runs");
	eq(woken(), 0, "and the thread waits on");
	hit(waits_for_some_time);
	eq((long)join(waiter), -EINTR, "not so with a time-out: what is left of it the handler cannot know");

	install(0, SIG_IGN);
	hit(waits);
	eq(woken(), 0, "a signal that is ignored disturbs nobody");
	install(0, handler);
	hit(blocks_and_waits);
	eq(woken(), 0, "nor one that the thread blocks");
	eq(handled, 1, "whose handler runs when it does not any more");
	return tap_done();
}
