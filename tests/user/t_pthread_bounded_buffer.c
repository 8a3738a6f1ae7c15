/* t_pthread_bounded_buffer - producers and consumers around a buffer of few places: a mutex, two conditions. */
#include "threads.h"

#define PLACES 4
#define PRODUCERS 3
#define CONSUMERS 2
#define EACH 300
#define ALL (PRODUCERS * EACH)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER, not_empty = PTHREAD_COND_INITIALIZER;
static int buffer[PLACES], first, used, most, taken;
static int times[ALL]; /* how often each item was taken */

static void put(int item)
{
	pthread_mutex_lock(&mutex);
	while (used == PLACES)
		pthread_cond_wait(&not_full, &mutex);
	buffer[(first + used++) % PLACES] = item;
	if (used > most)
		most = used;
	pthread_cond_signal(&not_empty);
	pthread_mutex_unlock(&mutex);
}

/* -1 when there will be nothing any more. */
static int take(void)
{
	int item = -1;

	pthread_mutex_lock(&mutex);
	while (used == 0 && taken < ALL)
		pthread_cond_wait(&not_empty, &mutex);
	if (used > 0) {
		item = buffer[first];
		first = (first + 1) % PLACES;
		used--;
		if (++taken == ALL)
			pthread_cond_broadcast(&not_empty); /* the other consumers can go home */
		pthread_cond_signal(&not_full);
	}
	pthread_mutex_unlock(&mutex);
	return item;
}

static void *works(void *me)
{
	int number = (int)(long)me, item;

	if (number < PRODUCERS)
		for (int i = 0; i < EACH; i++)
			put(number * EACH + i);
	else
		while ((item = take()) >= 0)
			add(&times[item], 1);
	return 0;
}

int main(void)
{
	int once = 1;

	run_threads(PRODUCERS + CONSUMERS, works);
	for (int i = 0; i < ALL; i++)
		once &= times[i] == 1;
	ok(once, "each item was taken once");
	eq(taken, ALL, "that is all of them");
	eq(used, 0, "the buffer is empty in the end");
	ok(most >= 1 && most <= PLACES, "and never held more than its places");
	return tap_done();
}
