/* t_pthread_smokers - the cigarette smokers: two of three things lie on the table, and the right one takes them. */
#include "threads.h"

#define ROUNDS 200

enum { TOBACCO = 1, PAPER = 2, MATCHES = 4, ALL = 7 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int table, closed, smoked[3], wrong;

/* Has one of the things without end, and waits for the other two. A smoker who took one by one could block all. */
static void *smokes(void *argument)
{
	int me = (int)(long)argument, own = 1 << me;

	pthread_mutex_lock(&mutex);
	for (;;) {
		while (table != (ALL & ~own) && !closed)
			pthread_cond_wait(&changed, &mutex);
		if (closed)
			break;
		table = 0;
		smoked[me]++;
		pthread_cond_broadcast(&changed);
	}
	pthread_mutex_unlock(&mutex);
	return 0;
}

static void *is_agent(void *unused)
{
	unsigned seed = 7;

	pthread_mutex_lock(&mutex);
	for (int i = 0; i < ROUNDS; i++) {
		int missing, before;

		seed = seed * 1103515245 + 12345;
		missing = (int)(seed >> 16) % 3;
		before = smoked[missing];
		table = ALL & ~(1 << missing);
		pthread_cond_broadcast(&changed);
		while (table)
			pthread_cond_wait(&changed, &mutex);
		wrong += smoked[missing] != before + 1;
	}
	closed = 1;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
	return unused;
}

int main(void)
{
	pthread_t agent = start(is_agent, 0);

	run_threads(3, smokes);
	join(agent);
	eq(wrong, 0, "each time it is the one who has the third thing");
	eq(smoked[0] + smoked[1] + smoked[2], ROUNDS, "and no round is left out");
	ok(smoked[0] && smoked[1] && smoked[2], "all three have smoked");
	return tap_done();
}
