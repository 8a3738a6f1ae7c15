/*
 * t_aslr - a thousand times this program is executed, and tells where program, mappings, stack and heap are. Each bit
 * that should be random is, none follows another, and no place comes again.
 *
 *      t_aslr show        prints the four places of this run
 */
/* build: static-pie */
#include "maps.h"

#include <sys/auxv.h>

#define RUNS   1000
#define PLACES 4

static const struct {
	const char *name;
	int bits;
} places[PLACES] = {{"program", 28}, {"mappings", 28}, {"stack", 22}, {"heap", 13}};

static unsigned long seen[PLACES][RUNS]; /* page numbers */

static void look(unsigned long mine[PLACES])
{
	mine[0] = (unsigned long)&places;
	mine[1] = (unsigned long)map(0, PAGE, RW, ANON);
	mine[2] = getauxval(AT_RANDOM);
	mine[3] = (unsigned long)sc(SYS_brk, 0);
}

static void tell(int fd)
{
	unsigned long mine[PLACES];

	look(mine);
	_exit(write(fd, mine, sizeof mine) != sizeof mine);
}

static int show(void)
{
	unsigned long mine[PLACES];

	look(mine);
	for (int i = 0; i < PLACES; i++)
		printf("%s %#lx\n", places[i].name, mine[i]);
	return 0;
}

static int run_once(int n)
{
	char *argv[] = {"aslr", "tell", 0}, *envp[] = {0};
	unsigned long mine[PLACES];
	int fd[2], pid;

	pipe(fd);
	pid = vfork();
	if (pid == 0) {
		dup2(fd[1], 60);
		execve("/proc/self/exe", argv, envp);
		_exit(1);
	}
	close(fd[1]);
	if (read(fd[0], mine, sizeof mine) != sizeof mine || wait_for(pid) != EXITED(0))
		return 0;
	close(fd[0]);
	for (int i = 0; i < PLACES; i++)
		seen[i][n] = mine[i] / PAGE;
	return 1;
}

/* Of a bit over all runs: 1, or -1. */
static int side(int place, int n, int bit)
{
	return seen[place][n] >> bit & 1 ? 1 : -1;
}

static int balanced(int place)
{
	int good = 1;

	for (int bit = 0; bit < places[place].bits; bit++) {
		int ones = 0;

		for (int n = 0; n < RUNS; n++)
			ones += side(place, n, bit) > 0;
		good &= ones >= RUNS * 2 / 5 && ones <= RUNS * 3 / 5;
	}
	return good;
}

/* By chance a correlation is more than 0.19, six deviations, once in half a billion pairs. */
static int independent(int place)
{
	int good = 1;

	for (int a = 0; a < places[place].bits; a++)
		for (int b = 0; b < a; b++) {
			int sum = 0;

			for (int n = 0; n < RUNS; n++)
				sum += side(place, n, a) * side(place, n, b);
			good &= sum < RUNS * 19 / 100 && sum > -RUNS * 19 / 100;
		}
	return good;
}

static int pairs_alike(int place)
{
	int pairs = 0;

	for (int a = 0; a < RUNS; a++)
		for (int b = 0; b < a; b++)
			pairs += seen[place][a] == seen[place][b];
	return pairs;
}

static void child_has_the_same(void *unused)
{
	(void)unused;
	_exit(map(0, PAGE, RW, ANON) == (long)seen[0][0] ? 0 : 1);
}

int main(int argc, char **argv)
{
	int done = 0;

	if (argc > 1 && !strcmp(argv[1], "tell"))
		tell(60);
	if (argc > 1 && !strcmp(argv[1], "show"))
		return show();
	while (done < RUNS && run_once(done))
		done++;
	eq(done, RUNS, "a thousand runs");
	for (int i = 0; i < PLACES; i++) {
		ok(balanced(i), "%s: each of %d bits is set in 40 to 60 of a hundred", places[i].name, places[i].bits);
		ok(independent(i), "%s: no bit follows another", places[i].name);
		if (places[i].bits > 20) /* of 1,000 in 2^22 two are alike in one of eight tries */
			ok(pairs_alike(i) <= (places[i].bits > 24 ? 1 : 3), "%s: no place comes again and again",
			   places[i].name);
	}
	seen[0][0] = (unsigned long)map(0, PAGE, RW, ANON);
	munmap((void *)seen[0][0], PAGE);
	eq(status_of(child_has_the_same, 0), EXITED(0), "fork changes nothing");
	return tap_done();
}
