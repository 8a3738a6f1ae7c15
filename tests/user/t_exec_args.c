/* t_exec_args - execve's two arrays: missing, empty, crooked, at a page's edge, at their limits; which error first. */
#include "tap.h"

#include <sys/mman.h>
#include <sys/resource.h>

#define STRING_MAX 131072 /* bytes of one string, its NUL among them */
#define MANY       20000

extern char **environ;

static char *mode_argv[] = {"zero", "--count", 0};
static char *no_strings[] = {0};
static char text[STRING_MAX + 2];

struct arrays {
	void *argv, *envp;
};

static void start(void *arrays)
{
	struct arrays *a = arrays;

	_exit(100 - sc(SYS_execve, "/proc/self/exe", a->argv, a->envp));
}

static int run(void *argv, void *envp)
{
	return status_of(start, &(struct arrays){argv, envp});
}

static long refused(void *argv, void *envp)
{
	return sc(SYS_execve, "/proc/self/exe", argv, envp);
}

/* What the program that was started says of itself. */
static int count(char **strings)
{
	int n = 0;

	while (strings[n])
		n++;
	return n;
}

static int child_main(int argc, char **argv)
{
	if (argc == 1)
		return argv[1] || count(environ) ? 90 : 91;
	if (!strcmp(argv[1], "--count"))
		return argc << 4 | count(environ);
	if (!strcmp(argv[1], "--length"))
		return strlen(argv[2]) == STRING_MAX - 1 ? 92 : 93;
	if (!strcmp(argv[1], "--environment"))
		return strlen(environ[0]) == STRING_MAX - 1 && !environ[1] ? 94 : 95;
	if (!strcmp(argv[1], "--write")) {
		strcpy(argv[0], "ZERO");
		strcpy(environ[0], "NEW=2");
		return strcmp(getenv("NEW"), "2") || strcmp(argv[1], "--write") ? 97 : 96;
	}
	return argc == MANY && !strcmp(argv[MANY - 1], "m") ? 98 : 99;
}

static void missing(void)
{
	static char *empty[] = {"", 0};

	eq(run(0, 0), EXITED(91), "no argv, no envp: argv is one empty string, envp empty");
	eq(run(no_strings, 0), EXITED(91), "an argv without strings: the same");
	eq(run(no_strings, no_strings), EXITED(91), "and an envp without");
	eq(run(empty, 0), EXITED(91), "argv[0] may be empty");
	eq(run(mode_argv, 0), EXITED(2 << 4), "no envp: an empty environment");
	eq(run(mode_argv, no_strings), EXITED(2 << 4), "an envp without strings: the same");
	eq(run(mode_argv, (char *[]){"", "", "A", 0}), EXITED(2 << 4 | 3), "empty strings in envp count");
	eq(run((char *[]){"", "--count", "", "", 0}, no_strings), EXITED(4 << 4), "and in argv");
	eq(run((char *[]){"zero", "--write", 0}, (char *[]){"OLD=1", 0}), EXITED(96), "both can be written over");
}

static void crooked(void)
{
	static char argv[64] __attribute__((aligned(8))), envp[64] __attribute__((aligned(8)));
	char *edge = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char **last = (char **)(edge + PAGE) - 3;

	munmap(edge + PAGE, PAGE);
	memcpy(argv + 1, mode_argv, sizeof mode_argv);
	memcpy(envp + 3, (char *[]){"ONE=1", "TWO=2", 0}, 3 * sizeof(char *));
	eq(run(argv + 1, envp + 3), EXITED(2 << 4 | 2), "arrays at odd addresses");
	memcpy(last, mode_argv, sizeof mode_argv);
	eq(run(last, last), EXITED(2 << 4 | 2), "an array up to the end of its page");
	strcpy((char *)last - 8, "--count");
	memmove(edge + PAGE - 8, "--count", 8);
	eq(run((char *[]){"zero", edge + PAGE - 8, 0}, 0), EXITED(2 << 4), "a string up to the end of its page");
	memset(edge, 'x', PAGE);
	eq(refused((char *[]){"zero", edge + PAGE - 8, 0}, 0), -EFAULT, "EFAULT: a string without end there");
	eq(refused(mode_argv, (char *[]){edge, 0}), -EFAULT, "EFAULT: the same in envp");
	memcpy(edge, mode_argv, sizeof mode_argv);
	mprotect(edge, PAGE, PROT_READ);
	eq(run(edge, 0), EXITED(2 << 4), "an array that can only be read");
	mprotect(edge, PAGE, PROT_NONE);
	eq(refused(edge, 0), -EFAULT, "EFAULT: one that cannot be read");
	eq(refused(mode_argv, (char *[]){edge, 0}), -EFAULT, "EFAULT: a string that cannot be read");
	munmap(edge, PAGE);
}

