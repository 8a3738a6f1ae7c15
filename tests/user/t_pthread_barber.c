/* t_pthread_barber - the sleeping barber: he sleeps when nobody is there, and who finds no chair goes away. */
#include "threads.h"

#include <semaphore.h>

#define CHAIRS 3
#define CUSTOMERS 6
#define VISITS 60

static sem_t customers, barber, done;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int waiting, most, cut, turned_away, visits_ended, in_chair, crowded;

/* 1 if the hair is cut. */
static int visit(void)
{
	pthread_mutex_lock(&mutex);
	if (waiting == CHAIRS) {
		turned_away++;
		pthread_mutex_unlock(&mutex);
		return 0;
	}
	waiting++;
	if (waiting > most)
		most = waiting;
	pthread_mutex_unlock(&mutex);
	sem_post(&customers);
	sem_wait(&barber);
	if (add(&in_chair, 1) != 1)
		add(&crowded, 1);
	sem_wait(&done);
	return 1;
}

static void *is_barber(void *unused)
{
	for (;;) {
		sem_wait(&customers);
		pthread_mutex_lock(&mutex);
		if (waiting == 0) {
			pthread_mutex_unlock(&mutex);
			return unused; /* woken with nobody there: the shop closes */
		}
		waiting--;
		pthread_mutex_unlock(&mutex);
		sem_post(&barber);
		while (!read_word(&in_chair))
			sched_yield();
		cut++;
		add(&in_chair, -1);
		sem_post(&done);
	}
}

static void *is_customer(void *unused)
{
	for (int i = 0; i < VISITS; i++)
		if (visit())
			add(&visits_ended, 1);
		else
			sched_yield();
	return unused;
}

static void *visits_once(void *unused)
{
	(void)unused;
	return (void *)(long)visit();
}

/* Nobody cuts yet, so the chairs fill up. */
static void full_shop(pthread_t t[CHAIRS])
{
	int full = 0;

	for (int i = 0; i < CHAIRS; i++)
		t[i] = start(visits_once, 0);
	while (full < CHAIRS)
		sched_yield(), sem_getvalue(&customers, &full);
	eq((long)join(start(visits_once, 0)), 0, "all chairs are taken: one goes away");
	eq(turned_away, 1, "and is counted");
}

int main(void)
{
	pthread_t t[CHAIRS], b;
	int served = 0;

	sem_init(&customers, 0, 0);
	sem_init(&barber, 0, 0);
	sem_init(&done, 0, 0);
	full_shop(t);
	b = start(is_barber, 0);
	for (int i = 0; i < CHAIRS; i++)
		served += (int)(long)join(t[i]);
	eq(served, CHAIRS, "the barber comes, and cuts those who have waited");
	turned_away = cut = 0;
	run_threads(CUSTOMERS, is_customer);
	sem_post(&customers);
	join(b);
	eq(visits_ended + turned_away, CUSTOMERS * VISITS, "each visit ends with a cut or at the door");
	eq(cut, visits_ended, "as many cuts as customers who had one");
	eq(crowded, 0, "one at a time");
	eq(most, CHAIRS, "and never more who wait than there are chairs");
	return tap_done();
}
