/* t_poll - what poll finds on pipes, files, queues and wrong descriptors; the order of its errors. */
#include <limits.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include "tap.h"

/* revents of one descriptor, at once; a negative errno. */
static int look(int fd, int events)
{
	struct pollfd p = {fd, events, 0x7777};
	long n = sc(SYS_poll, &p, 1, 0);

	return n < 0 ? n : n == (p.revents != 0) ? p.revents : -9999;
}

#define ALL (POLLIN | POLLOUT | POLLPRI | POLLRDNORM | POLLWRNORM | POLLRDBAND | POLLWRBAND)

static void pipes(void)
{
	static char page[PAGE];
	int fd[2], n = 0;

	pipe(fd);
	eq(look(fd[0], ALL), 0, "an empty pipe: nothing to read");
	eq(look(fd[1], ALL), POLLOUT | POLLWRNORM, "... room to write");
	eq(look(fd[1], POLLOUT), POLLOUT, "only what was asked for");
	eq(look(fd[1], POLLIN), 0, "the write end is never readable");
	write(fd[1], "x", 1);
	eq(look(fd[0], ALL), POLLIN | POLLRDNORM, "a byte");
	eq(look(fd[0], POLLRDNORM), POLLRDNORM, "POLLRDNORM is POLLIN's other name");
	eq(look(fd[0], POLLOUT), 0, "the read end is never writable");
	read(fd[0], page, 1);
	fcntl(fd[1], F_SETFL, O_NONBLOCK);
	while (write(fd[1], page, PAGE) == PAGE)
		n++;
	eq(n, 16, "sixteen pages");
	eq(look(fd[1], ALL), 0, "no room for PIPE_BUF bytes");
	eq(look(fd[0], ALL), POLLIN | POLLRDNORM, "full");
	read(fd[0], page, PAGE - 1);
	eq(look(fd[1], ALL), 0, "a byte of the first page is still there");
	read(fd[0], page, 1);
	eq(look(fd[1], ALL), POLLOUT | POLLWRNORM, "the first page was drained");
	write(fd[1], page, PAGE);
	eq(look(fd[1], ALL), 0, "full again");
	read(fd[0], page, PAGE);
	write(fd[1], page, 100);
	eq(look(fd[1], ALL), 0, "room, but not for PIPE_BUF bytes");
	close(fd[0]);
	close(fd[1]);
}

static void ends(void)
{
	int fd[2];
	char c;

	pipe(fd);
	write(fd[1], "x", 1);
	close(fd[1]);
	eq(look(fd[0], ALL), POLLIN | POLLRDNORM | POLLHUP, "hung up, a byte left");
	eq(look(fd[0], 0), POLLHUP, "POLLHUP is told without being asked for");
	read(fd[0], &c, 1);
	eq(look(fd[0], ALL), POLLHUP, "hung up and empty: POLLHUP alone");
	eq(look(fd[0], POLLIN), POLLHUP, "... no POLLIN at the end");
	eq(read(fd[0], &c, 1), 0, "... which read tells");
	close(fd[0]);
	pipe(fd);
	close(fd[0]);
	eq(look(fd[1], ALL), POLLOUT | POLLWRNORM | POLLERR, "the reader is gone");
	eq(look(fd[1], 0), POLLERR, "POLLERR is told without being asked for");
	close(fd[1]);
	eq(look(fd[1], ALL), POLLNVAL, "closed: POLLNVAL");
	eq(look(99999, 0), POLLNVAL, "never open");
	eq(look(INT_MAX, 0), POLLNVAL, "the largest number");
	eq(look(-1, ALL), 0, "a negative one is passed over");
	eq(look(INT_MIN, ALL), 0, "... any");
}

static void both_ends_in_one(void)
{
	int fd[2], copy;

	pipe(fd);
	copy = dup(fd[1]);
	close(fd[1]);
	eq(look(fd[0], POLLIN), 0, "a copy of the write end is open");
	if (fork() == 0)
		_exit(0);
	close(copy);
	wait_for(-1);
	wait(0);
	eq(look(fd[0], POLLIN), POLLHUP, "the last copy is closed");
	close(fd[0]);
}

