/* t_pthread_detached - threads that nobody joins: their stacks come back by themselves. */
#include "threads.h"

#include <sys/mman.h>
#include <sys/resource.h>

#define STACK (1 << 20)
#define SPACE (64l << 20) /* room for far fewer stacks than threads */
#define ONE_BY_ONE 300
#define AT_ONCE 40

static int ran, gates[4];

static void *runs(void *unused)
{
	char here[PAGE];

	memset(here, 1, sizeof here);
	__asm__ volatile("" : : "r"(here) : "memory");
	add(&ran, 1);
	return unused;
}

static void *stays(void *gate)
{
	add(&ran, 1);
	await_set(gate);
	return 0;
}

/* Stacks of those that have just ended may not be back yet: then it waits, 20 s at the most. */
static int try_start(void *(*body)(void *), void *argument)
{
	pthread_attr_t a;
	pthread_t t;

	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, STACK);
	pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
	for (int i = 0; i < 20000; i++) {
		if (pthread_create(&t, &a, body, argument) == 0)
			return 1;
		sleep_ms(1);
	}
	return 0;
}

static void in_little_space(void *unused)
{
	struct rlimit l = {SPACE, SPACE};
	int made = 0;

	(void)unused;
	if (setrlimit(RLIMIT_AS, &l))
		_exit(2);
	for (int i = 0; i < ONE_BY_ONE; i++)
		made += try_start(runs, 0);
	if (made != ONE_BY_ONE || !becomes(&ran, ONE_BY_ONE))
		_exit(3);
	for (int round = 0; round < 3; round++) {
		ran = 0;
		for (int i = 0; i < AT_ONCE; i++)
			if (!try_start(stays, &gates[round]))
				_exit(4);
		if (!becomes(&ran, AT_ONCE))
			_exit(5);
		set(&gates[round]);
	}
	_exit(6);
}

static void too_many(void *unused)
{
	struct rlimit l = {SPACE, SPACE};
	pthread_attr_t a;
	pthread_t t;
	int error = 0;

	(void)unused;
	setrlimit(RLIMIT_AS, &l);
	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, STACK);
	for (int i = 0; i < 100 && !error; i++)
		error = pthread_create(&t, &a, stays, &gates[3]);
	_exit(error == EAGAIN ? 7 : 8);
}

int main(void)
{
	pthread_attr_t a;
	int state;

	eq(status_of(in_little_space, 0), EXITED(6), "hundreds of stacks where there is room for some 60");
	eq(status_of(too_many, 0), EXITED(7), "EAGAIN if they do not end");
	pthread_attr_init(&a);
	pthread_attr_getdetachstate(&a, &state);
	eq(state, PTHREAD_CREATE_JOINABLE, "by default somebody has to join");
	eq(pthread_attr_setdetachstate(&a, 77), EINVAL, "there is no third state");
	for (int i = 0; i < 50; i++)
		pthread_detach(start(runs, 0));
	ok(becomes(&ran, 50), "pthread_detach of those that run");
	return tap_done();
}
