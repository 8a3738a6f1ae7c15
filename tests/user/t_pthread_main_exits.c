/* t_pthread_main_exits - the main thread ends first: the others go on, and the process ends with the last of them. */
#include "threads.h"

static int word;
static pthread_t main_thread;
static pthread_key_t key;

static void says(const char *what)
{
	if (write(1, what, strlen(what)) < 0)
		_exit(90);
}

static void at_exit(void)
{
	says("e");
}

static void destroy(void *what)
{
	says(what);
}

/* Joins the main thread: it has ended for certain, and after that others still work. */
static void *outlives(void *unused)
{
	long result = (long)join(main_thread);

	says(result == 42 ? "j" : "?");
	return unused;
}

static void *outlives_and_exits(void *unused)
{
	outlives(unused);
	exit(33);
}

static void main_ends(void *(*body)(void *))
{
	atexit(at_exit);
	pthread_key_create(&key, destroy);
	main_thread = pthread_self();
	pthread_setspecific(key, "d");
	pthread_cleanup_push(destroy, "c");
	start(body, 0);
	pthread_exit((void *)42);
	pthread_cleanup_pop(0);
}

static void *waits_for_ever(void *unused)
{
	await_set(&word);
	return unused;
}

static void *sleeps_and_returns(void *unused)
{
	sleep_ms(20);
	return unused;
}

/* All but the last are detached; nobody calls exit(). */
static void many_go_on(void)
{
	for (int i = 0; i < 10; i++)
		pthread_detach(start(sleeps_and_returns, 0));
	main_ends(outlives);
}

static void one_returns(void)
{
	main_ends(outlives);
}

static void one_exits(void)
{
	main_ends(outlives_and_exits);
}

static void main_exits(void)
{
	start(waits_for_ever, 0);
	exit(34);
}

static const struct {
	void (*body)(void);
	int status;
	const char *said, *name;
} cases[] = {
	{one_returns, EXITED(0), "cdje", "the last thread returns: status 0, and exit handlers run"},
	{one_exits, EXITED(33), "cdje", "the last thread calls exit(): that status"},
	{many_go_on, EXITED(0), "cdje", "many go on"},
	{main_exits, EXITED(34), "", "exit() of the main thread does not wait for others"},
};

/* A program of its own: a copy by fork would not do, in whose libc the main thread is not quite the first. */
static void run_case(void *number)
{
	exec_self("case", number);
}

static void check(int i)
{
	char text[16] = "", number[2] = {(char)('0' + i)};
	int fd[2], n = 0, got, own = dup(1), status;

	if (pipe(fd) || dup2(fd[1], 1) != 1)
		_exit(91);
	close(fd[1]);
	status = status_of(run_case, number);
	dup2(own, 1);
	close(own);
	while (n < 15 && (got = (int)read(fd[0], text + n, 15 - n)) > 0)
		n += got;
	close(fd[0]);
	eq(status, cases[i].status, "%s", cases[i].name);
	ok(strcmp(text, cases[i].said) == 0, "it said '%s'", cases[i].said);
}

int main(int argc, char **argv)
{
	if (argc > 2)
		cases[atoi(argv[2])].body();
	for (int i = 0; i < 4; i++)
		check(i);
	return tap_done();
}
