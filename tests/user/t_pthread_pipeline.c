/* t_pthread_pipeline - four stages work at the same time, each on another item; between two there is one place. */
#include "threads.h"

#define STAGES 4
#define ITEMS 300
#define END (-1)

static struct place {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	int full, item;
} places[STAGES + 1];

static void put(struct place *p, int item)
{
	pthread_mutex_lock(&p->mutex);
	while (p->full)
		pthread_cond_wait(&p->changed, &p->mutex);
	p->item = item;
	p->full = 1;
	pthread_cond_signal(&p->changed);
	pthread_mutex_unlock(&p->mutex);
}

static int take(struct place *p)
{
	int item;

	pthread_mutex_lock(&p->mutex);
	while (!p->full)
		pthread_cond_wait(&p->changed, &p->mutex);
	item = p->item;
	p->full = 0;
	pthread_cond_signal(&p->changed);
	pthread_mutex_unlock(&p->mutex);
	return item;
}

static int work(int stage, int item)
{
	switch (stage) {
	case 0: return item + 1;
	case 1: return item * 3;
	case 2: return item ^ 5;
	default: return item - 2;
	}
}

static void *is_stage(void *me)
{
	int stage = (int)(long)me, item;

	while ((item = take(&places[stage])) != END)
		put(&places[stage + 1], work(stage, item));
	put(&places[stage + 1], END);
	return 0;
}

static void *feeds(void *unused)
{
	for (int i = 0; i < ITEMS; i++)
		put(&places[0], i);
	put(&places[0], END);
	return unused;
}

int main(void)
{
	pthread_t t[STAGES], feeder;
	int right = 1, n = 0, item;

	for (int i = 0; i <= STAGES; i++) {
		pthread_mutex_init(&places[i].mutex, 0);
		pthread_cond_init(&places[i].changed, 0);
	}
	for (long i = 0; i < STAGES; i++)
		t[i] = start(is_stage, (void *)i);
	feeder = start(feeds, 0);
	for (; (item = take(&places[STAGES])) != END; n++)
		right &= item == ((n + 1) * 3 ^ 5) - 2;
	eq(n, ITEMS, "all items come out");
	ok(right, "in order, worked on by each stage once");
	join(feeder);
	for (int i = 0; i < STAGES; i++)
		join(t[i]);
	ok(1, "the end goes through all stages, and they end");
	return tap_done();
}
