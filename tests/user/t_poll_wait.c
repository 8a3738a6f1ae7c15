/* t_poll_wait - poll and ppoll sleep until somebody writes, reads, closes, or the time has passed. */
#include <poll.h>
#include "mq.h"
#include "tap.h"

/* Waits long enough that the parent sleeps, then does it. */
static int later(void (*what)(int), int fd)
{
	int pid = fork();

	if (pid == 0) {
		sleep_ms(30);
		what(fd);
		_exit(0);
	}
	return pid;
}

static void write_byte(int fd)
{
	pass(fd);
}

static void read_page(int fd)
{
	static char page[PAGE];

	for (int n = 0; n < PAGE;)
		n += read(fd, page, PAGE - n);
}

static void nothing(int fd)
{
	(void)fd;
}

/* revents of one descriptor once poll returns; -1 where that was not because something woke it. */
static int wait_one(int fd, int events)
{
	struct pollfd p = {fd, events, 0};
	long start = now_us();

	return sc(SYS_poll, &p, 1, 20000) == 1 && now_us() - start < 20000000 ? p.revents : -1;
}

static void pipes(void)
{
	static char page[PAGE];
	int fd[2], pid;
	char c;

	pipe(fd);
	pid = later(write_byte, fd[1]);
	eq(wait_one(fd[0], POLLIN), POLLIN, "woken by a write");
	eq(wait_for(pid), 0, "... of a child");
	read(fd[0], &c, 1);
	for (int i = 0; i < 16; i++)
		write(fd[1], page, PAGE);
	pid = later(read_page, fd[0]);
	eq(wait_one(fd[1], POLLOUT), POLLOUT, "woken by a read that empties a page");
	eq(wait_for(pid), 0, "... of a child");
	pid = later(nothing, 0);
	close(fd[0]);
	eq(wait_one(fd[1], 0), POLLERR, "woken because the last reader is gone");
	eq(wait_for(pid), 0, "... with a child");
	close(fd[1]);
	pipe(fd);
	pid = later(nothing, 0);
	close(fd[1]);
	eq(wait_one(fd[0], POLLIN), POLLHUP, "woken because the last writer is gone");
	eq(wait_for(pid), 0, "... with a child");
	close(fd[0]);
}

static void any_of_several(void)
{
	struct pollfd p[3];
	int fd[3][2];

	for (int i = 0; i < 3; i++) {
		pipe(fd[i]);
		p[i] = (struct pollfd){fd[i][0], POLLIN, 0};
	}
	for (int i = 0; i < 3; i++) {
		int pid = later(write_byte, fd[i][1]);
		char c;

		eq(sc(SYS_poll, p, 3, 20000), 1, "one of three, the %dth", i);
		for (int j = 0; j < 3; j++)
			eq(p[j].revents, j == i ? POLLIN : 0, "... the %dth says so", j);
		read(fd[i][0], &c, 1);
		wait_for(pid);
	}
	for (int i = 0; i < 3; i++) {
		close(fd[i][0]);
		close(fd[i][1]);
	}
}

/* A watcher takes no wake-up away from a reader: both are served by one write. */
static void watcher_and_reader(void)
{
	int fd[2], reader, watcher;

	pipe(fd);
	watcher = fork();
	if (watcher == 0)
		_exit(wait_one(fd[0], POLLIN) != POLLIN);
	sleep_ms(20);
	reader = fork();
	if (reader == 0)
		_exit(!await(fd[0]));
	sleep_ms(20);
	pass(fd[1]);
	eq(wait_for(reader), 0, "the reader gets its byte");
	pass(fd[1]);
	eq(wait_for(watcher), 0, "the watcher is woken");
	close(fd[0]);
	close(fd[1]);
}

static void queues(void)
{
	struct pollfd p;
	int q, pid;
	char m[8];

	q = q_open(mq_unique("poll"), O_RDWR | O_CREAT | O_EXCL, 1, 8);
	ok(q >= 0, "a queue of one message");
	p = (struct pollfd){q, POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM, 0};
	eq(sc(SYS_poll, &p, 1, 0), 1, "empty: something to tell");
	eq(p.revents, POLLOUT | POLLWRNORM, "... it can be sent to");
	pid = fork();
	if (pid == 0) {
		sleep_ms(30);
		_exit(sc(SYS_mq_timedsend, q, "one", 3, 0, 0) != 0);
	}
	eq(wait_one(q, POLLIN), POLLIN, "woken by a message");
	eq(wait_for(pid), 0, "... of a child");
	eq(sc(SYS_poll, &p, 1, 0) == 1 && p.revents == (POLLIN | POLLRDNORM), 1, "full: to receive only");
	pid = fork();
	if (pid == 0) {
		sleep_ms(30);
		_exit(sc(SYS_mq_timedreceive, q, m, 8, 0, 0) != 3);
	}
	eq(wait_one(q, POLLOUT), POLLOUT, "woken by room");
	eq(wait_for(pid), 0, "... of a child");
	sc(SYS_mq_unlink, mq_name);
	close(q);
}

