/* t_pthread_cancel - cancellation, set*id in a process with threads, thread limits, usage of one thread. */
#include "threads.h"

#include <sys/resource.h>

static int word, cleaned, ready;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

static void cleanup(void *n)
{
	cleaned += (int)(long)n;
}

static void *reads(void *fd)
{
	char byte;

	pthread_cleanup_push(cleanup, (void *)1);
	set(&ready);
	read(*(int *)fd, &byte, 1);
	pthread_cleanup_pop(0);
	return 0;
}

static void *sleeps(void *unused)
{
	pthread_cleanup_push(cleanup, (void *)1);
	set(&ready);
	sleep(1000);
	pthread_cleanup_pop(0);
	return unused;
}

static void *waits(void *unused)
{
	pthread_mutex_lock(&mutex);
	pthread_cleanup_push(cleanup, (void *)1);
	set(&ready);
	for (;;)
		pthread_cond_wait(&cond, &mutex);
	pthread_cleanup_pop(0);
	return unused;
}

static void *computes(void *unused)
{
	int old;

	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
	set(&ready);
	while (!unused)
		__asm__ volatile("");
	return 0;
}

static void *disables(void *unused)
{
	int old;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	set(&ready);
	sleep_ms(50);
	return unused ? 0 : (void *)77;
}

static void *result_of(void *(*body)(void *), void *argument, int cancel)
{
	void *result = 0;
	pthread_t t;

	ready = 0;
	if (pthread_create(&t, 0, body, argument))
		_exit(90);
	await_set(&ready);
	sleep_ms(10);
	if (cancel)
		pthread_cancel(t);
	pthread_join(t, &result);
	return result;
}

static void cancels(void)
{
	int fd[2];

	if (pipe(fd))
		return;
	ok(result_of(reads, &fd[0], 1) == PTHREAD_CANCELED, "cancelled in read");
	ok(result_of(sleeps, 0, 1) == PTHREAD_CANCELED, "in sleep");
	ok(result_of(waits, 0, 1) == PTHREAD_CANCELED, "in a condition variable's wait");
	eq(cleaned, 3, "its clean-up handlers ran");
	eq(pthread_mutex_trylock(&mutex), EBUSY, "with the mutex held again");
	ok(result_of(computes, 0, 1) == PTHREAD_CANCELED, "asynchronously, in a loop");
	eq((long)result_of(disables, 0, 1), 77, "not where it is disabled");
}

static int same_ids;

static void *sees_ids(void *unused)
{
	await_set(&word);
	__atomic_fetch_add(&same_ids, getuid() == 1000 && geteuid() == 1000, __ATOMIC_SEQ_CST);
	return unused;
}

static void *spins(void *unused)
{
	while (!read_word(&word))
		;
	return sees_ids(unused);
}

static void changes_ids(void *unused)
{
	pthread_t t[4];

	(void)unused;
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], 0, i % 2 ? sees_ids : spins, 0);
	sleep_ms(10);
	if (setuid(1000))
		_exit(9);
	set(&word);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], 0);
	_exit(same_ids);
}

static void *idles(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* The limit counts threads of the user. */
static void limits_threads(void *unused)
{
	struct rlimit l = {5, 5};
	int made = 0;
	pthread_t t;

	(void)unused;
	setrlimit(RLIMIT_NPROC, &l);
	if (setuid(54321))
		_exit(99);
	while (made < 20 && pthread_create(&t, 0, idles, 0) == 0)
		made++;
	_exit(made);
}

static void users(void)
{
	if (getuid()) {
		ok(1, "setuid in one thread holds for all");
		ok(1, "RLIMIT_NPROC counts threads");
		return;
	}
	eq(status_of(changes_ids, 0), EXITED(4), "setuid in one thread holds for all");
	eq(status_of(limits_threads, 0), EXITED(4), "RLIMIT_NPROC counts threads");
}

static long used_us(int who)
{
	struct rusage u;

	getrusage(who, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000L + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static void *works(void *fresh)
{
	long start = used_us(RUSAGE_THREAD), end;

	*(int *)fresh = start < 40000;
	do
		end = used_us(RUSAGE_THREAD);
	while (end < 60000);
	return 0;
}

static void usage(void)
{
	long before = used_us(RUSAGE_SELF);
	struct timespec mine, all;
	int fresh = 0;
	pthread_t t;

	for (int tries = 0; tries < 20 && !fresh; tries++) { /* standing still uses time on a virtual processor */
		pthread_create(&t, 0, works, &fresh);
		pthread_join(t, 0);
	}
	ok(fresh, "RUSAGE_THREAD begins at zero");
	ok(used_us(RUSAGE_SELF) - before >= 50000, "RUSAGE_SELF keeps what a thread has used that is gone");
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &mine);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &all);
	all.tv_sec -= mine.tv_sec;
	ok(all.tv_sec * 1000000000L + all.tv_nsec - mine.tv_nsec >= 50000000, "so does the process's clock");
}

int main(void)
{
	cancels();
	word = 0;
	users();
	usage();
	return tap_done();
}
