/* t_pipe_atomic - writes of up to PIPE_BUF bytes (4096) by several processes are never interleaved. */
#include "tap.h"

#define WRITERS 4

struct record {
	unsigned short length; /* of the bytes that follow */
	unsigned char writer, serial;
	unsigned char body[PAGE - 4];
};

static void writer(int out, int number, const int *lengths, int count)
{
	struct record r;

	for (int i = 0; i < count; i++) {
		r.length = lengths[(i + number) % 4];
		r.writer = number;
		r.serial = i;
		memset(r.body, number * 50 + i, r.length);
		if (write(out, &r, 4 + r.length) != 4 + r.length)
			_exit(1);
	}
	_exit(77);
}

static int read_all(int fd, void *to, int n)
{
	int got = 0;

	while (got < n) {
		int part = read(fd, (char *)to + got, n - got);

		if (part <= 0)
			break;
		got += part;
	}
	return got;
}

static void round_of(const int *lengths, int count, const char *what)
{
	int fd[2], pids[WRITERS], next[WRITERS] = {0}, records = 0, whole = 1, ordered = 1, ended = 0;
	struct record r;

	if (pipe(fd))
		_exit(97);
	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			close(fd[0]);
			writer(fd[1], i, lengths, count);
		}
	}
	close(fd[1]);
	while (read_all(fd[0], &r, 4) == 4 && r.writer < WRITERS && r.length <= sizeof r.body) {
		if (read_all(fd[0], r.body, r.length) != r.length)
			break;
		for (int i = 0; i < r.length; i++)
			whole &= r.body[i] == (unsigned char)(r.writer * 50 + r.serial);
		ordered &= next[r.writer]++ == r.serial;
		records++;
	}
	eq(records, WRITERS * count, "%s: every record arrives", what);
	ok(whole, "%s: none is mixed with another", what);
	ok(ordered, "%s: each writer's are in order", what);
	for (int i = 0; i < WRITERS; i++)
		ended += wait_for(pids[i]) == EXITED(77);
	eq(ended, WRITERS, "%s: the writers end well", what);
	close(fd[0]);
}

int main(void)
{
	static const int small[] = {100, 100, 100, 100};
	static const int whole[] = {PAGE - 4, PAGE - 4, PAGE - 4, PAGE - 4};
	static const int mixed[] = {1, 3000, 700, 4090};

	round_of(small, 40, "small");
	round_of(whole, 24, "PIPE_BUF");
	round_of(mixed, 40, "mixed");
	return tap_done();
}
