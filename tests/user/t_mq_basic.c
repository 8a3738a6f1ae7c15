/* t_mq_basic - a message queue keeps messages whole, from one process to another, by name or by fork. */
#include "mq.h"

static void one_process(void)
{
	char buffer[65];
	unsigned priority = 77;
	int q = q_fresh(4, 64);

	ok(q >= 0, "a queue is made");
	eq(q_send(q, "hello", 3), 0, "a message is sent");
	eq(q_send(q, "", 3), 0, "so is an empty one");
	eq(q_count(q), 2, "the queue holds two");
	eq(q_receive(q, buffer, 64, &priority), 5, "the first is received with its length");
	ok(!strcmp(buffer, "hello"), "and its bytes");
	eq(priority, 3, "and its priority");
	eq(q_receive(q, buffer, 64, 0), 0, "the empty one follows; priority need not be asked for");
	eq(q_count(q), 0, "the queue is empty");
	close(q);
}

static void by_name(void)
{
	char buffer[65];
	int q = q_open(mq_name, O_RDWR | O_CREAT | O_EXCL, 4, 64), pid, other;

	ok(q >= 0, "a queue with a name");
	pid = fork();
	if (pid == 0) {
		close(q);
		other = q_open(mq_name, O_WRONLY, 0, 0);
		_exit(other >= 0 && q_send(other, "from the child", 1) == 0 ? 0 : 1);
	}
	eq(wait_for(pid), EXITED(0), "another process opens it by name and sends");
	eq(q_receive(q, buffer, 64, 0), 14, "the message outlives its sender");
	ok(!strcmp(buffer, "from the child"), "bytes as sent");
	eq(sc(SYS_mq_unlink, mq_name), 0, "unlink");
	close(q);
}

static void binary(void)
{
	unsigned char in[256], out[256];
	int q = q_fresh(2, 256);

	for (int i = 0; i < 256; i++)
		in[i] = i * 5;
	eq(sc(SYS_mq_timedsend, q, in, 256, 0, 0), 0, "256 bytes of every value");
	memset(out, 0, sizeof out);
	eq(sc(SYS_mq_timedreceive, q, out, 256, 0, 0), 256, "arrive");
	ok(!memcmp(in, out, 256), "unchanged");
	close(q);
}

static void largest(void)
{
	static char in[8192], out[8192];
	int q = q_fresh(3, 8192), good = 0;

	for (int i = 0; i < 3; i++) {
		memset(in, 'a' + i, sizeof in);
		good += sc(SYS_mq_timedsend, q, in, sizeof in, 0, 0) == 0;
	}
	eq(good, 3, "three messages of 8 KiB are queued");
	for (int i = 0; i < 3; i++) {
		memset(in, 'a' + i, sizeof in);
		good += sc(SYS_mq_timedreceive, q, out, sizeof out, 0, 0) == 8192 &&
			!memcmp(in, out, sizeof in);
	}
	eq(good, 6, "and received");
	close(q);
}

/* 200 messages from child to parent through a queue of four: boundaries and order are kept. */
static void stream(void)
{
	char buffer[33], want[33];
	int q = q_fresh(4, 32), good = 0, pid = fork();

	if (pid == 0) {
		for (int i = 0; i < 200; i++) {
			snprintf(want, sizeof want, "%.*s%d", i % 20, "....................", i);
			if (q_send(q, want, 0) != 0)
				_exit(1);
		}
		_exit(0);
	}
	for (int i = 0; i < 200; i++) {
		snprintf(want, sizeof want, "%.*s%d", i % 20, "....................", i);
		good += q_receive(q, buffer, 32, 0) == (long)strlen(want) && !strcmp(buffer, want);
	}
	eq(good, 200, "200 messages keep their borders and their order");
	eq(wait_for(pid), EXITED(0), "the sender ends well");
	eq(q_count(q), 0, "none is left over");
	close(q);
}

static void conversation(void)
{
	int ask = q_fresh(1, sizeof(int)), answer = q_fresh(1, sizeof(int)), number = 0, pid = fork();

	if (pid == 0) {
		for (int i = 0; i < 50; i++) {
			sc(SYS_mq_timedreceive, ask, &number, sizeof number, 0, 0);
			number = number * 2 + 1;
			sc(SYS_mq_timedsend, answer, &number, sizeof number, 0, 0);
		}
		_exit(0);
	}
	for (int i = 0; i < 50; i++) {
		int want = 2 * i + 1;

		sc(SYS_mq_timedsend, ask, &i, sizeof i, 0, 0);
		sc(SYS_mq_timedreceive, answer, &number, sizeof number, 0, 0);
		if (number != want)
			break;
	}
	eq(number, 99, "fifty questions and answers");
	eq(wait_for(pid), EXITED(0), "the other side ends well");
	close(ask);
	close(answer);
}

static void through_libc(void)
{
	struct mq_attr attr = {0};
	char slash_name[80], buffer[32];
	unsigned priority;
	mqd_t q;

	attr.mq_maxmsg = 2;
	attr.mq_msgsize = 32;
	snprintf(slash_name, sizeof slash_name, "/%s", mq_name);
	q = mq_open(slash_name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	ok(q != (mqd_t)-1, "mq_open of libc, with a slash");
	eq(mq_send(q, "libc", 4, 9), 0, "mq_send");
	eq(mq_receive(q, buffer, 32, &priority), 4, "mq_receive");
	eq(priority, 9, "with the priority");
	eq(mq_getattr(q, &attr), 0, "mq_getattr");
	ok(attr.mq_maxmsg == 2 && attr.mq_msgsize == 32 && attr.mq_curmsgs == 0, "tells the limits");
	eq(mq_unlink(slash_name), 0, "mq_unlink");
	eq(mq_close(q), 0, "mq_close");
}

int main(void)
{
	mq_unique("basic");
	one_process();
	by_name();
	binary();
	largest();
	stream();
	conversation();
	through_libc();
	return tap_done();
}
