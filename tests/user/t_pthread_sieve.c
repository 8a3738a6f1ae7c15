/* t_pthread_sieve - primes by a chain of threads: each keeps its first number, and passes on no multiple of it. */
#include "threads.h"

#define LIMIT 100
#define PRIMES 25 /* below LIMIT */

static int primes[PRIMES], found;

/* Reads from its pipe up to the end of it; makes the next of the chain for its first number that is left over. */
static void *filters(void *from)
{
	int in = (int)(long)from, prime, number, out[2];
	pthread_t next;

	if (read(in, &prime, sizeof prime) != sizeof prime) {
		close(in);
		return 0;
	}
	primes[found++] = prime; /* the next in the chain does so later, and nobody else */
	if (pipe(out))
		_exit(92);
	next = start(filters, (void *)(long)out[0]);
	while (read(in, &number, sizeof number) == sizeof number)
		if (number % prime && write(out[1], &number, sizeof number) != sizeof number)
			_exit(93);
	close(out[1]);
	close(in);
	join(next);
	return 0;
}

int main(void)
{
	char list[256];
	int fd[2], n = 0;
	pthread_t t;

	if (pipe(fd))
		return 94;
	t = start(filters, (void *)(long)fd[0]);
	for (int i = 2; i < LIMIT; i++)
		if (write(fd[1], &i, sizeof i) != sizeof i)
			return 95;
	close(fd[1]);
	join(t);
	for (int i = 0; i < found; i++)
		n += snprintf(list + n, sizeof list - n, " %d", primes[i]);
	eq(found, PRIMES, "primes below %d:%s", LIMIT, list);
	eq(dup(0), fd[0], "all pipes are closed again");
	return tap_done();
}
