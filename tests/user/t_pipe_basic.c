/* t_pipe_basic - bytes go in at one end and come out at the other, in order. */
#include "tap.h"

static int fd[2];

static void order(void)
{
	char out[64] = "";

	eq(write(fd[1], "one", 3), 3, "write");
	eq(write(fd[1], "two", 3), 3, "write again");
	eq(read(fd[0], out, 4), 4, "read takes across writes");
	ok(!memcmp(out, "onet", 4), "in order");
	eq(read(fd[0], out, sizeof out), 2, "read returns what there is");
	ok(!memcmp(out, "wo", 2), "the rest");
}

static void single_bytes(void)
{
	char out[600];
	int good = 1;

	for (int i = 0; i < 500; i++) {
		char byte = i * 7;

		good &= write(fd[1], &byte, 1) == 1;
	}
	ok(good, "500 writes of one byte");
	eq(read(fd[0], out, sizeof out), 500, "one read takes them all");
	for (int i = 0; i < 500; i++)
		good &= out[i] == (char)(i * 7);
	ok(good, "in order");
}

static void wrap(void)
{
	char in[3000], out[3000];
	int good = 1;

	for (int round = 0; round < 60; round++) { /* 180,000 bytes: past the ring's end more than once */
		memset(in, round, sizeof in);
		good &= write(fd[1], in, sizeof in) == sizeof in;
		good &= read(fd[0], out, sizeof out) == sizeof out;
		good &= !memcmp(in, out, sizeof in);
	}
	ok(good, "the buffer goes round");
}

static void nothing(void)
{
	char out;

	eq(sc(SYS_write, fd[1], "x", 0), 0, "writing nothing");
	eq(sc(SYS_read, fd[0], &out, 0), 0, "reading nothing from an empty pipe does not wait");
}

/* read waits for a writer in another process; write order between processes follows a gate. */
static void between_processes(void)
{
	char out[8] = "";
	int pid = fork();

	if (pid == 0) {
		sleep_ms(5);
		_exit(write(fd[1], "late", 4) != 4);
	}
	eq(read(fd[0], out, sizeof out), 4, "read waits until another process writes");
	ok(!memcmp(out, "late", 4), "and gets its bytes");
	wait_for(pid);
}

/* Two pipes make a conversation: 100 rounds, each process doubling checks of the other's number. */
static void ping_pong(void)
{
	int back[2], number = 0, pid;

	if (pipe(back))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 100; i++) {
			if (read(fd[0], &number, sizeof number) != sizeof number || number != 2 * i)
				_exit(1);
			number++;
			if (write(back[1], &number, sizeof number) != sizeof number)
				_exit(2);
		}
		_exit(76);
	}
	for (int i = 0; i < 100; i++) {
		number = 2 * i;
		if (write(fd[1], &number, sizeof number) != sizeof number)
			break;
		if (read(back[0], &number, sizeof number) != sizeof number || number != 2 * i + 1)
			break;
	}
	eq(number, 199, "a hundred rounds of ping-pong");
	eq(wait_for(pid), EXITED(76), "the other side agrees");
	close(back[0]);
	close(back[1]);
}

static void two_readers(void)
{
	int pids[2], total = 0;

	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			int count = 0;
			char byte;

			close(fd[1]);
			while (read(fd[0], &byte, 1) == 1)
				count++;
			_exit(count);
		}
	}
	close(fd[0]);
	for (int i = 0; i < 100; i++)
		pass(fd[1]);
	close(fd[1]);
	for (int i = 0; i < 2; i++)
		total += wait_for(pids[i]) >> 8;
	eq(total, 100, "two readers together get each byte once");
}

int main(void)
{
	eq(sc(SYS_pipe, fd), 0, "pipe");
	ok(fd[0] != fd[1] && fd[0] > 2 && fd[1] > 2, "gives two descriptors");
	order();
	single_bytes();
	wrap();
	nothing();
	between_processes();
	ping_pong();
	two_readers();
	return tap_done();
}
