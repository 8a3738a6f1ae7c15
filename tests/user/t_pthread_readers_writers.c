/* t_pthread_readers_writers - a rwlock: readers share it, a writer has it alone, who only tries is told. */
#include "threads.h"

#define READERS 4
#define WRITERS 2
#define ROUNDS 200

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static int inside, torn, first, second;

/* Nobody leaves before all are inside: if readers excluded each other, this would never end. */
static void *meets_inside(void *unused)
{
	pthread_rwlock_rdlock(&lock);
	add(&inside, 1);
	while (read_word(&inside) < READERS)
		sched_yield();
	pthread_rwlock_unlock(&lock);
	return unused;
}

static void *reads_or_writes(void *me)
{
	for (int i = 0; i < ROUNDS; i++) {
		if ((long)me < WRITERS) {
			pthread_rwlock_wrlock(&lock);
			first++;
			sched_yield(); /* with only one half done */
			second++;
		} else {
			pthread_rwlock_rdlock(&lock);
			if (first != second)
				add(&torn, 1);
		}
		pthread_rwlock_unlock(&lock);
	}
	return 0;
}

static void *tries_to_read(void *unused)
{
	long error = pthread_rwlock_tryrdlock(&lock);

	(void)unused;
	if (!error)
		pthread_rwlock_unlock(&lock);
	return (void *)error;
}

static void *tries_to_write(void *unused)
{
	long error = pthread_rwlock_trywrlock(&lock);

	(void)unused;
	if (!error)
		pthread_rwlock_unlock(&lock);
	return (void *)error;
}

int main(void)
{
	run_threads(READERS, meets_inside);
	eq(inside, READERS, "all readers are inside at the same time");
	run_threads(WRITERS + READERS, reads_or_writes);
	eq(torn, 0, "no reader saw a write that was half done");
	eq(first, WRITERS * ROUNDS, "no write was lost");

	eq((long)join(start(tries_to_write, 0)), 0, "free: another thread may write");
	pthread_rwlock_rdlock(&lock);
	eq((long)join(start(tries_to_read, 0)), 0, "held by a reader: another may read");
	eq((long)join(start(tries_to_write, 0)), EBUSY, "but not write");
	pthread_rwlock_unlock(&lock);
	pthread_rwlock_wrlock(&lock);
	eq((long)join(start(tries_to_read, 0)), EBUSY, "held by a writer: no other may read");
	eq((long)join(start(tries_to_write, 0)), EBUSY, "nor write");
	eq(pthread_rwlock_unlock(&lock), 0, "the writer gives it back");
	eq(pthread_rwlock_destroy(&lock), 0, "and it can be destroyed");
	return tap_done();
}
