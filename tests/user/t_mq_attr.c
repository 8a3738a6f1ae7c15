/* t_mq_attr - a queue's limits: what may be asked for, what getsetattr tells and changes. */
#include "mq.h"

static void told(void)
{
	struct mq_attr a;
	int q = q_fresh(7, 123);

	memset(&a, 0x55, sizeof a);
	eq(sc(SYS_mq_getsetattr, q, 0, &a), 0, "getsetattr");
	eq(a.mq_maxmsg, 7, "mq_maxmsg");
	eq(a.mq_msgsize, 123, "mq_msgsize");
	eq(a.mq_curmsgs, 0, "mq_curmsgs");
	eq(a.mq_flags, 0, "mq_flags");
	q_send(q, "a", 0);
	q_send(q, "b", 0);
	eq(q_count(q), 2, "mq_curmsgs counts");
	eq(sc(SYS_mq_getsetattr, q, 0, 0), 0, "nothing to set and nothing to tell");
	close(q);
}

static void fixed(void)
{
	struct mq_attr set = {.mq_maxmsg = 9, .mq_msgsize = 9, .mq_curmsgs = 9}, a;
	int q = q_fresh(3, 30);

	eq(sc(SYS_mq_getsetattr, q, &set, 0), 0, "limits in a new attribute are ignored");
	sc(SYS_mq_getsetattr, q, 0, &a);
	ok(a.mq_maxmsg == 3 && a.mq_msgsize == 30 && a.mq_curmsgs == 0, "they stay as they were made");
	set.mq_flags = 1;
	eq(sc(SYS_mq_getsetattr, q, &set, 0), -EINVAL, "EINVAL: a flag other than O_NONBLOCK");
	set.mq_flags = O_NONBLOCK | O_RDWR;
	eq(sc(SYS_mq_getsetattr, q, &set, &a), -EINVAL, "EINVAL: beside O_NONBLOCK too");
	eq(fcntl(q, F_GETFL) & O_NONBLOCK, 0, "a refused call changes nothing");
	close(q);
}

static void limits(void)
{
	static const long bad[][2] = {{0, 8}, {1, 0}, {-1, 8}, {1, -1}, {1000000, 8}, {1, 100000000}};
	static char big[8193];
	int q;

	for (int i = 0; i < 6; i++)
		eq(q_open(mq_name, O_RDWR | O_CREAT | O_EXCL, bad[i][0], bad[i][1]), -EINVAL,
		   "EINVAL: %ld messages of %ld bytes", bad[i][0], bad[i][1]);
	eq(sc(SYS_mq_unlink, mq_name), -ENOENT, "a refused open makes no queue");
	q = q_fresh(1, 1);
	ok(q >= 0, "one message of one byte");
	eq(q_send(q, "x", 0), 0, "can be sent");
	eq(q_send(q, "xy", 0), -EMSGSIZE, "EMSGSIZE: two bytes");
	close(q);
	q = q_fresh(10, 8192);
	ok(q >= 0, "ten messages of 8 KiB");
	eq(sc(SYS_mq_timedsend, q, big, 8192, 0, 0), 0, "8192 bytes are sent");
	eq(sc(SYS_mq_timedsend, q, big, 8193, 0, 0), -EMSGSIZE, "EMSGSIZE: 8193 bytes");
	close(q);
}

static void defaults(void)
{
	struct mq_attr a;
	int q = sc(SYS_mq_open, mq_name, O_RDWR | O_CREAT | O_EXCL, 0600, 0);

	ok(q >= 0, "without attributes");
	eq(sc(SYS_mq_getsetattr, q, 0, &a), 0, "getsetattr");
	eq(a.mq_maxmsg, 10, "ten messages");
	eq(a.mq_msgsize, 8192, "of 8 KiB");
	sc(SYS_mq_unlink, mq_name);
	close(q);
}

/* Attributes given to an open of a queue that exists are not looked at. */
static void existing(void)
{
	struct mq_attr a;
	int q = q_open(mq_name, O_RDWR | O_CREAT, 3, 16), again = q_open(mq_name, O_RDWR | O_CREAT, 5, 32);

	ok(again >= 0 && again != q, "O_CREAT of a queue that exists opens it");
	sc(SYS_mq_getsetattr, again, 0, &a);
	ok(a.mq_maxmsg == 3 && a.mq_msgsize == 16, "with the limits that it has");
	sc(SYS_mq_unlink, mq_name);
	close(q);
	close(again);
}

static void errors(void)
{
	struct mq_attr a;
	int q = q_fresh(1, 8), fd[2];

	if (pipe(fd))
		_exit(97);
	eq(sc(SYS_mq_getsetattr, -1, 0, &a), -EBADF, "EBADF: -1");
	eq(sc(SYS_mq_getsetattr, fd[0], 0, &a), -EBADF, "EBADF: a pipe");
	for (int i = 0; i < BAD_POINTERS; i++) {
		eq(sc(SYS_mq_getsetattr, q, bad_pointers[i], 0), -EFAULT, "EFAULT: new, bad pointer %d", i);
		eq(sc(SYS_mq_getsetattr, q, 0, bad_pointers[i]), -EFAULT, "EFAULT: old, bad pointer %d", i);
	}
	close(q);
	close(fd[0]);
	close(fd[1]);
}

int main(void)
{
	mq_unique("attr");
	told();
	fixed();
	limits();
	defaults();
	existing();
	errors();
	return tap_done();
}
