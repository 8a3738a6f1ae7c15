/* t_pthread_mutex_types - what a mutex of each type says to its owner, to others, and to who does not hold it. */
#include "threads.h"

static pthread_mutex_t mutex;

static void make(int type)
{
	pthread_mutexattr_t a;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_settype(&a, type);
	pthread_mutex_init(&mutex, &a);
	pthread_mutexattr_destroy(&a);
}

static void *tries(void *unused)
{
	long error = pthread_mutex_trylock(&mutex);

	(void)unused;
	if (!error)
		pthread_mutex_unlock(&mutex);
	return (void *)error;
}

static void *unlocks(void *unused)
{
	(void)unused;
	return (void *)(long)pthread_mutex_unlock(&mutex);
}

static long other(void *(*body)(void *))
{
	return (long)join(start(body, 0));
}

static void normal(void)
{
	make(PTHREAD_MUTEX_NORMAL);
	eq(pthread_mutex_lock(&mutex), 0, "normal: taken");
	eq(pthread_mutex_trylock(&mutex), EBUSY, "its owner may only try a second time");
	eq(other(tries), EBUSY, "another, too");
	eq(pthread_mutex_unlock(&mutex), 0, "given back");
	eq(other(tries), 0, "now another has it");
	eq(pthread_mutex_destroy(&mutex), 0, "and it can be destroyed");
}

static void recursive(void)
{
	int errors = 0;

	make(PTHREAD_MUTEX_RECURSIVE);
	for (int i = 0; i < 100; i++)
		errors |= i % 2 ? pthread_mutex_trylock(&mutex) : pthread_mutex_lock(&mutex);
	eq(errors, 0, "recursive: its owner takes it a hundred times");
	eq(other(tries), EBUSY, "another does not get it");
	eq(other(unlocks), EPERM, "nor may it give it back");
	for (int i = 0; i < 99; i++)
		errors |= pthread_mutex_unlock(&mutex);
	eq(other(tries), EBUSY, "99 times given back, it is still held");
	errors |= pthread_mutex_unlock(&mutex);
	eq(errors, 0, "the hundredth time");
	eq(other(tries), 0, "it is free");
	eq(pthread_mutex_unlock(&mutex), EPERM, "and cannot be given back once more");
}

static void error_checking(void)
{
	struct timespec soon = in_ms(CLOCK_REALTIME, 5);

	make(PTHREAD_MUTEX_ERRORCHECK);
	eq(pthread_mutex_unlock(&mutex), EPERM, "error-checking: nobody holds it");
	eq(pthread_mutex_lock(&mutex), 0, "taken");
	eq(pthread_mutex_lock(&mutex), EDEADLK, "its owner would wait for itself");
	eq(pthread_mutex_timedlock(&mutex, &soon), EDEADLK, "even with a time-out");
	eq(pthread_mutex_trylock(&mutex), EBUSY, "trylock says that it is held");
	eq(other(unlocks), EPERM, "another may not give it back");
	eq(pthread_mutex_unlock(&mutex), 0, "the owner may");
}

int main(void)
{
	pthread_mutexattr_t a;

	normal();
	recursive();
	error_checking();
	pthread_mutexattr_init(&a);
	eq(pthread_mutexattr_settype(&a, 99), EINVAL, "there is no such type");
	return tap_done();
}
