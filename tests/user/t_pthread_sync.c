/* t_pthread_sync - musl's mutexes, condition variables, barriers, rwlocks, semaphores and spin locks, under load. */
#include "threads.h"

#include <semaphore.h>

#define N 4
#define ROUNDS 2000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER, other_cond = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static sem_t items, places;
static long counter;
static int turn, wrong, peak, inside, word;

static void *counts(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		if (i % 64 == 0)
			sched_yield(); /* with the lock held: others must wait */
		pthread_mutex_unlock(&mutex);
	}
	return unused;
}

static void *tries(void *unused)
{
	(void)unused;
	wrong = pthread_mutex_trylock(&mutex);
	return 0;
}

static void mutexes(void)
{
	struct timespec t = in_ms(CLOCK_REALTIME, 20);
	pthread_mutexattr_t a;
	pthread_mutex_t m;

	run_threads(N, counts);
	eq(counter, N * ROUNDS, "a mutex under contention loses no count");
	pthread_mutex_lock(&mutex);
	run_threads(1, tries);
	eq(wrong, EBUSY, "trylock of a held mutex");
	eq(pthread_mutex_timedlock(&mutex, &t), ETIMEDOUT, "timedlock gives up");
	pthread_mutex_unlock(&mutex);
	pthread_mutexattr_init(&a);
	pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&m, &a);
	eq(pthread_mutex_lock(&m) + pthread_mutex_lock(&m), 0, "a recursive mutex, twice");
	eq(pthread_mutex_unlock(&m) + pthread_mutex_unlock(&m), 0, "and back");
	eq(pthread_mutex_unlock(&m), EPERM, "once more is EPERM");
	pthread_mutexattr_settype(&a, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&m, &a);
	pthread_mutex_lock(&m);
	eq(pthread_mutex_lock(&m), EDEADLK, "an error-checking mutex, twice");
}

static void *plays(void *me)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		while (turn != (int)(long)me)
			pthread_cond_wait((long)me ? &other_cond : &cond, &mutex);
		counter++;
		turn = !turn;
		pthread_cond_signal((long)me ? &cond : &other_cond);
		pthread_mutex_unlock(&mutex);
	}
	return 0;
}

static void *waits(void *unused)
{
	pthread_mutex_lock(&mutex);
	inside++;
	while (!turn)
		pthread_cond_wait(&cond, &mutex);
	counter++;
	pthread_mutex_unlock(&mutex);
	return unused;
}

static void *broadcasts(void *unused)
{
	while (read_word(&inside) < 8)
		sched_yield();
	pthread_mutex_lock(&mutex);
	turn = 1;
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&mutex);
	return unused;
}

static void *waits_or_broadcasts(void *me)
{
	return (long)me == 8 ? broadcasts(0) : waits(0);
}

static void conditions(void)
{
	struct timespec t = in_ms(CLOCK_REALTIME, 20);
	pthread_condattr_t a;
	pthread_cond_t c;

	counter = turn = 0;
	run_threads(2, plays);
	eq(counter, 2 * ROUNDS, "condition variables: ping and pong");
	counter = turn = 0;
	run_threads(9, waits_or_broadcasts);
	eq(counter, 8, "a broadcast wakes all eight");
	pthread_mutex_lock(&mutex);
	eq(pthread_cond_timedwait(&cond, &mutex, &t), ETIMEDOUT, "timedwait gives up");
	pthread_condattr_init(&a);
	pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	pthread_cond_init(&c, &a);
	t = in_ms(CLOCK_MONOTONIC, 20);
	eq(pthread_cond_timedwait(&c, &mutex, &t), ETIMEDOUT, "by the monotonic clock, too");
	pthread_mutex_unlock(&mutex);
}

