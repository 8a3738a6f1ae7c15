/* t_futex_rwlock - readers and writers in one word: the number of readers, or -1; writers who wait go first. */
#include "threads.h"

#define THREADS 5
#define ROUNDS 120

static int state, writers_waiting, bell; /* the bell counts changes: all who wait sleep at it */
static int torn, first, second, record[4], n;

static void ring(void)
{
	add(&bell, 1);
	futex_wake(&bell, 1 << 30);
}

static int try_read(void)
{
	int now = read_word(&state);

	return now >= 0 && !read_word(&writers_waiting) && __sync_bool_compare_and_swap(&state, now, now + 1);
}

static FENCED void read_lock(void)
{
	for (;;) {
		int heard = read_word(&bell), was = read_word(&state);

		if (try_read())
			return;
		if (was < 0 || read_word(&writers_waiting))
			futex_wait(&bell, heard);
	}
}

static FENCED void read_unlock(void)
{
	if (add(&state, -1) == 0)
		ring();
}

static FENCED void write_lock(void)
{
	add(&writers_waiting, 1);
	for (;;) {
		int heard = read_word(&bell);

		if (__sync_bool_compare_and_swap(&state, 0, -1))
			break;
		futex_wait(&bell, heard);
	}
	add(&writers_waiting, -1);
}

static FENCED void write_unlock(void)
{
	__atomic_store_n(&state, 0, __ATOMIC_SEQ_CST);
	ring();
}

static void *works(void *me)
{
	for (int i = 0; i < ROUNDS; i++) {
		if ((long)me < 2) {
			write_lock();
			first++;
			sched_yield();
			second++;
			write_unlock();
		} else {
			read_lock();
			if (first != second)
				add(&torn, 1);
			read_unlock();
		}
	}
	return 0;
}

static void *writes(void *unused)
{
	write_lock();
	record[n++] = 'w';
	write_unlock();
	return unused;
}

static void *reads(void *unused)
{
	read_lock();
	record[add(&n, 1) - 1] = 'r';
	read_unlock();
	return unused;
}

int main(void)
{
	pthread_t t[3];

	read_lock();
	eq(try_read(), 1, "a second reader");
	read_unlock();
	t[0] = start(writes, 0);
	await_sleepers(&bell, 1);
	eq(try_read(), 0, "no third one while a writer waits");
	t[1] = start(reads, 0);
	t[2] = start(reads, 0);
	await_sleepers(&bell, 3);
	eq(n, 0, "all wait for the first reader");
	read_unlock();
	for (int i = 0; i < 3; i++)
		join(t[i]);
	ok(n == 3 && record[0] == 'w' && record[1] == 'r' && record[2] == 'r', "then the writer is first");
	run_threads(THREADS, works);
	eq(torn, 0, "no reader sees half a write");
	eq(first, 2 * ROUNDS, "and no write is lost");
	eq(state, 0, "in the end it is free");
	return tap_done();
}
