/* t_pthread_future - futures: a value that a thread works out, which others wait for; one thread for each number. */
#include "threads.h"

#define N 24
#define READERS 3

static struct future {
	pthread_mutex_t mutex;
	pthread_cond_t ready;
	int is_ready;
	long value;
} futures[N];

static int worked;

static void fulfil(struct future *f, long value)
{
	pthread_mutex_lock(&f->mutex);
	f->value = value;
	f->is_ready = 1;
	pthread_cond_broadcast(&f->ready);
	pthread_mutex_unlock(&f->mutex);
}

static long get(struct future *f)
{
	long value;

	pthread_mutex_lock(&f->mutex);
	while (!f->is_ready)
		pthread_cond_wait(&f->ready, &f->mutex);
	value = f->value;
	pthread_mutex_unlock(&f->mutex);
	return value;
}

/* Fibonacci's numbers: each waits for the two before it, in whatever order the threads come. */
static void *works_out(void *number)
{
	struct future *f = number;
	int n = (int)(f - futures);

	add(&worked, 1);
	fulfil(f, n < 2 ? n : get(f - 1) + get(f - 2));
	return 0;
}

static void *reads(void *unused)
{
	(void)unused;
	return (void *)get(&futures[N - 1]);
}

int main(void)
{
	pthread_t t[N], readers[READERS];
	int same = 1;

	for (int i = 0; i < N; i++) {
		pthread_mutex_init(&futures[i].mutex, 0);
		pthread_cond_init(&futures[i].ready, 0);
	}
	for (int i = 0; i < READERS; i++)
		readers[i] = start(reads, 0);
	for (int i = N - 1; i >= 0; i--) /* the last first: all but two have to wait */
		t[i] = start(works_out, &futures[i]);
	for (int i = 0; i < READERS; i++)
		same &= (long)join(readers[i]) == 28657;
	ok(same, "all who ask get the same value");
	for (int i = 0; i < N; i++)
		join(t[i]);
	eq(futures[10].value, 55, "the tenth number");
	eq(get(&futures[23]), 28657, "the twenty-third, asked again");
	eq(worked, N, "each was worked out once");
	return tap_done();
}
