/*
 * init.c - process 1: the parent of orphans, in one of two lives.
 *
 * For one program: where the boot archive has /etc/run (strings ended by zero bytes: the program's path,
 * then its arguments) init runs that with the environment of /etc/env ("NAME=VALUE" strings, likewise),
 * tells the host its wait status, and switches the machine off. The program finds what a Linux shell that
 * is not interactive would give it: default signals, descriptors 0 to 2 only, and a process group that it
 * is a member of and does not lead.
 *
 * For a person: a shell on the terminal, again whenever it ends.
 *
 * I1: process 1 never ends; whatever fails here costs a line on fd 2. No allocation that grows.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "user/lib/bh.h"
#include "user/lib/io.h"

#define RUN_FILE "/etc/run"
#define ENV_FILE "/etc/env"
#define MOTD_FILE "/etc/motd"
#define SHELL "/bin/sh"

/* A shell that lived shorter than this is started again only after a pause. */
#define SHELL_LIFE_MIN 2
#define SHELL_PAUSE_MAX 32

static char *standard_environment[] = {"PATH=/bin", "HOME=/", "TERM=linux", NULL};

static void init_warn(const char *what)
{
	fprintf(stderr, "init: %s: %s\n", what, strerror(errno));
}

/* Those that the terminal sends, or that a program may send to everybody, end children and not init. */
static void init_signals(void (*action)(int))
{
	static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE};

	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		signal(signals[i], action);
}

/* Waits for that child, collecting every orphan that ends before it. */
static int wait_for(pid_t child)
{
	int status;
	pid_t pid;

	do
		pid = waitpid(-1, &status, 0);
	while (pid != child && (pid > 0 || errno == EINTR));
	return pid == child ? status : 127 << 8;
}

/* "a\0b\0" as an array of strings, NULL-terminated; the last may lack its zero. NULL: the file cannot be
 * read. */
static char **read_strings(const char *path)
{
	size_t size, count = 0;
	char *data = read_file(path, &size);
	char **strings;

	if (!data)
		return NULL;
	for (char *at = data; at < data + size; at += strlen(at) + 1)
		count++;
	strings = calloc(count + 1, sizeof *strings);
	if (!strings)
		return NULL;
	count = 0;
	for (char *at = data; at < data + size; at += strlen(at) + 1)
		strings[count++] = at;
	return strings;
}

/* Leads a process group until `fd` ends, so that the program can be in it without leading it. */
static _Noreturn void lead_group(int fd)
{
	char byte;

	while (read(fd, &byte, 1) > 0)
		;
	_exit(0);
}

/* A group for the program, apart from init's: kill(0) must not reach init. 0 where there can be none. */
static pid_t group_start(int ends[2])
{
	pid_t group;

	if (pipe(ends) < 0)
		return 0;
	group = fork();
	if (group == 0) {
		close(ends[1]);
		lead_group(ends[0]);
	}
	close(ends[0]);
	if (group < 0) {
		close(ends[1]);
		return 0;
	}
	setpgid(group, group);
	return group;
}

static _Noreturn void run_exec(char **command, char **environment)
{
	execve(command[0], command, environment);
	init_warn(command[0]);
	_exit(errno == ENOENT || errno == ENOTDIR ? 127 : 126);
}

/* Runs the program to its end; returns its wait status. */
static int run_program(char **command, char **environment)
{
	int ends[2];
	pid_t group = group_start(ends);
	pid_t child = fork();

	if (child < 0) {
		init_warn("cannot fork");
		return 126 << 8;
	}
	if (child == 0) {
		if (group) {
			close(ends[1]);
			setpgid(0, group);
		}
		init_signals(SIG_DFL);
		run_exec(command, environment);
	}
	if (group) {
		setpgid(child, group);
		/* The terminal, where there is one, is the program's. */
		for (int fd = 0; fd <= 2; fd++)
			if (isatty(fd) && (ioctl(fd, TIOCSCTTY, 1) == 0 || errno == EPERM))
				tcsetpgrp(fd, group);
		close(ends[1]);
	}
	return wait_for(child);
}

static _Noreturn void run_and_power_off(char **command)
{
	char **environment = read_strings(ENV_FILE);
	int status = 126 << 8;

	if (command[0])
		status = run_program(command, environment ? environment : standard_environment);
	else
		fprintf(stderr, "init: %s names no program\n", RUN_FILE);
	if (bh_report(status) < 0 && errno != ENXIO)
		init_warn("cannot report");
	reboot(RB_POWER_OFF);
	init_warn("cannot switch off");
	for (;;)
		if (waitpid(-1, &status, 0) < 0)
			sleep(1000);
}

static void print_motd(void)
{
	size_t size;
	char *text = read_file(MOTD_FILE, &size);

	if (text)
		write_all(STDOUT_FILENO, text, size);
	free(text);
}

static _Noreturn void shell_exec(void)
{
	static char *command[] = {"sh", NULL};

	setsid();
	/* Linux needs to be asked; Bulkhead's terminal belongs to the session that first sets its
	 * foreground group. */
	ioctl(STDIN_FILENO, TIOCSCTTY, 1);
	init_signals(SIG_DFL);
	execve(SHELL, command, standard_environment);
	init_warn(SHELL);
	_exit(127);
}

static void describe_end(int status)
{
	if (WIFSIGNALED(status))
		fprintf(stderr, "init: the shell ended (%s); here is another\n", strsignal(WTERMSIG(status)));
	else
		fprintf(stderr, "init: the shell ended (status %d); here is another\n", WEXITSTATUS(status));
}

static _Noreturn void keep_shell(void)
{
	unsigned pause = 1;

	for (;;) {
		struct timespec started = {0}, ended = {0};
		pid_t shell;

		clock_gettime(CLOCK_MONOTONIC, &started);
		shell = fork();
		if (shell == 0)
			shell_exec();
		if (shell < 0)
			init_warn("cannot fork");
		else
			describe_end(wait_for(shell));
		clock_gettime(CLOCK_MONOTONIC, &ended);
		if (ended.tv_sec - started.tv_sec >= SHELL_LIFE_MIN) {
			pause = 1;
			continue;
		}
		sleep(pause);
		pause = pause < SHELL_PAUSE_MAX ? 2 * pause : pause;
	}
}

int main(void)
{
	char **command;

	if (getpid() != 1) {
		fprintf(stderr, "init: only process 1 can be init\n");
		return 1;
	}
	init_signals(SIG_IGN);
	command = read_strings(RUN_FILE);
	if (command)
		run_and_power_off(command);
	print_motd();
	keep_shell();
}
