/* t_pthread_philosophers - five at a round table, a fork between each two: who takes the lower one first, eats. */
#include "threads.h"

#define SEATS 5
#define MEALS 100

static pthread_mutex_t forks[SEATS];
static int holders[SEATS], shared, meals[SEATS];

/* All agree on one order of the forks. If each took the left one first, all might hold one and wait for ever. */
static void pick_up(int seat)
{
	int left = seat, right = (seat + 1) % SEATS;

	pthread_mutex_lock(&forks[left < right ? left : right]);
	sched_yield(); /* one fork in hand: the moment at which a circle could close */
	pthread_mutex_lock(&forks[left < right ? right : left]);
	if (add(&holders[left], 1) != 1 || add(&holders[right], 1) != 1)
		add(&shared, 1);
}

static void put_down(int seat)
{
	for (int i = 0; i < 2; i++) {
		int fork_number = (seat + i) % SEATS;

		add(&holders[fork_number], -1);
		pthread_mutex_unlock(&forks[fork_number]);
	}
}

static void *dines(void *me)
{
	int seat = (int)(long)me;

	while (meals[seat] < MEALS) {
		pick_up(seat);
		meals[seat]++;
		put_down(seat);
	}
	return 0;
}

int main(void)
{
	for (int i = 0; i < SEATS; i++)
		pthread_mutex_init(&forks[i], 0);
	run_threads(SEATS, dines);
	for (int i = 0; i < SEATS; i++)
		eq(meals[i], MEALS, "philosopher %d has eaten", i);
	eq(shared, 0, "no fork was in two hands");
	return tap_done();
}