static void *meets(void *unused)
{
	for (int i = 0; i < 200; i++) {
		__atomic_fetch_add(&counter, 1, __ATOMIC_SEQ_CST);
		if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
			__atomic_fetch_add(&peak, 1, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&counter, __ATOMIC_SEQ_CST) != (i + 1) * 8)
			wrong = 1;
		pthread_barrier_wait(&barrier);
	}
	return unused;
}

static void barriers(void)
{
	counter = wrong = peak = 0;
	pthread_barrier_init(&barrier, 0, 8);
	run_threads(8, meets);
	ok(!wrong && counter == 1600, "a barrier of eight, 200 times: nobody leaves early");
	eq(peak, 200, "and one is told each time");
}

static void *reads_or_writes(void *me)
{
	for (int i = 0; i < 300; i++) {
		if ((long)me == 0) {
			pthread_rwlock_wrlock(&rwlock);
			if (__atomic_add_fetch(&inside, 100, __ATOMIC_SEQ_CST) != 100)
				wrong = 1;
			sched_yield();
			__atomic_sub_fetch(&inside, 100, __ATOMIC_SEQ_CST);
		} else {
			pthread_rwlock_rdlock(&rwlock);
			if (__atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST) >= 100)
				wrong = 1;
			sched_yield();
			__atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
		}
		pthread_rwlock_unlock(&rwlock);
	}
	return 0;
}

static void rwlocks(void)
{
	struct timespec t = in_ms(CLOCK_REALTIME, 20);

	inside = wrong = 0;
	run_threads(4, reads_or_writes);
	eq(wrong, 0, "a rwlock keeps writers alone");
	pthread_rwlock_rdlock(&rwlock);
	eq(pthread_rwlock_tryrdlock(&rwlock), 0, "two readers");
	eq(pthread_rwlock_trywrlock(&rwlock), EBUSY, "no writer beside them");
	eq(pthread_rwlock_timedwrlock(&rwlock, &t), ETIMEDOUT, "and not later");
}

static void *produces_or_consumes(void *me)
{
	for (int i = 0; i < ROUNDS; i++) {
		if ((long)me % 2) {
			sem_wait(&items);
			int now = __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
			if (now < 0)
				wrong = 1;
			sem_post(&places);
		} else {
			sem_wait(&places);
			if (__atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST) > 3)
				wrong = 1;
			sem_post(&items);
		}
	}
	return 0;
}

static void semaphores(void)
{
	struct timespec t = in_ms(CLOCK_REALTIME, 20);
	int value;

	inside = wrong = 0;
	sem_init(&items, 0, 0);
	sem_init(&places, 0, 3);
	run_threads(4, produces_or_consumes);
	sem_getvalue(&places, &value);
	ok(!wrong && inside == 0 && value == 3, "semaphores: a buffer of three places");
	eq(sem_trywait(&items) ? errno : 0, EAGAIN, "trywait of an empty one");
	eq(sem_timedwait(&items, &t) ? errno : 0, ETIMEDOUT, "timedwait gives up");
}

static void *spins(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_spin_lock(&spin);
		counter++;
		pthread_spin_unlock(&spin);
	}
	return unused;
}

/* A futex by hand: each takes turns at one word, and none may sleep for ever. */
static void *counts_up(void *me)
{
	for (int i = 0; i < ROUNDS; i++) {
		int now;

		while ((now = read_word(&word)) % 3 != (int)(long)me)
			futex_wait(&word, now);
		__atomic_add_fetch(&word, 1, __ATOMIC_SEQ_CST);
		futex_wake(&word, 3);
	}
	return 0;
}

static void others(void)
{
	counter = 0;
	pthread_spin_init(&spin, 0);
	run_threads(3, spins);
	eq(counter, 3 * ROUNDS, "spin locks");
	run_threads(3, counts_up);
	eq(word, 3 * ROUNDS, "a ring of three on one futex");
}

int main(void)
{
	mutexes();
	conditions();
	barriers();
	rwlocks();
	semaphores();
	others();
	return tap_done();
}
