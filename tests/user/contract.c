/*
 * contract - one program for the promises of tools/run: `contract WHAT` does the one thing that is asked.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void copy_input(void)
{
	char data[3000];
	ssize_t n;

	while ((n = read(0, data, sizeof data)) > 0)
		for (ssize_t done = 0; done < n;)
			done += write(1, data + done, n - done);
	if (n < 0)
		exit(errno);
}

static void show_file(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0) {
		printf("%s: %s\n", path, strerror(errno));
		return;
	}
	dup2(fd, 0);
	copy_input();
}

static void show_terminals(void)
{
	struct winsize window = {0};

	for (int fd = 0; fd < 3; fd++)
		dprintf(2, "%d", isatty(fd));
	for (int fd = 0; fd < 3; fd++)
		if (!ioctl(fd, TIOCGWINSZ, &window))
			break;
	dprintf(2, " %dx%d\n", window.ws_row, window.ws_col);
}

static void sleep_long(void)
{
	struct timespec limit = {1000, 0};

	nanosleep(&limit, 0);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "exit"))
		return atoi(argv[2]);
	if (!strcmp(what, "null"))
		return *(volatile int *)(uintptr_t)(argc - 2);
	if (!strcmp(what, "kill"))
		return kill(getpid(), atoi(argv[2]));
	if (!strcmp(what, "abort"))
		abort();
	if (!strcmp(what, "cat"))
		copy_input();
	if (!strcmp(what, "file"))
		show_file(argv[2]);
	if (!strcmp(what, "arguments"))
		for (int i = 0; i < argc; i++)
			printf("%d=%s\n", i, argv[i]);
	if (!strcmp(what, "environment"))
		for (char **e = environ; *e; e++)
			printf("%s\n", *e);
	if (!strcmp(what, "both"))
		return write(1, "to output\n", 10) + write(2, "to error\n", 9) != 19;
	if (!strcmp(what, "terminals"))
		show_terminals();
	if (!strcmp(what, "sleep"))
		sleep_long();
	if (!strcmp(what, "spin"))
		for (;;)
			;
	return 0;
}
