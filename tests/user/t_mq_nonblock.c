/* t_mq_nonblock - O_NONBLOCK: EAGAIN instead of waiting; set at open or by getsetattr. */
#include "mq.h"

static char buffer[9];

static void at_open(void)
{
	int q = q_open(mq_name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 2, 8), other;
	struct timespec t = q_deadline(5000), bad = {0, -1};

	eq(q_receive(q, buffer, 8, 0), -EAGAIN, "EAGAIN: an empty queue");
	eq(sc(SYS_mq_timedreceive, q, buffer, 8, 0, &t), -EAGAIN, "EAGAIN: a deadline does not make it wait");
	eq(sc(SYS_mq_timedreceive, q, buffer, 8, 0, &bad), -EINVAL,
	   "EINVAL: a bad deadline is still refused");
	eq(q_send(q, "one", 0), 0, "sending into room");
	eq(q_send(q, "two", 0), 0, "twice");
	eq(q_send(q, "three", 0), -EAGAIN, "EAGAIN: a full queue");
	other = q_open(mq_name, O_RDWR, 0, 0);
	eq(fcntl(other, F_GETFL) & O_NONBLOCK, 0, "another opening has a flag of its own");
	eq(q_receive(other, buffer, 8, 0), 3, "and the same messages");
	eq(q_receive(q, buffer, 8, 0), 3, "both take from one queue");
	eq(q_receive(q, buffer, 8, 0), -EAGAIN, "EAGAIN: empty again");
	sc(SYS_mq_unlink, mq_name);
	close(other);
	close(q);
}

static void by_attribute(void)
{
	struct mq_attr set = {.mq_flags = O_NONBLOCK}, old;
	int q = q_fresh(1, 8), copy;

	eq(sc(SYS_mq_getsetattr, q, &set, &old), 0, "set by getsetattr");
	eq(old.mq_flags, 0, "which tells the flags before");
	copy = dup(q);
	eq(q_receive(q, buffer, 8, 0), -EAGAIN, "EAGAIN: now it does not wait");
	eq(q_receive(copy, buffer, 8, 0), -EAGAIN, "EAGAIN: nor does a copy of the descriptor");
	eq(fcntl(q, F_GETFL) & O_NONBLOCK, O_NONBLOCK, "fcntl shows the flag");
	set.mq_flags = 0;
	eq(sc(SYS_mq_getsetattr, copy, &set, &old), 0, "cleared by getsetattr");
	eq(old.mq_flags, O_NONBLOCK, "which tells the flags before");
	eq(fcntl(q, F_GETFL) & O_NONBLOCK, 0, "fcntl shows that too");
	close(copy);
	close(q);
}

static void by_fcntl(void)
{
	struct mq_attr old;
	int q = q_fresh(1, 8);

	eq(fcntl(q, F_SETFL, O_NONBLOCK), 0, "set by fcntl");
	eq(q_receive(q, buffer, 8, 0), -EAGAIN, "EAGAIN: now it does not wait");
	eq(sc(SYS_mq_getsetattr, q, 0, &old), 0, "getsetattr");
	eq(old.mq_flags, O_NONBLOCK, "tells the flag as well");
	close(q);
}

int main(void)
{
	mq_unique("nonblock");
	at_open();
	by_attribute();
	by_fcntl();
	return tap_done();
}