static void times(void)
{
	struct timespec t = {0, 30000000}, zero = {0, 0}, bad = {0, 1000000000}, before = {-1, 0};
	struct pollfd p = {-1, POLLIN, 0};
	long start = now_us();
	int fd[2];

	eq(sc(SYS_poll, &p, 1, 30), 0, "nobody to wait for: the time passes");
	ok(now_us() - start >= 30000, "... all of it");
	pipe(fd);
	p.fd = fd[0];
	start = now_us();
	eq(sc(SYS_poll, &p, 1, 30), 0, "an empty pipe: the time passes");
	ok(now_us() - start >= 30000, "... all of it");
	start = now_us();
	eq(sc(SYS_ppoll, &p, 1, &t, 0, 0), 0, "ppoll: the time passes");
	ok(now_us() - start >= 30000, "... all of it");
	ok(t.tv_sec == 0 && t.tv_nsec == 0, "... and nothing is left");
	eq(sc(SYS_ppoll, &p, 1, &zero, 0, 0), 0, "no time at all");
	pass(fd[1]);
	t = (struct timespec){1000, 5};
	eq(sc(SYS_ppoll, &p, 1, &t, 0, 0), 1, "a byte is there");
	ok(t.tv_sec >= 990 && t.tv_sec < 1000 && t.tv_nsec > 0, "what is left of the time is told");
	eq(sc(SYS_ppoll, &p, 1, 0, 0, 0), 1, "for ever");
	eq(sc(SYS_ppoll, &p, 1, &bad, 0, 0), -EINVAL, "too many nanoseconds");
	eq(sc(SYS_ppoll, &p, 1, &before, 0, 0), -EINVAL, "a negative time");
	eq(sc(SYS_ppoll, &p, 1, BAD_POINTER, 0, 0), -EFAULT, "a bad time");
	eq(sc(SYS_ppoll, BAD_POINTER, 1, &bad, 0, 0), -EINVAL, "the time is looked at first");
	close(fd[0]);
	close(fd[1]);
}

static void masks(void)
{
	uint64_t set = 1ull << (SIGTERM - 1), now = 0, none = 0, all = ~0ull;
	struct timespec zero = {0, 0};

	eq(sc(SYS_ppoll, 0, 0, &zero, &set, 7), -EINVAL, "the set's size is 8");
	eq(sc(SYS_ppoll, 0, 0, &zero, 0, 7), 0, "... if there is one");
	eq(sc(SYS_ppoll, 0, 0, &zero, BAD_POINTER, 8), -EFAULT, "a bad set");
	eq(sc(SYS_ppoll, 0, 0, BAD_POINTER, BAD_POINTER, 7), -EFAULT, "the time is looked at before the set");
	eq(sc(SYS_ppoll, BAD_POINTER, 1, &zero, &set, 7), -EINVAL, "... and the set before the list");
	sc(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
	eq(sc(SYS_ppoll, 0, 0, &zero, &all, 8), 0, "everything is blocked meanwhile");
	sc(SYS_rt_sigprocmask, SIG_BLOCK, 0, &now, 8);
	eq(now, 0, "... and not afterwards");
}

/* SIGTERM is pending and blocked; ppoll lets it in. */
static void let_in(void *unused)
{
	uint64_t term = 1ull << (SIGTERM - 1), none = 0;
	struct timespec long_time = {20, 0};

	(void)unused;
	sc(SYS_rt_sigprocmask, SIG_BLOCK, &term, 0, 8);
	raise(SIGTERM);
	sc(SYS_poll, 0, 0, 10); /* still blocked */
	sc(SYS_ppoll, 0, 0, &long_time, &none, 8);
}

static void killed_in_poll(void *unused)
{
	struct pollfd p;
	int fd[2];

	(void)unused;
	pipe(fd);
	p = (struct pollfd){fd[0], POLLIN, 0};
	if (fork() == 0) {
		sleep_ms(30);
		_exit(kill(getppid(), SIGTERM) != 0);
	}
	sc(SYS_poll, &p, 1, -1);
}

static int polls(long ms)
{
	return sc(SYS_poll, 0, 0, ms) != 0;
}

/* A stop and a SIGCONT do not end a poll, nor lengthen it. */
static void stopped(void)
{
	int stop, status = stopped_meanwhile(polls, &stop);

	eq(stop, STOPPED(SIGSTOP), "stopped in poll");
	eq(status, 0, "goes on, and the time passes");
}

int main(void)
{
	pipes();
	any_of_several();
	watcher_and_reader();
	queues();
	times();
	masks();
	eq(status_of(let_in, 0), KILLED(SIGTERM), "ppoll lets a blocked signal in");
	eq(status_of(killed_in_poll, 0), KILLED(SIGTERM), "a signal ends a poll");
	stopped();
	return tap_done();
}
