/* t_pthread_atfork - what is called around fork, in which order, and that the child has one thread, and sane locks. */
#include "threads.h"

static char calls[16];
static int word;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void note(char what)
{
	calls[strlen(calls)] = what;
}

static void prepare_first(void)
{
	note('a');
}

static void parent_first(void)
{
	note('b');
}

static void child_first(void)
{
	note('c');
}

static void prepare_second(void)
{
	note('A');
	pthread_mutex_lock(&mutex); /* now no thread has it half changed, and the child gets it whole */
}

static void parent_second(void)
{
	pthread_mutex_unlock(&mutex);
	note('B');
}

static void child_second(void)
{
	pthread_mutex_unlock(&mutex);
	note('C');
}

static void *locks_and_unlocks(void *unused)
{
	while (!read_word(&word)) {
		pthread_mutex_lock(&mutex);
		sched_yield();
		pthread_mutex_unlock(&mutex);
	}
	return unused;
}

static void *ends(void *argument)
{
	return argument;
}

/* In the child: the caller is the only thread, has the process's number, and may make threads of its own. */
static int is_whole(void)
{
	int alone = sc(SYS_gettid) == sc(SYS_getpid);

	if (pthread_mutex_lock(&mutex) || pthread_mutex_unlock(&mutex))
		return 0;
	return alone && strcmp(calls, "AacC") == 0 && join(start(ends, &word)) == &word;
}

static void *forks(void *own)
{
	static __thread int local;
	int pid;

	memset(calls, 0, sizeof calls);
	local = 17;
	pid = fork();
	if (pid == 0)
		_exit(is_whole() && local == 17 && pthread_equal(pthread_self(), *(pthread_t *)own) ? 5 : 6);
	return (void *)(long)wait_for(pid);
}

int main(void)
{
	pthread_t t[3], self = pthread_self();
	int good = 0;

	eq(pthread_atfork(prepare_first, parent_first, child_first), 0, "the first three");
	eq(pthread_atfork(prepare_second, parent_second, child_second), 0, "the second three");
	eq(pthread_atfork(0, 0, 0), 0, "three that do nothing");
	eq((long)forks(&self), EXITED(5), "child: AacC");
	ok(strcmp(calls, "AabB") == 0, "parent: AabB");
	for (int i = 0; i < 2; i++)
		t[i] = start(locks_and_unlocks, 0);
	for (int i = 0; i < 20; i++) {
		pthread_mutex_lock(&mutex); /* so that t[2] is written before the thread looks */
		t[2] = start(forks, &t[2]);
		pthread_mutex_unlock(&mutex);
		good += (long)join(t[2]) == EXITED(5);
	}
	set(&word);
	join(t[0]);
	join(t[1]);
	eq(good, 20, "a thread that forks while others take and release: in the child the lock is free");
	return tap_done();
}
