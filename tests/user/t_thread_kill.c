/* t_thread_kill - the end of a process whose threads are in every call that sleeps, in every way that ends it. */
#include "threads.h"

#include <mqueue.h>
#include <poll.h>
#include <sys/mman.h>

static int word, fd[2], full[2];

static void *in_futex(void *unused)
{
	for (;;)
		futex_wait(&word, 0);
	return unused;
}

static void *in_futex_timed(void *unused)
{
	struct timespec t = {1000, 0};

	sc(SYS_futex, &word, 0, 0, &t);
	return unused;
}

static void *in_read(void *unused)
{
	char byte;

	read(fd[0], &byte, 1);
	return unused;
}

static void *in_write(void *unused)
{
	static char block[1 << 17];

	write(full[1], block, sizeof block);
	return unused;
}

static void *in_nanosleep(void *unused)
{
	sleep_ms(1000000);
	return unused;
}

static void *in_wait(void *unused)
{
	if (fork() == 0) {
		char byte;

		close(fd[1]);
		read(fd[0], &byte, 1); /* until the parent's end is gone */
		_exit(0);
	}
	wait(0);
	return unused;
}

static void *in_vfork(void *unused)
{
	int pid = vfork();

	if (pid == 0) {
		char byte;

		sc(SYS_close, fd[1]);
		sc(SYS_read, fd[0], &byte, 1);
		_exit(0);
	}
	return unused;
}

static void *in_poll(void *unused)
{
	struct pollfd p = {fd[0], POLLIN, 0};

	poll(&p, 1, -1);
	return unused;
}

static void *in_mq_receive(void *unused)
{
	static char message[8192];
	char name[32];
	mqd_t q;

	snprintf(name, sizeof name, "/kill%d", getpid());
	q = mq_open(name, O_CREAT | O_RDWR, 0600, 0);
	mq_unlink(name);
	mq_receive(q, message, sizeof message, 0);
	return unused;
}

static void *in_user_mode(void *unused)
{
	for (;;)
		__asm__ volatile("");
	return unused;
}

static void *in_faults(void *unused)
{
	for (;;) {
		char *p = mmap(0, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		for (int i = 0; i < 64; i++)
			p[i * PAGE] = 1;
		munmap(p, 64 * PAGE);
	}
	return unused;
}

static void *in_calls(void *unused)
{
	for (;;)
		sc(SYS_getppid);
	return unused;
}

static void *idle(void *unused)
{
	return unused;
}

static void *in_clone(void *unused)
{
	pthread_t t;

	for (;;)
		if (!pthread_create(&t, 0, idle, 0))
			pthread_join(t, 0);
	return unused;
}

static void *in_fork(void *unused)
{
	for (;;) {
		int pid = fork();

		if (pid == 0)
			_exit(0);
		wait_for(pid);
	}
	return unused;
}

static const struct {
	const char *name;
	void *(*body)(void *);
} places[] = {
	{"futex", in_futex}, {"a timed futex", in_futex_timed}, {"read", in_read}, {"write", in_write},
	{"nanosleep", in_nanosleep}, {"wait4", in_wait}, {"vfork", in_vfork}, {"poll", in_poll},
	{"mq_receive", in_mq_receive}, {"ring 3", in_user_mode}, {"page faults", in_faults}, {"system calls", in_calls},
	{"clone", in_clone}, {"fork", in_fork},
};

static void *ends(void *how)
{
	sleep_ms(15);
	if ((long)how == 1)
		_exit(61);
	if ((long)how == 2)
		exec_self("same", "x");
	if ((long)how == 3)
		raise(SIGSEGV);
	return 0;
}

/* 0: the parent kills; 1: exit_group; 2: exec; 3: a deadly signal to one thread. */
static int ended(int where, long how)
{
	pthread_t t;
	int pid;

	if (pipe(fd) || pipe(full))
		return -2;
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 2; i++)
			pthread_create(&t, 0, places[where].body, 0);
		if (how)
			pthread_create(&t, 0, ends, (void *)how);
		places[where].body(0);
		_exit(62);
	}
	sleep_ms(15);
	if (!how)
		kill(pid, SIGKILL);
	pid = wait_for(pid);
	for (int i = 0; i < 2; i++) {
		close(fd[i]);
		close(full[i]);
	}
	return pid;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "same"))
		_exit(63);
	for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
		eq(ended(i, 0), KILLED(SIGKILL), "SIGKILL, threads in %s", places[i].name);
		eq(ended(i, 1), EXITED(61), "exit_group, threads in %s", places[i].name);
		eq(ended(i, 2), EXITED(63), "exec, threads in %s", places[i].name);
		eq(ended(i, 3), KILLED(SIGSEGV), "a deadly signal, threads in %s", places[i].name);
	}
	return tap_done();
}
