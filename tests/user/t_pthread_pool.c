/* t_pthread_pool - a pool of threads takes tasks from a queue; shut down, it does what it has and takes nothing new. */
#include "threads.h"

#define WORKERS 4
#define TASKS 300

struct task {
	struct task *next;
	int (*function)(int);
	int argument, result;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER, idle = PTHREAD_COND_INITIALIZER;
static struct task *first, **last = &first, tasks[TASKS];
static int unfinished, closed;

static int submit(struct task *t)
{
	int taken;

	pthread_mutex_lock(&mutex);
	taken = !closed;
	if (taken) {
		t->next = 0;
		*last = t;
		last = &t->next;
		unfinished++;
		pthread_cond_signal(&work);
	}
	pthread_mutex_unlock(&mutex);
	return taken;
}

static void *serves(void *done)
{
	pthread_mutex_lock(&mutex);
	for (;;) {
		struct task *t;

		while (!first && !closed)
			pthread_cond_wait(&work, &mutex);
		if (!first)
			break;
		t = first;
		first = t->next;
		if (!first)
			last = &first;
		pthread_mutex_unlock(&mutex);
		t->result = t->function(t->argument);
		pthread_mutex_lock(&mutex);
		(*(int *)done)++;
		if (--unfinished == 0)
			pthread_cond_broadcast(&idle);
	}
	pthread_mutex_unlock(&mutex);
	return 0;
}

static void await_idle(void)
{
	pthread_mutex_lock(&mutex);
	while (unfinished)
		pthread_cond_wait(&idle, &mutex);
	pthread_mutex_unlock(&mutex);
}

static int squares(int n)
{
	return n * n;
}

int main(void)
{
	static int done[WORKERS];
	pthread_t t[WORKERS];
	int right = 1, sum = 0;

	for (int i = 0; i < WORKERS; i++)
		t[i] = start(serves, &done[i]);
	for (int round = 0; round < 3; round++) {
		for (int i = round * TASKS / 3; i < (round + 1) * TASKS / 3; i++) {
			tasks[i] = (struct task){0, squares, i, -1};
			submit(&tasks[i]);
		}
		if (round < 2)
			await_idle();
	}
	pthread_mutex_lock(&mutex);
	closed = 1;
	pthread_cond_broadcast(&work);
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < WORKERS; i++) {
		join(t[i]);
		sum += done[i];
	}
	for (int i = 0; i < TASKS; i++)
		right &= tasks[i].result == i * i;
	ok(right, "each task has its result");
	eq(sum, TASKS, "and was done once");
	eq(submit(&tasks[0]), 0, "nothing new is taken");
	return tap_done();
}
