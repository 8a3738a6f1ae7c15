/* t_pthread_broadcast - one broadcast lets all go on, each once; a signal lets one; a gate opens round by round. */
#include "threads.h"

#define THREADS 12
#define ROUNDS 40

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER, arrived = PTHREAD_COND_INITIALIZER;
static int generation, waiting, passed[THREADS], tokens, used;

static void *goes_through(void *me)
{
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < ROUNDS; i++) {
		int mine = generation;

		if (++waiting == THREADS)
			pthread_cond_signal(&arrived);
		while (generation == mine)
			pthread_cond_wait(&opened, &mutex);
		passed[(long)me]++;
	}
	pthread_mutex_unlock(&mutex);
	return 0;
}

/* All wait whenever it has the mutex here: only then does it open the gate. */
static void *opens(void *unused)
{
	int uneven = 0;

	(void)unused;
	pthread_mutex_lock(&mutex);
	for (int round = 0; round < ROUNDS; round++) {
		while (waiting < THREADS)
			pthread_cond_wait(&arrived, &mutex);
		for (int i = 0; i < THREADS; i++)
			uneven |= passed[i] != round;
		waiting = 0;
		generation++;
		pthread_cond_broadcast(&opened);
	}
	pthread_mutex_unlock(&mutex);
	return (void *)(long)uneven;
}

static void *uses_token(void *unused)
{
	pthread_mutex_lock(&mutex);
	waiting++;
	while (tokens == 0)
		pthread_cond_wait(&opened, &mutex);
	tokens--;
	used++;
	pthread_cond_signal(&arrived);
	pthread_mutex_unlock(&mutex);
	return unused;
}

static void one_by_one(void)
{
	pthread_t t[THREADS];
	int exact = 1;

	waiting = 0;
	for (int i = 0; i < THREADS; i++)
		t[i] = start(uses_token, 0);
	pthread_mutex_lock(&mutex);
	for (int i = 1; i <= THREADS; i++) {
		tokens++;
		pthread_cond_signal(&opened);
		while (used < i)
			pthread_cond_wait(&arrived, &mutex);
		exact &= used == i && tokens == 0;
	}
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	ok(exact, "each signal lets one go on");
}

int main(void)
{
	pthread_t opener = start(opens, 0);
	int all = 1;

	run_threads(THREADS, goes_through);
	eq((long)join(opener), 0, "nobody goes through twice, nobody stays behind");
	for (int i = 0; i < THREADS; i++)
		all &= passed[i] == ROUNDS;
	ok(all, "all have gone through each time");
	one_by_one();
	eq(pthread_cond_broadcast(&opened) + pthread_cond_signal(&opened), 0, "to wake nobody is no error");
	return tap_done();
}
