/* t_libc - other parts of libc that lean on the system: setjmp, qsort, exit handlers, abort, environment. */
#include "tap.h"

#include <assert.h>
#include <setjmp.h>
#include <time.h>

static jmp_buf place;

static int __attribute__((noinline)) dive(int depth, volatile char *above)
{
	volatile char frame[128];

	frame[0] = above ? above[0] : 1;
	if (depth == 0 && frame[0])
		longjmp(place, 7);
	return frame[0] ? dive(depth - 1, frame) + frame[0] : 0;
}

static void jumps(void)
{
	static volatile int passes;
	int value = setjmp(place);

	if (value == 0)
		dive(50, 0);
	eq(value, 7, "longjmp from fifty frames down");
	passes = 0;
	value = setjmp(place);
	passes++;
	if (value < 3)
		longjmp(place, value + 1);
	eq(passes, 4, "several times to the same place");
}

static int compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return x < y ? -1 : x > y;
}

static void sorting(void)
{
	static int numbers[5000];
	unsigned state = 7;
	long sum = 0, after = 0;
	int good = 1, key;

	for (int i = 0; i < 5000; i++) {
		state = state * 1103515245 + 12345;
		numbers[i] = state >> 8;
		sum += numbers[i];
	}
	key = numbers[1234];
	qsort(numbers, 5000, sizeof *numbers, compare);
	for (int i = 0; i < 5000; i++) {
		after += numbers[i];
		good &= i == 0 || numbers[i - 1] <= numbers[i];
	}
	ok(good && sum == after, "qsort of 5000 numbers");
	ok(bsearch(&key, numbers, 5000, sizeof *numbers, compare) != 0, "bsearch finds one");
}

static int handler_pipe;

static void first_handler(void)
{
	if (write(handler_pipe, "1", 1) != 1)
		_exit(1);
}

static void second_handler(void)
{
	if (write(handler_pipe, "2", 1) != 1)
		_exit(1);
}

static void exits_normally(void *unused)
{
	(void)unused;
	atexit(first_handler);
	atexit(second_handler);
	exit(12);
}

static void asserts(void *unused)
{
	(void)unused;
	close(2); /* its message holds a path */
	assert(handler_pipe == -1);
}

static void aborts_blocked(void *unused)
{
	unsigned long all = ~0UL;

	(void)unused;
	sc(SYS_rt_sigprocmask, SIG_SETMASK, &all, 0, 8);
	signal(SIGABRT, SIG_IGN);
	abort();
}

static void raises(void *signal_number)
{
	raise((long)signal_number);
}

static void endings(void)
{
	char order[4] = "";
	int fd[2];

	if (pipe(fd))
		_exit(97);
	handler_pipe = fd[1];
	eq(status_of(exits_normally, 0), EXITED(12), "exit with handlers");
	eq(read(fd[0], order, 3), 2, "both ran");
	ok(!strcmp(order, "21"), "the later one first");
	eq(status_of(asserts, 0), KILLED(SIGABRT), "a failed assertion");
	eq(status_of(aborts_blocked, 0), KILLED(SIGABRT), "abort, although SIGABRT is ignored and blocked");
	eq(status_of(raises, (void *)SIGTERM), KILLED(SIGTERM), "raise");
	close(fd[0]);
	close(fd[1]);
}

static void environment(void)
{
	eq(setenv("BH_TEST", "one", 1), 0, "setenv");
	ok(getenv("BH_TEST") && !strcmp(getenv("BH_TEST"), "one"), "getenv");
	setenv("BH_TEST", "two", 0);
	ok(!strcmp(getenv("BH_TEST"), "one"), "not overwritten");
	unsetenv("BH_TEST");
	ok(!getenv("BH_TEST"), "unsetenv");
}

static void calendar(void)
{
	struct tm tm;
	time_t t = 1000000000;
	char text[64];

	gmtime_r(&t, &tm);
	strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
	ok(!strcmp(text, "2001-09-09 01:46:40"), "gmtime and strftime");
	ok(time(0) > 1600000000, "time");
	ok(clock() != (clock_t)-1, "clock");
}

int main(void)
{
	jumps();
	sorting();
	endings();
	environment();
	calendar();
	return tap_done();
}
