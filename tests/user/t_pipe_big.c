/* t_pipe_big - a megabyte through a pipe and through a chain of four processes, checked by a checksum. */
#include "tap.h"

#define TOTAL (1 << 20)

static unsigned char buffer[20000];

static unsigned mix(unsigned sum, const unsigned char *bytes, long n)
{
	for (long i = 0; i < n; i++)
		sum = sum * 31 + bytes[i];
	return sum;
}

/* Writes `total` bytes of a known sequence in pieces of changing size; returns their checksum. */
static unsigned produce(int fd, long total)
{
	unsigned sum = 0, state = 1;

	for (long done = 0, turn = 0; done < total; turn++) {
		long n = 1 + turn * 7919 % sizeof buffer, out = 0;

		if (n > total - done)
			n = total - done;
		for (long i = 0; i < n; i++) {
			state = state * 1103515245 + 12345;
			buffer[i] = state >> 16;
		}
		sum = mix(sum, buffer, n);
		while (out < n) {
			long part = write(fd, buffer + out, n - out);

			if (part <= 0)
				_exit(1);
			out += part;
		}
		done += n;
	}
	return sum;
}

static unsigned consume(int fd, long *total)
{
	unsigned sum = 0;
	long n, turn = 0;

	*total = 0;
	while ((n = read(fd, buffer, 1 + turn++ * 6151 % sizeof buffer)) > 0) {
		sum = mix(sum, buffer, n);
		*total += n;
	}
	return sum;
}

static void relay(int in, int out)
{
	long n;

	while ((n = read(in, buffer, 5000)) > 0)
		if (write(out, buffer, n) != n)
			_exit(1);
	_exit(n < 0);
}

static void through(int relays, long total)
{
	int first[2], in, pids[4], told[2], good = 0;
	unsigned want = 0, got;
	long count;

	if (pipe2(first, O_CLOEXEC) || pipe(told))
		_exit(97);
	pids[0] = fork();
	if (pids[0] == 0) {
		unsigned sum;

		close(first[0]);
		sum = produce(first[1], total);
		_exit(write(told[1], &sum, sizeof sum) != sizeof sum);
	}
	close(first[1]);
	in = first[0];
	for (int i = 1; i <= relays; i++) {
		int next[2];

		if (pipe(next))
			_exit(97);
		pids[i] = fork();
		if (pids[i] == 0) {
			close(next[0]);
			relay(in, next[1]);
		}
		close(in);
		close(next[1]);
		in = next[0];
	}
	got = consume(in, &count);
	close(in);
	eq(count, total, "%d relays: every byte arrives", relays);
	if (read(told[0], &want, sizeof want) != sizeof want)
		_exit(97);
	ok(got == want, "%d relays: the checksum agrees", relays);
	for (int i = 0; i <= relays; i++)
		good += wait_for(pids[i]) == EXITED(0);
	eq(good, relays + 1, "%d relays: all end well", relays);
	close(told[0]);
	close(told[1]);
}

int main(void)
{
	through(0, TOTAL);
	through(3, TOTAL / 4);
	return tap_done();
}
