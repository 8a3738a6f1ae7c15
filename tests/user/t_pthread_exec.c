/* t_pthread_exec - a thread that is not the first calls exec: the others are gone, and it has the process's number. */
#include "threads.h"

static __thread int local = 1;
static int word;

static void *waits(void *unused)
{
	await_set(&word);
	return unused;
}

static void *computes(void *unused)
{
	while (!read_word(&word))
		;
	return unused;
}

static void *runs(void *argument)
{
	return argument;
}

/* In the new program: as if there had never been a thread. argument is the old process's number. */
static int is_new(const char *argument)
{
	int fresh = local == 1 && word == 0;

	if (getpid() != atoi(argument) || sc(SYS_gettid) != getpid())
		return 10;
	if (!fresh)
		return 11;
	if (getenv("TAP") == 0)
		return 12;
	return join(start(runs, &word)) == &word ? 20 : 13;
}

static void *executes(void *number)
{
	exec_self("new", number);
	_exit(14);
}

static void *executes_nothing(void *unused)
{
	char *none[] = {0};

	(void)unused;
	return (void *)sc(SYS_execve, "/no/such/program", none, none);
}

/* The main thread waits in pthread_join for a thread that never comes back. */
static void with_others(void *unused)
{
	char number[16];

	(void)unused;
	local = 2;
	for (int i = 0; i < 4; i++)
		start(i % 2 ? waits : computes, 0);
	snprintf(number, sizeof number, "%d", getpid());
	join(start(executes, number));
	_exit(15);
}

static void *takes(void *unused)
{
	add(&word, 1);
	return unused;
}

static void failing(void *unused)
{
	pthread_t t = start(waits, 0);

	(void)unused;
	if ((long)join(start(executes_nothing, 0)) != -ENOENT)
		_exit(16);
	join(start(takes, 0));
	futex_wake(&word, 1);
	join(t);
	_exit(21);
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "new") == 0)
		return is_new(argv[2]);
	eq(status_of(with_others, 0), EXITED(20), "exec in a thread, while others sleep, compute and join");
	eq(status_of(failing, 0), EXITED(21), "an exec that fails leaves all threads as they are");
	return tap_done();
}
