/*
 * main.c - process 1 of the fuzzer's machine, in the place of init: so every orphan comes to it, nothing that a
 * worker does to "all processes" ends it, and the calls that are process 1's alone are fuzzed as well.
 *
 *      /etc/fuzz       "SEED CALLS LEAST": how many calls to make; how often each row must succeed
 *
 * It works in rounds. A round starts workers, of root and of other users, counts what they report, ends those that
 * no longer report, and starts others; after so many calls it kills everything and reaps it. Then as many frames,
 * objects, handles and queues must exist as before.
 *
 * I1  A run is a function of the seed where the machine is (-icount): nothing here asks a clock but for patience.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS     8
#define ROUND_CALLS 20000
#define LIFE_CALLS  600
#define PATIENCE_MS 150
#define MANY        150 /* processes at once, before the first look at what exists */

static int report_in; /* descriptors of the pipe that the batches come through */
static uint64_t seed, wanted, least, lives;

static struct worker {
	int pid;
	long seen_ms;
} workers[WORKERS];

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Root's workers change those of process 1, too. */
static void limits_reset(void)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit l = {RLIM_INFINITY, RLIM_INFINITY};

		if (i == RLIMIT_NOFILE)
			l = (struct rlimit){1024, 4096};
		if (i == RLIMIT_STACK)
			l.rlim_cur = 8 << 20;
		setrlimit(i, &l);
	}
}

static void worker_start(int n)
{
	static const uint32_t users[WORKERS] = {0, 1000, 0, 1001, 0, 1000, 0, 1002};
	uint64_t life = lives++;
	int pid;

	limits_reset();
	pid = fork();
	if (pid == 0)
		worker_run(n, (seed << 32) + life * 0x10001, LIFE_CALLS, users[n]);
	workers[n] = (struct worker){pid, now_ms()};
}

/* What is read is whole batches: each was written in one piece, and shorter than PIPE_BUF. */
static int batch_take(void)
{
	static struct batch b;
	const size_t head = offsetof(struct batch, results);

	if (read(report_in, &b, head) != (ssize_t)head)
		return 0;
	if (b.count > BATCH || read(report_in, b.results, b.count * sizeof *b.results) < 0) {
		printf("fuzz: the report pipe is out of step\n");
		return 0;
	}
	for (int i = 0; i < b.count; i++)
		count_result(&b.results[i]);
	if (b.worker < WORKERS)
		workers[b.worker].seen_ms = now_ms();
	return 1;
}

/* Calls that only process 1 may make, spread over the run. */
static void first_calls(void)
{
	for (int r = 0; r < row_count; r++) {
		long a[6], result;

		if (rows[r].how != HOW_FIRST || successes[r] * wanted > 2 * least * calls_counted)
			continue;
		arguments_make(&rows[r], a);
		result = call6(rows[r].number, a[0], a[1], a[2], a[3], a[4], a[5]);
		count_result(&(struct result){(uint8_t)r, (int16_t)(result < 0 ? -result : 0)});
	}
}

static void look_after(void)
{
	int pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (int n = 0; n < WORKERS; n++)
			if (workers[n].pid == pid)
				worker_start(n);
	for (int n = 0; n < WORKERS; n++)
		if (now_ms() - workers[n].seen_ms > PATIENCE_MS) {
			kill(-workers[n].pid, SIGKILL);
			kill(workers[n].pid, SIGKILL);
			workers[n].seen_ms = now_ms();
		}
}

static void end_all(void)
{
	char name[] = "/fuzz0";

	do
		kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0);
	while (batch_take())
		;
	for (name[5] = '0'; name[5] < '8'; name[5]++)
		call(SYS_mq_unlink, name + 1);
}

static void round_run(uint64_t until)
{
	static const struct timespec pause = {0, 1000000};

	for (int n = 0; n < WORKERS; n++)
		worker_start(n);
	while (calls_counted < until) {
		for (int i = 0; i < 16; i++)
			if (batch_take())
				first_calls();
		look_after();
		nanosleep(&pause, NULL);
	}
	end_all();
}

/* The kernel keeps page tables for stacks, once made: makes it make them. */
static void warm_up(void)
{
	for (int i = 0; i < MANY; i++)
		if (fork() == 0)
			for (;;)
				sleep(1000);
	round_run(calls_counted + 2000);
}

static void settings_read(void)
{
	char text[100] = {0}, *at = text;
	int fd = open("/etc/fuzz", O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof text - 1) < 0)
		printf("fuzz: there is no /etc/fuzz\n");
	close(fd);
	seed = strtoul(at, &at, 0);
	wanted = strtoul(at, &at, 0);
	least = strtoul(at, &at, 0);
}

static void pipe_make(void)
{
	int ends[2];

	if (pipe(ends))
		printf("fuzz: no pipe\n");
	report_in = fcntl(ends[0], F_DUPFD_CLOEXEC, REPORT_FD + 1);
	dup2(ends[1], REPORT_FD);
	fcntl(REPORT_FD, F_SETFD, FD_CLOEXEC);
	fcntl(report_in, F_SETFL, O_NONBLOCK);
	close(ends[0]);
	close(ends[1]);
}

/* What exists once it stays so for `calm` ms, or is `expected`: whoever has ended may still be on the way to its grave,
 * on another processor. */
static struct existing existing_at_rest(int calm, const struct existing *expected)
{
	const struct timespec pause = {0, 1000000};
	struct existing last = existing_now(), now;

	for (int same = 0; same < calm && memcmp(&last, expected, sizeof last); same++) {
		nanosleep(&pause, NULL);
		now = existing_now();
		if (memcmp(&last, &now, sizeof now))
			same = 0;
		last = now;
	}
	return last;
}

/* Process 1 must be the same before and after: what it will touch, it touches now. */
static int fuzz(void)
{
	struct existing before = {0}, now;
	int leaks = 0, few;

	report_touch();
	warm_up();
	existing_now();
	before = existing_at_rest(50, &before);
	while (calls_counted < wanted && !leaks) {
		uint64_t left = wanted - calls_counted;

		round_run(calls_counted + (left < ROUND_CALLS ? left : ROUND_CALLS));
		now = existing_at_rest(500, &before);
		leaks = existing_differs(&before, &now);
		if (leaks)
			printf("leak: between calls %lu and %lu\n", calls_counted - ROUND_CALLS, calls_counted);
	}
	few = report_print(least);
	printf("fuzz: seed %lu, %lu calls, %lu processes of its own, %d leaks, %d rows too rare\n", seed, calls_counted,
	       lives, leaks, few);
	fflush(stdout);
	return leaks || few;
}

int main(void)
{
	int status;

	if (getpid() != 1)
		return 1; /* a worker has executed /proc/self/exe */
	signal(SIGPIPE, SIG_IGN);
	rows_init();
	settings_read();
	random_state = seed;
	pipe_make();
	memory_reset();
	status = fuzz();
	call(SYS_bh_report, status << 8);
	reboot(RB_POWER_OFF);
	return 1;
}
