/*
 * suite - runs the programs named on its command line, one after the other, and frames what they print:
 *
 *      suite SECONDS DIRECTORY NAME...
 *
 *      @@ run NAME
 *      @@ end NAME WAIT_STATUS LENGTH
 *      (LENGTH bytes of output and a newline)
 *
 * The runner starts it twice, on Linux and on Bulkhead, and compares. Each program gets DIRECTORY as its
 * argument, an empty standard input, and a process group of its own, which is killed when the program has
 * ended or when a watchdog, a second child, has slept for SECONDS. On Bulkhead the isolation audit follows, and rules
 * that are broken then are added to the output. If the machine stops, the last "run"
 * without an "end" names the culprit.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/abi/bulkhead.h"

#define OUTPUT_MAX (1 << 20)

static char output[OUTPUT_MAX];

static void fail(const char *what)
{
	dprintf(2, "suite: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void put(const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(1, data, size);

		if (n < 0)
			fail("write");
		data += n;
		size -= n;
	}
}

static void say(const char *form, ...)
{
	char line[256];
	va_list list;

	va_start(list, form);
	vsnprintf(line, sizeof line, form, list);
	va_end(list);
	put(line, strlen(line));
}

/* The child's side: an empty standard input, both outputs into the pipe, then the program. */
static _Noreturn void become(const char *directory, const char *name, int out[2])
{
	char path[256];
	int empty[2];

	setpgid(0, 0);
	if (pipe(empty))
		fail("pipe");
	close(empty[1]);
	dup2(empty[0], 0);
	dup2(out[1], 1);
	dup2(out[1], 2);
	close(empty[0]);
	close(out[0]);
	close(out[1]);
	snprintf(path, sizeof path, "%s/%s", directory, name);
	execl(path, name, directory, (char *)0);
	fail(path);
	_exit(127);
}

static pid_t start_watchdog(pid_t group, int seconds, int out[2])
{
	pid_t pid = fork();

	if (pid == 0) {
		struct timespec limit = {seconds, 0};

		close(out[0]);
		close(out[1]);
		nanosleep(&limit, 0);
		kill(-group, SIGKILL);
		_exit(0);
	}
	return pid;
}

/* Reads to the end of the pipe; what does not fit is dropped. */
static size_t gather(int fd)
{
	size_t size = 0;
	char dropped[512];

	for (;;) {
		size_t room = sizeof output - size;
		ssize_t n = room ? read(fd, output + size, room) : read(fd, dropped, sizeof dropped);

		if (n <= 0)
			return size;
		size += room ? (size_t)n : 0;
	}
}

/* Behind the output, of which there are `size` bytes: how many there are now. On Linux there is no such call. */
static size_t audit(size_t size)
{
	struct bh_rule rules[32];
	long bytes = syscall(SYS_bh_info, BH_INFO_AUDIT, 0, rules, sizeof rules);

	for (long i = 0; i < bytes / (long)sizeof *rules; i++)
		if (rules[i].broken && size + 128 < sizeof output)
			size += (size_t)sprintf(output + size, "not ok - audit after it: %s is broken %lu times\n",
						rules[i].name, rules[i].broken);
	return size;
}

static void run_one(const char *directory, const char *name, int seconds)
{
	int out[2], status = 0;
	pid_t pid, watchdog;
	size_t size;

	say("@@ run %s\n", name);
	if (pipe(out))
		fail("pipe");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0)
		become(directory, name, out);
	setpgid(pid, pid); /* whichever of the two comes first */
	watchdog = start_watchdog(pid, seconds, out);
	close(out[1]);
	size = gather(out[0]);
	close(out[0]);
	waitpid(pid, &status, 0);
	kill(-pid, SIGKILL);
	if (watchdog > 0) {
		kill(watchdog, SIGKILL);
		waitpid(watchdog, 0, 0);
	}
	size = audit(size);
	say("@@ end %s %d %zu\n", name, status & ~0x80, size);
	put(output, size);
	put("\n", 1);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		dprintf(2, "usage: suite SECONDS DIRECTORY NAME...\n");
		return 2;
	}
	for (int i = 3; i < argc; i++)
		run_one(argv[2], argv[i], atoi(argv[1]));
	return 0;
}
