/* t_pthread_stdio - many threads write to one stream: each call stays whole, flockfile() keeps several together. */
#include "threads.h"

#define THREADS 6
#define LINES 100

static FILE *out;
static int fds[2], lines_of[THREADS], broken, pairs, parted;

static void *writes(void *me)
{
	int number = (int)(long)me;

	for (int i = 0; i < LINES; i++)
		fprintf(out, "thread %d line %d %s\n", number, i, number % 2 ? "odd" : "even");
	return 0;
}

/* Without the lock of the stream others could come between the two. */
static void *writes_pairs(void *me)
{
	for (int i = 0; i < LINES; i++) {
		flockfile(out);
		fprintf(out, "first %ld %d\n", (long)me, i);
		sched_yield();
		putc_unlocked('s', out);
		fprintf(out, "econd %ld %d\n", (long)me, i); /* the owner may take it again */
		funlockfile(out);
	}
	return 0;
}

/* The next line of each thread has to be the one after its last. */
static void *reads(void *unused)
{
	char line[128];
	FILE *in = fdopen(fds[0], "r");
	int thread, n, length;

	while (fgets(line, sizeof line, in)) {
		if (sscanf(line, "thread %d line %d %n", &thread, &n, &length) != 2 || thread < 0 ||
		    thread >= THREADS || n != lines_of[thread]++ ||
		    strcmp(line + length, thread % 2 ? "odd\n" : "even\n"))
			broken++;
	}
	fclose(in);
	return unused;
}

static void *reads_pairs(void *unused)
{
	char line[2][128];
	FILE *in = fdopen(fds[0], "r");

	while (fgets(line[0], sizeof line[0], in) && fgets(line[1], sizeof line[1], in)) {
		pairs++;
		if (strncmp(line[0], "first ", 6) || strncmp(line[1], "second ", 7) || strcmp(line[0] + 6, line[1] + 7))
			parted++;
	}
	fclose(in);
	return unused;
}

static void through_pipe(void *(*writer)(void *), void *(*reader)(void *))
{
	pthread_t t;

	if (pipe(fds))
		_exit(92);
	out = fdopen(fds[1], "w");
	t = start(reader, 0);
	run_threads(THREADS, writer);
	fclose(out);
	join(t);
}

static void *tries_stream(void *unused)
{
	int busy = ftrylockfile(stdin);

	(void)unused;
	if (!busy)
		funlockfile(stdin);
	return (void *)(long)busy;
}

int main(void)
{
	int all = 1;

	through_pipe(writes, reads);
	for (int i = 0; i < THREADS; i++)
		all &= lines_of[i] == LINES;
	eq(broken, 0, "no line is mixed with another, and each thread's are in order");
	ok(all, "no line is lost");
	through_pipe(writes_pairs, reads_pairs);
	eq(pairs, THREADS * LINES, "pairs of lines");
	eq(parted, 0, "that flockfile kept together");
	flockfile(stdin);
	ok(join(start(tries_stream, 0)), "ftrylockfile while another has it");
	funlockfile(stdin);
	ok(!join(start(tries_stream, 0)), "and when it is free");
	return tap_done();
}
