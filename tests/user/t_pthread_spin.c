/* t_pthread_spin - spin locks: who waits computes; libc's, and two of one's own from one atomic instruction each. */
#include "threads.h"

#define THREADS 4
#define ROUNDS 500

static pthread_spinlock_t spin;
static int test_and_set, compare_and_swap;
static long counter;

/* Reads until the lock seems free before it writes again: readers share a cache line, writers fight for it. */
static FENCED void lock_by_set(void)
{
	while (__atomic_exchange_n(&test_and_set, 1, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(&test_and_set, __ATOMIC_RELAXED))
			sched_yield();
}

static FENCED void unlock_by_set(void)
{
	__atomic_store_n(&test_and_set, 0, __ATOMIC_RELEASE);
}

static FENCED void lock_by_swap(void)
{
	while (!__sync_bool_compare_and_swap(&compare_and_swap, 0, 1))
		sched_yield();
}

static FENCED void unlock_by_swap(void)
{
	__atomic_store_n(&compare_and_swap, 0, __ATOMIC_RELEASE);
}

static void lock_of_libc(void)
{
	pthread_spin_lock(&spin);
}

static void unlock_of_libc(void)
{
	pthread_spin_unlock(&spin);
}

static const struct kind {
	const char *name;
	void (*lock)(void), (*unlock)(void);
} kinds[] = {
	{"of libc", lock_of_libc, unlock_of_libc},
	{"by exchange", lock_by_set, unlock_by_set},
	{"by compare-and-swap", lock_by_swap, unlock_by_swap},
}, *kind;

static void *counts(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		kind->lock();
		counter++;
		kind->unlock();
	}
	return unused;
}

static void *tries(void *unused)
{
	(void)unused;
	return (void *)(long)pthread_spin_trylock(&spin);
}

int main(void)
{
	pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
	for (int i = 0; i < 3; i++) {
		counter = 0;
		kind = &kinds[i];
		run_threads(THREADS, counts);
		eq(counter, THREADS * ROUNDS, "a spin lock %s loses no count", kind->name);
	}
	pthread_spin_lock(&spin);
	eq((long)join(start(tries, 0)), EBUSY, "another tries in vain");
	pthread_spin_unlock(&spin);
	eq((long)join(start(tries, 0)), 0, "and gets it when it is free");
	eq(pthread_spin_trylock(&spin), EBUSY, "and keeps it, though it has ended");
	return tap_done();
}
