/* queues.c - POSIX message queues; and Linux's leanest hand-offs, eventfd and futex, to put them in proportion. */
#include "measure.h"

#include <fcntl.h>
#include <pthread.h>

struct kernel_mq_attr {
	long flags, maxmsg, msgsize, curmsgs, reserved[4];
};

static long queue_open(const char *name, long size)
{
	struct kernel_mq_attr at = {.maxmsg = 8, .msgsize = size};

	sc1(SYS_mq_unlink, name); /* left over; may fail */
	return sc6(SYS_mq_open, (long)name, O_RDWR | O_CREAT, 0600, (long)&at, 0, 0);
}

static inline long queue_send(int q, const void *p, size_t n)
{
	return sc6(SYS_mq_timedsend, q, (long)p, (long)n, 0, 0, 0);
}

static inline long queue_receive(int q, void *p, size_t n)
{
	return sc6(SYS_mq_timedreceive, q, (long)p, (long)n, 0, 0, 0);
}

static void queue_self(void)
{
	const char *name = "mq_self_64B";
	long q;

	if (!wanted(name))
		return;
	if ((q = queue_open("bench", 64)) < 0) {
		skipped(name, "mq_open", q);
		return;
	}
	LOOP_TEST(name, 10000, {
		queue_send((int)q, buf, 64);
		queue_receive((int)q, buf, 64);
	});
	sc1(SYS_close, q);
	sc1(SYS_mq_unlink, "bench");
}

/* A round trip of `size` bytes between two processes. */
void queue_round_trip(const char *name, size_t size, u64 iters)
{
	long a, b, pid;

	if (!wanted(name))
		return;
	if ((a = queue_open("bench", (long)size)) < 0) {
		skipped(name, "mq_open", a);
		return;
	}
	if ((b = queue_open("bench2", (long)size)) < 0) {
		skipped(name, "mq_open", b);
		return;
	}
	if ((pid = xfork()) < 0) {
		skipped(name, "fork", pid);
		return;
	}
	if (pid == 0) { /* echoes; a message that begins with 'q' ends it */
		partner_begins();
		while (queue_receive((int)a, buf, size) >= 0 && buf[0] != 'q')
			queue_send((int)b, buf, size);
		xexit(0);
	}
	buf[0] = 0;
	LOOP_TEST(name, iters, {
		queue_send((int)a, buf, size);
		queue_receive((int)b, buf, size);
	});
	buf[0] = 'q';
	queue_send((int)a, buf, size);
	buf[0] = 0;
	xwait((int)pid);
	sc1(SYS_close, a);
	sc1(SYS_close, b);
	sc1(SYS_mq_unlink, "bench");
	sc1(SYS_mq_unlink, "bench2");
}

static void eventfd_round_trip(void)
{
	const char *name = "ref_eventfd_pp";
	long a, b, pid;
	u64 v = 1;

	if (!wanted(name))
		return;
	if ((a = sc2(SYS_eventfd2, 0, 0)) < 0 || (b = sc2(SYS_eventfd2, 0, 0)) < 0) {
		skipped(name, "eventfd2", a);
		return;
	}
	if ((pid = xfork()) < 0) {
		skipped(name, "fork", pid);
		return;
	}
	if (pid == 0) { /* a value above 1 ends it */
		while (xread((int)a, &v, 8) == 8 && v == 1)
			xwrite((int)b, &v, 8);
		xexit(0);
	}
	LOOP_TEST(name, 5000, {
		xwrite((int)a, &v, 8);
		xread((int)b, &v, 8);
	});
	v = 2;
	xwrite((int)a, &v, 8);
	xwait((int)pid);
	sc1(SYS_close, a);
	sc1(SYS_close, b);
}

static long futex_wait(volatile int *word, int value)
{
	return sc6(SYS_futex, (long)word, 0, value, 0, 0, 0);
}

static long futex_wake(volatile int *word)
{
	return sc6(SYS_futex, (long)word, 1, 1, 0, 0, 0);
}

static _Noreturn void futex_child(volatile int *turn)
{
	for (;;) {
		while (*turn == 0)
			futex_wait(turn, 0);
		if (*turn == 2)
			xexit(0);
		*turn = 0;
		futex_wake(turn);
	}
}

static void *futex_partner(void *word)
{
	volatile int *turn = word;

	partner_begins();
	for (;;) {
		while (*turn == 0)
			futex_wait(turn, 0);
		if (*turn == 2)
			return NULL;
		*turn = 0;
		futex_wake(turn);
	}
}

/* Two threads of one process. */
void futex_threads(const char *name)
{
	static volatile int turn; /* 0 ours, 1 the partner's, 2 the end */
	pthread_t partner;

	if (!wanted(name))
		return;
	if (pthread_create(&partner, NULL, futex_partner, (void *)&turn)) {
		skipped(name, "pthread_create", 0);
		return;
	}
	LOOP_TEST(name, 5000, {
		turn = 1;
		futex_wake(&turn);
		while (turn == 1)
			futex_wait(&turn, 1);
	});
	turn = 2;
	futex_wake(&turn);
	pthread_join(partner, NULL);
	turn = 0;
}

static void futex_round_trip(void)
{
	const char *name = "ref_futex_pp";
	volatile int *turn; /* 0 the parent's, 1 the child's, 2 the end */
	long r, pid;

	if (!wanted(name))
		return;
	turn = (volatile int *)xmmap(PAGE, MAP_SHARED);
	if (!turn) {
		skipped(name, "mmap(MAP_SHARED)", 0);
		return;
	}
	if ((r = futex_wake(turn)) < 0) {
		skipped(name, "futex", r);
		return;
	}
	if ((pid = xfork()) < 0) {
		skipped(name, "fork", pid);
		return;
	}
	if (pid == 0)
		futex_child(turn);
	LOOP_TEST(name, 5000, {
		*turn = 1;
		futex_wake(turn);
		while (*turn == 1)
			futex_wait(turn, 1);
	});
	*turn = 2;
	futex_wake(turn);
	xwait((int)pid);
	xmunmap((void *)turn, PAGE);
}

void bench_queues(void)
{
	queue_self();
	queue_round_trip("mq_pp_64B", 64, 5000);
	queue_round_trip("mq_pp_1K", 1024, 5000);
	eventfd_round_trip();
	futex_round_trip();
	futex_threads("futex_threads_pp");
}
