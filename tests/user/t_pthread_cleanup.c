/* t_pthread_cleanup - clean-up handlers: the last first, in what waits; what a cancelled wait leaves as it was. */
#include "threads.h"

#include <semaphore.h>

static char log_of[32];
static int at, go, reached;
static sem_t sem;
static pthread_t victim;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

static void note(void *text)
{
	log_of[at++] = *(char *)text;
}

static void unlock(void *unused)
{
	(void)unused;
	note("u");
	pthread_mutex_unlock(&mutex);
}

static int said(const char *text)
{
	int same = strcmp(log_of, text) == 0;

	memset(log_of, 0, sizeof log_of);
	at = 0;
	return same;
}

static void in_the_middle(int how)
{
	pthread_cleanup_push(note, "3");
	if (how == 0)
		pthread_exit((void *)7);
	pthread_cleanup_pop(how == 1);
}

static void *nests(void *how)
{
	pthread_cleanup_push(note, "1");
	pthread_cleanup_push(note, "2");
	in_the_middle((int)(long)how);
	pthread_cleanup_pop(1);
	pthread_cleanup_pop(0);
	return 0;
}

static void *waits_on_cond(void *unused)
{
	pthread_mutex_lock(&mutex);
	pthread_cleanup_push(unlock, 0);
	set(&reached);
	for (;;)
		pthread_cond_wait(&cond, &mutex);
	pthread_cleanup_pop(1);
	return unused;
}

static void *waits_on_sem(void *unused)
{
	pthread_cleanup_push(note, "s");
	set(&reached);
	sem_wait(&sem);
	pthread_cleanup_pop(1);
	return unused;
}

static void *joins(void *unused)
{
	pthread_cleanup_push(note, "j");
	set(&reached);
	pthread_join(victim, 0);
	pthread_cleanup_pop(1);
	return unused;
}

static void *waits(void *unused)
{
	await_set(&go);
	return unused ? unused : &go;
}

/* Takes no notice before it asks for it. */
static void *computes(void *unused)
{
	pthread_cleanup_push(note, "t");
	set(&reached);
	await_set(&go);
	note("n");
	pthread_testcancel();
	note("?");
	pthread_cleanup_pop(1);
	return unused;
}

static pthread_t cancelled(void *(*body)(void *))
{
	pthread_t t;

	reached = 0;
	t = start(body, 0);
	await_set(&reached);
	pthread_cancel(t);
	return t;
}

int main(void)
{
	pthread_t t;
	int value;

	eq((long)join(start(nests, 0)), 7, "pthread_exit in a function below");
	ok(said("321"), "calls all three, the last first");
	join(start(nests, (void *)1));
	ok(said("32"), "pop calls one if it is asked to");
	join(start(nests, (void *)2));
	ok(said("2"), "and not if not");

	ok(join(cancelled(waits_on_cond)) == PTHREAD_CANCELED, "cancelled in pthread_cond_wait");
	ok(said("u"), "its handler gives the mutex back");
	eq(pthread_mutex_trylock(&mutex), 0, "so others can have it");
	sem_init(&sem, 0, 0);
	ok(join(cancelled(waits_on_sem)) == PTHREAD_CANCELED && said("s"), "in sem_wait");
	sem_post(&sem);
	sem_getvalue(&sem, &value);
	eq(value, 1, "which takes nothing");
	victim = start(waits, 0);
	ok(join(cancelled(joins)) == PTHREAD_CANCELED && said("j"), "in pthread_join");
	t = cancelled(computes);
	set(&go);
	ok(join(t) == PTHREAD_CANCELED && said("nt"), "one that asks, where it asks");
	ok(join(victim) == &go, "a thread whose joiner was cancelled can still be joined");
	return tap_done();
}
