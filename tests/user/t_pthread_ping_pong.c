/* t_pthread_ping_pong - two threads take turns in four ways: condition variable, semaphores, pipes, mutex alone. */
#include "threads.h"

#include <semaphore.h>

#define TURNS 200

static struct way {
	const char *name;
	void (*await_turn)(int me), (*give_turn)(int other);
} *way;

static char record[2 * TURNS + 1];
static int n, turn, pipes[2][2];
static sem_t sems[2];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void cond_await(int me)
{
	pthread_mutex_lock(&mutex);
	while (turn != me)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
}

static void cond_give(int other)
{
	pthread_mutex_lock(&mutex);
	turn = other;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&mutex);
}

static void sem_await(int me)
{
	sem_wait(&sems[me]);
}

static void sem_give(int other)
{
	sem_post(&sems[other]);
}

static void pipe_await(int me)
{
	await(pipes[me][0]);
}

static void pipe_give(int other)
{
	pass(pipes[other][1]);
}

/* Looks again and again: a mutex keeps others out, it does not tell when there is something new. */
static void poll_await(int me)
{
	for (;;) {
		int mine;

		pthread_mutex_lock(&mutex);
		mine = turn == me;
		pthread_mutex_unlock(&mutex);
		if (mine)
			return;
		sched_yield();
	}
}

static void poll_give(int other)
{
	pthread_mutex_lock(&mutex);
	turn = other;
	pthread_mutex_unlock(&mutex);
}

static void *plays(void *argument)
{
	int me = (int)(long)argument;

	for (int i = 0; i < TURNS; i++) {
		way->await_turn(me);
		record[n++] = me ? 'o' : 'i';
		way->give_turn(!me);
	}
	return 0;
}

int main(void)
{
	struct way ways[] = {{"a condition variable", cond_await, cond_give}, {"semaphores", sem_await, sem_give},
			     {"pipes", pipe_await, pipe_give}, {"a mutex, and looking", poll_await, poll_give}};

	sem_init(&sems[0], 0, 1);
	sem_init(&sems[1], 0, 0);
	if (pipe(pipes[0]) || pipe(pipes[1]))
		return 9;
	pass(pipes[0][1]);
	for (int i = 0; i < 4; i++) {
		int alternate = 1;

		way = &ways[i];
		n = turn = 0;
		run_threads(2, plays);
		for (int j = 0; j < 2 * TURNS; j++)
			alternate &= record[j] == "io"[j % 2];
		ok(alternate && n == 2 * TURNS, "ping and pong by %s", way->name);
	}
	return tap_done();
}
