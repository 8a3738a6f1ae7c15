/* t_pthread_c11 - the threads of standard C: thrd_t, mtx_t, cnd_t, tss_t, call_once. */
#include "threads.h"

#include <threads.h>

#define THREADS 4
#define ROUNDS 200

static mtx_t mutex;
static cnd_t changed;
static once_flag flag = ONCE_FLAG_INIT;
static tss_t key;
static int counter, turn, made, destroyed;
static _Thread_local int local = 3;

static void make(void)
{
	made++;
}

static void destroy(void *value)
{
	destroyed += *(int *)value; /* one after the other: each is joined before the next ends */
}

static int takes_turns(void *argument)
{
	int me = (int)(long)argument;

	call_once(&flag, make);
	for (int i = 0; i < ROUNDS; i++) {
		mtx_lock(&mutex);
		while (turn != me)
			cnd_wait(&changed, &mutex);
		counter++;
		turn = (turn + 1) % THREADS;
		cnd_broadcast(&changed);
		mtx_unlock(&mutex);
	}
	return me * 10;
}

static int tries(void *unused)
{
	(void)unused;
	return mtx_trylock(&mutex);
}

static int exits(void *value)
{
	local++;
	tss_set(key, value);
	if (tss_get(key) == value && local == 4)
		thrd_exit(77);
	return 78;
}

static int result_of(thrd_start_t body, void *argument)
{
	thrd_t t;
	int result = -1;

	if (thrd_create(&t, body, argument) != thrd_success || thrd_join(t, &result) != thrd_success)
		return -2;
	return result;
}

static void mutexes(void)
{
	struct timespec soon = in_ms(CLOCK_REALTIME, 20);
	mtx_t m;

	mtx_lock(&mutex);
	eq(result_of(tries, 0), thrd_busy, "a mutex that another holds");
	eq(cnd_timedwait(&changed, &mutex, &soon), thrd_timedout, "a condition that nobody signals");
	mtx_unlock(&mutex);
	eq(mtx_init(&m, mtx_recursive | mtx_timed), thrd_success, "a mutex of another type");
	eq(mtx_lock(&m) + mtx_timedlock(&m, &soon) + mtx_trylock(&m), thrd_success, "its owner takes it three times");
	eq(mtx_unlock(&m) + mtx_unlock(&m) + mtx_unlock(&m), thrd_success, "and gives it back as often");
	mtx_destroy(&m);
}

int main(void)
{
	thrd_t t[THREADS];
	int sum = 0, result, values[2] = {5, 6};
	struct timespec short_time = {0, 1000000};

	mtx_init(&mutex, mtx_plain);
	cnd_init(&changed);
	for (long i = 0; i < THREADS; i++)
		thrd_create(&t[i], takes_turns, (void *)i);
	for (int i = 0; i < THREADS; i++) {
		thrd_join(t[i], &result);
		sum += result;
	}
	eq(counter, THREADS * ROUNDS, "four threads take turns");
	eq(sum, 60, "the result of a thread is an int");
	eq(made, 1, "call_once: once");
	mutexes();
	eq(tss_create(&key, destroy), thrd_success, "a key with a destructor");
	eq(result_of(exits, &values[0]), 77, "the result of thrd_exit");
	eq(result_of(exits, &values[1]), 77, "and of another thread, whose _Thread_local variable is its own");
	eq(destroyed, 11, "what they left was destroyed");
	tss_delete(key);
	ok(thrd_equal(thrd_current(), thrd_current()), "thrd_current");
	eq(thrd_sleep(&short_time, 0), 0, "thrd_sleep");
	thrd_yield();
	return tap_done();
}