static void bad_strings(void)
{
	char *strings[5];

	for (int i = 0; i < BAD_POINTERS; i++)
		for (int at = 0; at < 4; at += 3) {
			for (int j = 0; j < 4; j++)
				strings[j] = "good";
			strings[at] = bad_pointers[i];
			strings[4] = 0;
			eq(refused(strings, 0), -EFAULT, "EFAULT: argv[%d] is bad pointer %d", at, i);
			eq(refused(mode_argv, strings), -EFAULT, "EFAULT: envp[%d]", at);
		}
}

static void string_limit(void)
{
	memset(text, 's', sizeof text - 1);
	text[STRING_MAX - 1] = 0;
	eq(run((char *[]){"zero", "--length", text, 0}, 0), EXITED(92), "a string of 128 KiB with its NUL");
	eq(run((char *[]){"zero", "--environment", 0}, (char *[]){text, 0}), EXITED(94), "also in envp");
	text[STRING_MAX - 1] = 's';
	text[STRING_MAX] = 0;
	eq(refused((char *[]){"zero", "--length", text, 0}, 0), -E2BIG, "E2BIG: a byte more");
	eq(refused((char *[]){text, 0}, 0), -E2BIG, "E2BIG: as argv[0]");
	eq(refused((char *[]){"zero", "--environment", 0}, (char *[]){text, 0}), -E2BIG, "E2BIG: in envp");
}

/* A quarter of the stack's limit is for strings and pointers, but 128 KiB at the least. */
static long sum_limit(void *unused)
{
	static char *many[MANY + 1];
	struct rlimit l;
	char *strings[] = {"zero", "--", text, text, text, 0};

	(void)unused;
	memset(text, 0, sizeof text);
	memset(text, 't', 100000);
	for (int i = 0; i < MANY; i++)
		many[i] = "m";
	getrlimit(RLIMIT_STACK, &l);
	l.rlim_cur = 1 << 20; /* 256 KiB */
	if (setrlimit(RLIMIT_STACK, &l))
		return 1;
	if (refused(strings, 0) != -E2BIG || refused(mode_argv, strings) != -E2BIG)
		return 2;
	strings[4] = 0;
	if (run(strings, 0) != EXITED(99) || refused(strings, strings) != -E2BIG)
		return 3;
	if (run(many, 0) != EXITED(98) || refused(many, many) != -E2BIG)
		return 4;
	l.rlim_cur = 256 << 10; /* 128 KiB: pointers alone are 156 */
	if (setrlimit(RLIMIT_STACK, &l) || refused(many, 0) != -E2BIG)
		return 5;
	strings[3] = 0;
	return run(strings, 0) == EXITED(99) ? 0 : 6;
}

static void order(void)
{
	char *long_name[] = {text, 0};

	memset(text, 'u', sizeof text - 1);
	eq(sc(SYS_execve, BAD_POINTER, BAD_POINTER, 0), -EFAULT, "EFAULT: the path");
	eq(sc(SYS_execve, "", BAD_POINTER, BAD_POINTER), -ENOENT, "ENOENT: an empty path, before EFAULT");
	eq(sc(SYS_execve, "/no/such", BAD_POINTER, 0), -ENOENT, "ENOENT: before EFAULT of argv");
	eq(sc(SYS_execve, "/no/such", long_name, 0), -ENOENT, "ENOENT: before E2BIG");
	eq(sc(SYS_execve, "/proc/self/exe/x", mode_argv, BAD_POINTER), -ENOTDIR, "ENOTDIR: before EFAULT of envp");
	eq(sc(SYS_execve, "/", BAD_POINTER, BAD_POINTER), -EACCES, "EACCES: a directory, before EFAULT");
	eq(refused(BAD_POINTER, long_name), -EFAULT, "EFAULT: argv, before E2BIG of envp");
	eq(run(mode_argv, 0), EXITED(2 << 4), "after all that it can be started");
}

int main(int argc, char **argv)
{
	if (!*argv[0] || (argc > 1 && (argv[1][0] == '-' || argv[1][0] == 'm')))
		return child_main(argc, argv);
	missing();
	crooked();
	bad_strings();
	string_limit();
	eq(in_child(sum_limit, 0), 0, "E2BIG: strings and pointers together, by the stack's limit");
	order();
	return tap_done();
}
