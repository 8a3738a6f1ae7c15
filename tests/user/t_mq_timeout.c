/* t_mq_timeout - deadlines of timedsend and timedreceive, on the real-time clock. */
#include "mq.h"

static int q;
static char buffer[9];

static long send_until(struct timespec *t)
{
	return sc(SYS_mq_timedsend, q, "late", 4, 0, t);
}

static long receive_until(struct timespec *t)
{
	return sc(SYS_mq_timedreceive, q, buffer, 8, 0, t);
}

static void expire(void)
{
	long start = now_us(); /* before the deadline is set: this process may be held up in between */
	struct timespec t = q_deadline(20);

	eq(receive_until(&t), -ETIMEDOUT, "ETIMEDOUT: nothing to receive");
	ok(now_us() - start >= 19000, "after the time given");
	q_send(q, "full", 0);
	start = now_us();
	t = q_deadline(20);
	eq(send_until(&t), -ETIMEDOUT, "ETIMEDOUT: no room to send");
	ok(now_us() - start >= 19000, "after the time given");
	eq(q_count(q), 1, "nothing was queued");
	q_receive(q, buffer, 8, 0);
}

static void past(void)
{
	struct timespec old = {1000000, 0}, zero = {0, 0};

	eq(receive_until(&old), -ETIMEDOUT, "ETIMEDOUT: a time long past, nothing to receive");
	eq(receive_until(&zero), -ETIMEDOUT, "ETIMEDOUT: time zero");
	eq(send_until(&old), 0, "a time long past does not matter when there is room");
	eq(send_until(&old), -ETIMEDOUT, "ETIMEDOUT: when there is none");
	eq(receive_until(&old), 4, "nor when there is a message");
}

static void invalid(void)
{
	struct timespec bad[] = {{0, -1}, {0, 1000000000}, {-1, 0}, {0, 0x7fffffffffffffff}};

	for (int i = 0; i < 4; i++) {
		eq(receive_until(&bad[i]), -EINVAL, "EINVAL: receive, bad time %d", i);
		eq(send_until(&bad[i]), -EINVAL, "EINVAL: send, bad time %d", i);
	}
	for (int i = 0; i < BAD_POINTERS; i++) {
		eq(receive_until(bad_pointers[i]), -EFAULT, "EFAULT: receive, bad pointer %d", i);
		eq(send_until(bad_pointers[i]), -EFAULT, "EFAULT: send, bad pointer %d", i);
	}
	eq(q_count(q), 0, "refused calls queue nothing");
}

static void in_time(void)
{
	struct timespec t;
	int pid = fork();

	if (pid == 0) {
		sleep_ms(5);
		_exit(q_send(q, "soon", 0) != 0);
	}
	t = q_deadline(30000);
	eq(receive_until(&t), 4, "a message before the deadline is received");
	wait_for(pid);
	q_send(q, "full", 0);
	pid = fork();
	if (pid == 0) {
		sleep_ms(5);
		_exit(q_receive(q, buffer, 8, 0) != 4);
	}
	t = q_deadline(30000);
	eq(send_until(&t), 0, "room before the deadline is used");
	wait_for(pid);
	q_receive(q, buffer, 8, 0);
	ok(!memcmp(buffer, "late", 4), "by the message that waited");
}

/* After timeouts the queue's lists of waiters are in order. */
static void works_on(void)
{
	for (int i = 0; i < 5; i++) {
		struct timespec t = q_deadline(1);

		receive_until(&t);
	}
	eq(q_send(q, "still", 0), 0, "after timeouts, send works");
	eq(q_receive(q, buffer, 8, 0), 5, "and receive");
}

int main(void)
{
	mq_unique("timeout");
	q = q_fresh(1, 8);
	expire();
	past();
	invalid();
	in_time();
	works_on();
	close(q);
	return tap_done();
}
