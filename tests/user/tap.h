/*
 * tap.h - what every ring-3 test stands on: TAP lines, system calls without libc in between, children.
 *
 * The same binary runs on Linux and on Bulkhead and must print the same bytes, so a passing line holds
 * nothing that could differ (no pid, address or time); only a failing line shows values.
 *
 *      ok 3 - name
 *      not ok 4 - name: got 0 want 11 (t_x.c:17)
 *      1..4
 *
 * Lines are written with write(2), never through a buffer that fork would copy. Only the process that
 * ends with tap_done() may call ok() and eq(); children report through their wait status or in_child().
 */
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096

static int tap_count, tap_failed;

static inline void tap_line(int pass, const char *file, int line, long got, long want, const char *form, ...)
{
	char text[512];
	va_list list;
	int n = snprintf(text, sizeof text, "%s %d - ", pass ? "ok" : "not ok", ++tap_count);

	va_start(list, form);
	n += vsnprintf(text + n, 256, form, list);
	va_end(list);
	if (!pass) {
		const char *base = strrchr(file, '/');

		tap_failed++;
		n += snprintf(text + n, sizeof text - n, ": got %ld want %ld (%s:%d)", got, want,
			      base ? base + 1 : file, line);
	}
	text[n++] = '\n';
	if (write(1, text, n) != n)
		_exit(99);
}

/* The plan and main()'s result. */
static inline int tap_done(void)
{
	char text[32];
	int n = snprintf(text, sizeof text, "1..%d\n", tap_count);

	if (write(1, text, n) != n)
		_exit(99);
	return tap_failed ? 1 : 0;
}

#define eq(got_, want_, ...)                                                                       \
	do {                                                                                       \
		long tap_got = (long)(got_), tap_want = (long)(want_);                             \
		tap_line(tap_got == tap_want, __FILE__, __LINE__, tap_got, tap_want, __VA_ARGS__); \
	} while (0)
#define ok(condition, ...) eq(!!(condition), 1, __VA_ARGS__)

/* sc(number, up to six arguments): the kernel's own answer, a negative errno on failure. */
static inline long sc6(long n, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
#define SC_CALL(n, a, b, c, d, e, f, ...) \
	sc6((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define sc(...) SC_CALL(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

/* Pointers that no system call may take: kernel addresses, the hole, the first page, the very end. */
static void *const bad_pointers[] = {
	(void *)8,
	(void *)0x800000000000,
	(void *)0xffff800000000000,
	(void *)0xffffffff80000000,
	(void *)0xffffffffffffffff,
};
#define BAD_POINTERS 5
#define BAD_POINTER  ((void *)8)

/* Wait statuses as wait4() gives them; the core flag is masked, since it depends on ulimit -c. */
#define EXITED(code)    (((code)&255) << 8)
#define KILLED(signal)  (signal)
#define STOPPED(signal) (((signal) << 8) | 0x7f)

static inline int wait_for(int pid)
{
	int status = -1;

	if (sc(SYS_wait4, pid, &status, 0, 0) != pid)
		return -1;
	return (status & 0x7f) == 0x7f ? status : status & ~0x80;
}

/* Runs body(argument) in a child and returns how the child ended; a body that returns exits with 0. */
static inline int status_of(void (*body)(void *), void *argument)
{
	int pid = fork();

	if (pid == 0) {
		body(argument);
		_exit(0);
	}
	return pid < 0 ? -1 : wait_for(pid);
}

/* Runs body(argument) in a child and returns its result, or -9999 if the child died instead. */
static inline long in_child(long (*body)(void *), void *argument)
{
	int fd[2], pid;
	long result = -9999;

	if (pipe(fd))
		return -9998;
	pid = fork();
	if (pid == 0) {
		result = body(argument);
		_exit(write(fd[1], &result, sizeof result) != sizeof result);
	}
	close(fd[1]);
	if (read(fd[0], &result, sizeof result) != sizeof result)
		result = -9999;
	close(fd[0]);
	wait_for(pid);
	return result;
}

/* One process lets another go on: a byte through a pipe. */
static inline void pass(int fd)
{
	if (write(fd, "!", 1) != 1)
		_exit(98);
}

static inline int await(int fd)
{
	char byte;

	return read(fd, &byte, 1) == 1;
}

static inline void sleep_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, 0);
}

static inline long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

/*
 * Runs body(ms), which takes that long, in a child, stops it meanwhile and lets it go on: how it ended. Where it had
 * ended before the signal came, for somebody stood still, it is given more time. *stop: what was told of the stop.
 */
static inline int stopped_meanwhile(int (*body)(long ms), int *stop)
{
	int pid = -1;

	*stop = 0;
	for (long ms = 150; ms < 40000 && !WIFSTOPPED(*stop); ms *= 2) {
		pid = fork();
		if (pid == 0)
			_exit(body(ms));
		sleep_ms(30);
		kill(pid, SIGSTOP);
		sc(SYS_wait4, pid, stop, WUNTRACED, 0);
	}
	kill(pid, SIGCONT);
	return wait_for(pid);
}

/* Starts this program again with the given arguments (argv[1], argv[2]); returns only if that failed. */
static inline long exec_self(const char *mode, const char *argument)
{
	char *argv[] = {"self", (char *)mode, (char *)argument, 0};
	char *envp[] = {"TAP=1", 0};

	return sc(SYS_execve, "/proc/self/exe", argv, envp);
}