static void files(void)
{
	int fd = open("/proc/self/exe", O_RDONLY), null = open("/dev/null", O_RDWR), dir = open("/", O_RDONLY);

	eq(look(fd, ALL), POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM, "a file is always ready");
	eq(look(fd, 0), 0, "... and has nothing to tell");
	lseek(fd, 0, SEEK_END);
	eq(look(fd, POLLIN), POLLIN, "... at its end, too");
	eq(look(null, ALL), POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM, "/dev/null");
	eq(look(dir, ALL), POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM, "a directory");
	close(fd);
	close(null);
	close(dir);
}

static void several(void)
{
	struct pollfd p[5];
	int a[2], b[2];

	pipe(a);
	pipe(b);
	write(b[1], "x", 1);
	p[0] = (struct pollfd){a[0], POLLIN, -1};
	p[1] = (struct pollfd){b[0], POLLIN, -1};
	p[2] = (struct pollfd){-1, POLLIN, -1};
	p[3] = (struct pollfd){12345, POLLIN, -1};
	p[4] = (struct pollfd){b[0], POLLIN | POLLOUT, -1};
	eq(sc(SYS_poll, p, 5, -1), 3, "three of five have something to tell");
	eq(p[0].revents, 0, "the empty pipe");
	eq(p[1].revents, POLLIN, "the other");
	eq(p[2].revents, 0, "the negative number");
	eq(p[3].revents, POLLNVAL, "the wrong number");
	eq(p[4].revents, POLLIN, "a descriptor twice");
	eq(p[4].fd == b[0] && p[4].events == (POLLIN | POLLOUT), 1, "fd and events are as they were");
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
}

static void errors(void)
{
	struct pollfd *p = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct rlimit limit, small = {16, 0};

	eq(sc(SYS_poll, 0, 0, 0), 0, "no descriptors, no time");
	eq(sc(SYS_poll, BAD_POINTER, 0, 0), 0, "... the list is not looked at");
	for (int i = 0; i < BAD_POINTERS; i++)
		eq(sc(SYS_poll, bad_pointers[i], 1, 0), -EFAULT, "bad list %d", i);
	getrlimit(RLIMIT_NOFILE, &limit);
	small.rlim_max = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &small);
	eq(sc(SYS_poll, p, 17, 0), -EINVAL, "more than RLIMIT_NOFILE");
	eq(sc(SYS_poll, BAD_POINTER, 17, 0), -EINVAL, "... before the list is read");
	for (int i = 0; i < 16; i++)
		p[i].fd = -1;
	eq(sc(SYS_poll, p, 16, 0), 0, "as many as RLIMIT_NOFILE");
	eq(sc(SYS_poll, p, 0xffffffffu, 0), -EINVAL, "a negative count");
	setrlimit(RLIMIT_NOFILE, &limit);
	munmap((char *)p + PAGE, PAGE);
	p = (struct pollfd *)((char *)p + PAGE) - 1;
	*p = (struct pollfd){-1, 0, 0};
	eq(sc(SYS_poll, p, 1, 0), 0, "the last eight bytes of a page");
	eq(sc(SYS_poll, p, 2, 0), -EFAULT, "the second entry is not there");
	mprotect((void *)((long)p & -PAGE), PAGE, PROT_READ);
	eq(sc(SYS_poll, p, 1, 0), -EFAULT, "the answer cannot be written");
}

#define MANY 600

static void many(void)
{
	struct pollfd *p = calloc(MANY, sizeof *p);
	int fd[2];

	pipe(fd);
	for (int i = 0; i < MANY; i++)
		p[i] = (struct pollfd){fd[0], POLLIN, 0};
	eq(sc(SYS_poll, p, MANY, 10), 0, "one pipe six hundred times, and no time");
	write(fd[1], "x", 1);
	p[MANY - 1].fd = 7777;
	eq(sc(SYS_poll, p, MANY, -1), MANY, "all of them");
	eq(p[MANY - 1].revents, POLLNVAL, "the last");
	eq(p[MANY - 2].revents, POLLIN, "the one before it");
	free(p);
	close(fd[0]);
	close(fd[1]);
}

int main(void)
{
	pipes();
	ends();
	both_ends_in_one();
	files();
	several();
	errors();
	many();
	return tap_done();
}
