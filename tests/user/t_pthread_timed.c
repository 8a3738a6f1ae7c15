/* t_pthread_timed - locks and waits that give up at a time: to come, past, of either clock, and not a time at all. */
#include "threads.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static struct timespec past = {1, 0}, wrong = {1, 1000000000};
static int word;

static int has_come(clockid_t clock, struct timespec t)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec > t.tv_sec || (now.tv_sec == t.tv_sec && now.tv_nsec >= t.tv_nsec);
}

/* While the main thread holds all. */
static void *wants(void *unused)
{
	struct timespec t = in_ms(CLOCK_REALTIME, 20);

	eq(pthread_mutex_timedlock(&mutex, &t), ETIMEDOUT, "a mutex that another holds");
	ok(has_come(CLOCK_REALTIME, t), "not before its time");
	eq(pthread_mutex_timedlock(&mutex, &past), ETIMEDOUT, "a time that has passed");
	eq(pthread_mutex_timedlock(&mutex, &wrong), EINVAL, "1000000000 ns are no time");
	t = in_ms(CLOCK_REALTIME, 20);
	eq(pthread_rwlock_timedrdlock(&rwlock, &t), ETIMEDOUT, "a rwlock that another writes");
	ok(has_come(CLOCK_REALTIME, t), "not before its time");
	eq(pthread_rwlock_timedwrlock(&rwlock, &past), ETIMEDOUT, "a time that has passed");
	return unused;
}

static void conditions(void)
{
	struct timespec t = in_ms(CLOCK_REALTIME, 20);
	pthread_condattr_t a;
	pthread_cond_t c;

	eq(pthread_cond_timedwait(&cond, &mutex, &t), ETIMEDOUT, "a condition that nobody signals");
	ok(has_come(CLOCK_REALTIME, t), "not before its time");
	eq(pthread_cond_timedwait(&cond, &mutex, &past), ETIMEDOUT, "a time that has passed");
	eq(pthread_cond_timedwait(&cond, &mutex, &wrong), EINVAL, "no time at all");
	eq(pthread_mutex_trylock(&mutex), EBUSY, "each time the mutex is held again");
	pthread_condattr_init(&a);
	eq(pthread_condattr_setclock(&a, CLOCK_MONOTONIC), 0, "a condition with a clock that nobody sets");
	eq(pthread_condattr_setclock(&a, CLOCK_PROCESS_CPUTIME_ID), EINVAL, "processor time is no such clock");
	pthread_cond_init(&c, &a);
	t = in_ms(CLOCK_MONOTONIC, 20);
	eq(pthread_cond_timedwait(&c, &mutex, &t), ETIMEDOUT, "gives up");
	ok(has_come(CLOCK_MONOTONIC, t), "by that clock");
}

static void *waits(void *result)
{
	await_set(&word);
	return result;
}

int main(void)
{
	struct timespec later = in_ms(CLOCK_REALTIME, 100000), soon;
	void *result = 0;
	pthread_t t;

	eq(pthread_mutex_timedlock(&mutex, &past), 0, "what is free is given at once, whatever the time");
	eq(pthread_rwlock_timedwrlock(&rwlock, &past), 0, "a rwlock, too");
	join(start(wants, 0));
	conditions();
	t = start(waits, &word);
	eq(pthread_tryjoin_np(t, &result), EBUSY, "a thread that has not ended");
	soon = in_ms(CLOCK_REALTIME, 20);
	eq(pthread_timedjoin_np(t, &result, &soon), ETIMEDOUT, "nor soon");
	set(&word);
	eq(pthread_timedjoin_np(t, &result, &later), 0, "it ends long before the time");
	ok(result == &word, "and leaves its result");
	return tap_done();
}
