/* t_pthread_keys - thread-specific data: a value for each thread, destructors at its end, keys that are used again. */
#include "threads.h"

#include <limits.h>

#define THREADS 6

static pthread_key_t key, other;
static int destroyed, stubborn, order;

static void destroy(void *value)
{
	add(&destroyed, (int)(long)value);
}

static void *keeps_one(void *me)
{
	int fresh = pthread_getspecific(key) == 0;

	pthread_setspecific(key, (char *)me + 1);
	sched_yield();
	return (void *)(long)(fresh && pthread_getspecific(key) == (char *)me + 1);
}

/* Sets its value anew each time: libc gives up after PTHREAD_DESTRUCTOR_ITERATIONS rounds. */
static void resists(void *value)
{
	stubborn++;
	pthread_setspecific(other, value);
}

static void *is_stubborn(void *unused)
{
	pthread_setspecific(other, &stubborn);
	return unused;
}

/* A destructor may still use other keys; what it sets there is destroyed, too. */
static void sets_other(void *value)
{
	order = 1;
	pthread_setspecific(other, value);
}

static void comes_second(void *unused)
{
	(void)unused;
	order = order == 1 ? 2 : -1;
}

static void *sets_first(void *value)
{
	pthread_setspecific(key, value);
	return 0;
}

static void many_keys(void)
{
	static pthread_key_t keys[PTHREAD_KEYS_MAX + 1];
	int n = 0, error, empty = 1;

	while (n <= PTHREAD_KEYS_MAX && (error = pthread_key_create(&keys[n], 0)) == 0)
		pthread_setspecific(keys[n++], &n);
	ok(n >= _POSIX_THREAD_KEYS_MAX && n <= PTHREAD_KEYS_MAX, "as many keys as are promised");
	eq(error, EAGAIN, "and not one more");
	for (int i = 0; i < n; i++)
		pthread_key_delete(keys[i]);
	for (int i = 0; i < n; i++) {
		pthread_key_create(&keys[i], 0);
		empty &= pthread_getspecific(keys[i]) == 0;
	}
	ok(empty, "a key that is used again begins empty");
	for (int i = 0; i < n; i++)
		pthread_key_delete(keys[i]);
}

int main(void)
{
	pthread_key_create(&key, destroy);
	pthread_setspecific(key, (void *)1000);
	eq(run_threads(THREADS, keeps_one), THREADS, "each thread has its own value, empty at first");
	eq(destroyed, 1 + 2 + 3 + 4 + 5 + 6, "the destructor got the value of each");
	ok(pthread_getspecific(key) == (void *)1000, "that of the main thread is as it was");
	pthread_key_delete(key);
	eq(destroyed, 21, "to delete a key calls no destructor");

	pthread_key_create(&other, resists);
	join(start(is_stubborn, 0));
	eq(stubborn, PTHREAD_DESTRUCTOR_ITERATIONS, "a destructor that sets its value again is called so often");
	pthread_key_delete(other);
	pthread_key_create(&key, sets_other);
	pthread_key_create(&other, comes_second);
	join(start(sets_first, &order));
	eq(order, 2, "a value set by a destructor is destroyed, too");
	pthread_key_delete(key);
	pthread_key_delete(other);
	many_keys();
	return tap_done();
}
