/* t_mq_errnos - errors of sending and receiving, and what a queue's descriptor is. */
#include "mq.h"

#include <sys/mman.h>

static char buffer[65];

static void modes(void)
{
	int both = q_open(mq_name, O_RDWR | O_CREAT | O_EXCL, 2, 64);
	int out = q_open(mq_name, O_WRONLY, 0, 0), in = q_open(mq_name, O_RDONLY, 0, 0);

	eq(q_receive(out, buffer, 64, 0), -EBADF, "EBADF: receiving from an opening for writing");
	eq(q_send(in, "x", 0), -EBADF, "EBADF: sending to an opening for reading");
	eq(q_send(out, "x", 0), 0, "sending to one for writing");
	eq(q_receive(in, buffer, 64, 0), 1, "receiving from one for reading");
	sc(SYS_mq_unlink, mq_name);
	close(in);
	close(out);
	close(both);
}

static void descriptors(void)
{
	int fd[2];

	if (pipe(fd))
		_exit(97);
	eq(q_send(-1, "x", 0), -EBADF, "EBADF: send to -1");
	eq(q_receive(-1, buffer, 64, 0), -EBADF, "EBADF: receive from -1");
	eq(q_send(fd[1], "x", 0), -EBADF, "EBADF: send to a pipe");
	eq(q_receive(fd[0], buffer, 64, 0), -EBADF, "EBADF: receive from a pipe");
	close(fd[0]);
	close(fd[1]);
}

static void sizes(void)
{
	int q = q_fresh(2, 64);
	char long_text[70];

	memset(long_text, 'l', sizeof long_text);
	eq(sc(SYS_mq_timedsend, q, long_text, 65, 0, 0), -EMSGSIZE, "EMSGSIZE: one byte too many");
	eq(sc(SYS_mq_timedsend, q, long_text, -1, 0, 0), -EMSGSIZE, "EMSGSIZE: a length of -1");
	eq(sc(SYS_mq_timedsend, q, long_text, 64, 0, 0), 0, "as many as fit");
	eq(sc(SYS_mq_timedreceive, q, buffer, 63, 0, 0), -EMSGSIZE,
	   "EMSGSIZE: a buffer below the queue's size");
	eq(sc(SYS_mq_timedreceive, q, buffer, 0, 0, 0), -EMSGSIZE, "EMSGSIZE: no buffer");
	eq(q_count(q), 1, "the message is still there");
	eq(sc(SYS_mq_timedreceive, q, buffer, 64, 0, 0), 64, "and can be received");
	close(q);
}

static void faults(void)
{
	char *edge = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int q = q_fresh(2, 64);

	munmap(edge + PAGE, PAGE);
	for (int i = 0; i < BAD_POINTERS; i++)
		eq(sc(SYS_mq_timedsend, q, bad_pointers[i], 10, 0, 0), -EFAULT,
		   "EFAULT: send, bad pointer %d", i);
	eq(sc(SYS_mq_timedsend, q, edge + PAGE - 4, 5, 0, 0), -EFAULT, "EFAULT: send, off the page by one");
	eq(q_count(q), 0, "nothing is queued");
	memcpy(edge + PAGE - 4, "edge", 4);
	eq(sc(SYS_mq_timedsend, q, edge + PAGE - 4, 4, 0, 0), 0, "up to the page's end is fine");
	eq(sc(SYS_mq_timedreceive, q, edge + PAGE - 4, 64, 0, 0), 4, "into the page's end as well");
	ok(!memcmp(edge + PAGE - 4, "edge", 4), "with the right bytes");
	for (int i = 0; i < BAD_POINTERS; i++) {
		q_send(q, "x", 0);
		eq(sc(SYS_mq_timedreceive, q, bad_pointers[i], 64, 0, 0), -EFAULT,
		   "EFAULT: receive, bad pointer %d", i);
		while (q_count(q) > 0) /* whether the message is lost is not documented */
			q_receive(q, buffer, 64, 0);
	}
	close(q);
}

static void kind(void)
{
	int q = q_fresh(2, 64), pid;

	eq(fcntl(q, F_GETFD), FD_CLOEXEC, "a queue is closed by exec");
	eq(fcntl(q, F_GETFL) & O_ACCMODE, O_RDWR, "F_GETFL tells the access mode");
	pid = fork();
	if (pid == 0)
		_exit(q_send(q, "child", 0) != 0);
	eq(wait_for(pid), EXITED(0), "a child uses the descriptor");
	eq(q_receive(q, buffer, 64, 0), 5, "for the same queue");
	eq(sc(SYS_close, q), 0, "close");
	eq(q_send(q, "x", 0), -EBADF, "EBADF: after close");
}

int main(void)
{
	mq_unique("errnos");
	modes();
	descriptors();
	sizes();
	faults();
	kind();
	return tap_done();
}
