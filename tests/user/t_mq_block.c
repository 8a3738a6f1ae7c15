/* t_mq_block - receivers wait for messages and senders for room, across processes. */
#include "mq.h"

static void receiver_waits(void)
{
	int q = q_fresh(2, 8), status, pid = fork();
	char buffer[9];

	if (pid == 0) {
		long n = q_receive(q, buffer, 8, 0);

		_exit(n == 4 && !strcmp(buffer, "wake") ? 81 : 1);
	}
	sleep_ms(5);
	eq(sc(SYS_wait4, pid, &status, WNOHANG, 0), 0, "a receiver waits at an empty queue");
	eq(q_send(q, "wake", 0), 0, "a message");
	eq(wait_for(pid), EXITED(81), "wakes it");
	eq(q_count(q), 0, "and does not stay in the queue");
	close(q);
}

static void sender_waits(void)
{
	int q = q_fresh(2, 8), status, ready[2], pid;
	char buffer[9];

	if (pipe(ready))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		q_send(q, "one", 0);
		q_send(q, "two", 0);
		pass(ready[1]);
		_exit(q_send(q, "three", 0) == 0 ? 82 : 1);
	}
	await(ready[0]);
	sleep_ms(5);
	eq(sc(SYS_wait4, pid, &status, WNOHANG, 0), 0, "a sender waits at a full queue");
	eq(q_count(q), 2, "which holds its limit");
	eq(q_receive(q, buffer, 8, 0), 3, "a reception makes room");
	eq(wait_for(pid), EXITED(82), "and wakes it");
	q_receive(q, buffer, 8, 0);
	ok(!strcmp(buffer, "two"), "the order is kept");
	q_receive(q, buffer, 8, 0);
	ok(!strcmp(buffer, "three"), "the late one is last");
	close(q);
	close(ready[0]);
	close(ready[1]);
}

/* A waiting sender's message takes its place by priority once there is room. */
static void late_priority(void)
{
	int q = q_fresh(2, 8), ready[2], pid;
	char buffer[9];

	if (pipe(ready))
		_exit(97);
	q_send(q, "one", 1);
	q_send(q, "two", 1);
	pid = fork();
	if (pid == 0) {
		pass(ready[1]);
		_exit(q_send(q, "urgent", 9) == 0 ? 83 : 1);
	}
	await(ready[0]);
	sleep_ms(5);
	q_receive(q, buffer, 8, 0);
	ok(!strcmp(buffer, "one"), "a message that still waits outside is not received");
	eq(wait_for(pid), EXITED(83), "its sender gets in then");
	q_receive(q, buffer, 8, 0);
	ok(!strcmp(buffer, "urgent"), "and the message is the next by priority");
	q_receive(q, buffer, 8, 0);
	ok(!strcmp(buffer, "two"), "then the other");
	close(q);
	close(ready[0]);
	close(ready[1]);
}

static void many(void)
{
	int q = q_fresh(3, 8), pids[6], total = 0, good = 0;

	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			for (int j = 0; j < 30; j++)
				if (sc(SYS_mq_timedsend, q, "\1", 1, 0, 0))
					_exit(1);
			_exit(0);
		}
	}
	for (int i = 3; i < 6; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			int sum = 0;
			char buffer[9];

			while (q_receive(q, buffer, 8, 0) == 1 && buffer[0] == 1)
				sum++;
			_exit(sum);
		}
	}
	for (int i = 0; i < 3; i++)
		good += wait_for(pids[i]) == EXITED(0);
	for (int i = 0; i < 3; i++)
		sc(SYS_mq_timedsend, q, "\2", 1, 0, 0); /* after all others: tells one receiver to stop */
	for (int i = 3; i < 6; i++)
		total += wait_for(pids[i]) >> 8;
	eq(good, 3, "three senders end well");
	eq(total, 90, "three receivers together get each message once");
	eq(q_count(q), 0, "none is left");
	close(q);
}

static void killed_while_waiting(void)
{
	int q = q_fresh(1, 8), ready[2], pid;
	char buffer[9];

	if (pipe(ready))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		pass(ready[1]);
		_exit(q_receive(q, buffer, 8, 0));
	}
	await(ready[0]);
	sleep_ms(3);
	kill(pid, SIGKILL);
	eq(wait_for(pid), KILLED(SIGKILL), "a waiting receiver can be killed");
	eq(q_send(q, "next", 0), 0, "the queue works on");
	pid = fork();
	if (pid == 0) {
		pass(ready[1]);
		_exit(q_send(q, "lost", 0));
	}
	await(ready[0]);
	sleep_ms(3);
	kill(pid, SIGTERM);
	eq(wait_for(pid), KILLED(SIGTERM), "so can a waiting sender");
	eq(q_receive(q, buffer, 8, 0), 4, "what was queued before is received");
	ok(!strcmp(buffer, "next"), "unchanged");
	eq(q_count(q), 0, "the killed sender's message is not there");
	close(q);
	close(ready[0]);
	close(ready[1]);
}

static void stopped_while_waiting(void)
{
	int q = q_fresh(1, 8), ready[2], status, pid;
	char buffer[9];

	if (pipe(ready))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		pass(ready[1]);
		_exit(q_receive(q, buffer, 8, 0) == 2 ? 84 : 1);
	}
	await(ready[0]);
	sleep_ms(3);
	kill(pid, SIGSTOP);
	sc(SYS_wait4, pid, &status, WUNTRACED, 0);
	kill(pid, SIGCONT);
	eq(q_send(q, "go", 0), 0, "a message for a receiver that was stopped meanwhile");
	eq(wait_for(pid), EXITED(84), "is received when it goes on");
	close(q);
	close(ready[0]);
	close(ready[1]);
}

int main(void)
{
	mq_unique("block");
	receiver_waits();
	sender_waits();
	late_priority();
	many();
	killed_while_waiting();
	stopped_while_waiting();
	return tap_done();
}
