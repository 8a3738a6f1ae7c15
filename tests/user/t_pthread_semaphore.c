/* t_pthread_semaphore - sem_t as a count, as a lock, as a signal, and to let only so many in. */
#include "threads.h"

#include <limits.h>
#include <semaphore.h>

#define THREADS 6
#define ROUNDS 300

static sem_t sem, lock, ping, pong, room;
static int counter, turns, inside, crowded, answered;

static int value(sem_t *s)
{
	int n = -1;

	sem_getvalue(s, &n);
	return n;
}

static void errors(void)
{
	struct timespec past = {1, 0}, soon = in_ms(CLOCK_REALTIME, 20), wrong = {1, -1};

	sem_init(&sem, 0, 2);
	eq(value(&sem), 2, "two at first");
	eq(sem_wait(&sem), 0, "wait takes one");
	eq(sem_trywait(&sem), 0, "trywait the other");
	eq(sem_trywait(&sem) ? errno : 0, EAGAIN, "then there is none");
	eq(value(&sem), 0, "nothing");
	eq(sem_timedwait(&sem, &past) ? errno : 0, ETIMEDOUT, "timedwait: a time that has passed");
	eq(sem_timedwait(&sem, &soon) ? errno : 0, ETIMEDOUT, "and one to come");
	eq(sem_timedwait(&sem, &wrong) ? errno : 0, EINVAL, "and what is none");
	eq(sem_post(&sem), 0, "post gives one");
	eq(sem_timedwait(&sem, &past), 0, "which is there at once");
	eq(sem_init(&sem, 0, SEM_VALUE_MAX + 1u) ? errno : 0, EINVAL, "there are not so many");
	sem_init(&sem, 0, SEM_VALUE_MAX);
	eq(sem_post(&sem) ? errno : 0, EOVERFLOW, "the most, and one more");
}

static void *counts(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		sem_wait(&lock);
		counter++;
		sem_post(&lock);
	}
	return unused;
}

static void *answers(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		sem_wait(&ping);
		if (turns++ % 2 == 1)
			answered++;
		sem_post(&pong);
	}
	return unused;
}

static void *enters(void *unused)
{
	for (int i = 0; i < 50; i++) {
		sem_wait(&room);
		if (add(&inside, 1) > 3)
			add(&crowded, 1);
		sched_yield();
		add(&inside, -1);
		sem_post(&room);
	}
	return unused;
}

int main(void)
{
	pthread_t t;

	errors();
	sem_init(&lock, 0, 1);
	run_threads(THREADS, counts);
	eq(counter, THREADS * ROUNDS, "of one it is a lock");
	sem_init(&ping, 0, 0);
	sem_init(&pong, 0, 0);
	t = start(answers, 0);
	for (int i = 0; i < ROUNDS; i++) {
		turns++;
		sem_post(&ping);
		sem_wait(&pong);
	}
	join(t);
	eq(answered, ROUNDS, "two of none make two threads take turns");
	sem_init(&room, 0, 3);
	run_threads(THREADS, enters);
	eq(crowded, 0, "of three it lets three in, and no more");
	eq(value(&room), 3, "and in the end all have left");
	return tap_done();
}
