/*
 * fuzz.h - the random system-call fuzzer: what its files share.
 *
 * main.c      process 1: starts workers, counts what they report, kills and reaps them, compares with before
 * worker.c    one worker's life: choose a row of syscalls.def, make arguments, call, report
 * argument.c  arguments by their kind, and by a row's hint
 * memory.c    the addresses that pointers are taken from, and what lies there
 * race.c      a second thread of some workers', which changes what a call's pointers point to
 * hint.c      what makes a call succeed that arguments by kind alone rarely would
 * report.c    process 1's counts, and what it prints of them
 *
 * Workers and their children never touch libc's state: FS base, heap, descriptors 0 to 2 are fuzzed as well.
 */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "kernel/abi/bulkhead.h"

#define PAGE  4096ul
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- rows */

struct row {
	int number;
	const char *name, *kinds;
	const char *hint; /* hint.c's, or NULL */
	char how;         /* HOW_... */
};

/* How the call is made. */
enum {
	HOW_PLAIN = 0,
	HOW_CHILD = 'c', /* mostly in a child of its own, since it takes something away for good */
	HOW_KID   = 'k', /* with a child that has ended, to be waited for */
	HOW_FORK  = 'f', /* returns twice */
	HOW_END   = 'e', /* does not return: in a child, by whose end it is judged */
	HOW_EXEC  = 'x', /* likewise, but the program that it starts is judged */
	HOW_SIGNAL = 's', /* in a child that is sent signals, with a handler: EINTR is what it is to say */
	HOW_FIRST = '1', /* by process 1 (main.c) */
};

#define ROWS_MAX 256
extern struct row rows[ROWS_MAX];
extern int row_count;
void rows_init(void);

/* ---- system calls: the kernel's own answer; the stack pointer is put right again in a child that got another */

static inline long call6(long n, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("movq %%rsp, %%r12; syscall; movq %%r12, %%rsp"
			 : "=a"(result)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "r12", "memory");
	return result;
}
#define CALL_6(n, a, b, c, d, e, f, ...) \
	call6((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define call(...) CALL_6(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

/* ---- random numbers: the same again from the same seed */

extern uint64_t random_state;

static inline uint64_t random64(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static inline unsigned below(unsigned n)
{
	return (unsigned)((random64() >> 33) % n);
}

static inline int one_in(unsigned n)
{
	return below(n) == 0;
}

/* ---- memory.c */

#define DATA_PAGES   32
#define TARGET_PAGES 32
#define DATA         0x1000000000ul /* pointers to something: read-write pages, and then: */
#define DATA_END     (DATA + DATA_PAGES * PAGE)
#define READ_ONLY    (DATA_END + PAGE)
#define NO_ACCESS    (READ_ONLY + PAGE)
#define CODE_ONLY    (NO_ACCESS + PAGE)
#define TARGET       0x2000000000ul /* what mmap, munmap, mremap ... work on */

void memory_reset(void);
/* Good: at least `room` bytes that can be written, aligned, with something in them. Bad: everything else. */
uint64_t pointer_good(void);
uint64_t pointer_bad(void);
uint64_t pointer_target(void);
/* Pointers to a structure, by its letter in a hint. */
uint64_t pointer_to(char what);

/* ---- argument.c */

extern int own_pid, main_pid;
#define REPORT_FD 250 /* never an argument */

void arguments_make(const struct row *r, long a[6]);
int fd_safe(long fd);
uint64_t path_of(char what);
void descriptors_reset(void);

/* ---- worker.c */

struct result {
	uint8_t row;
	int16_t error; /* 0, or the errno */
};

#define BATCH 48
struct batch {
	uint16_t worker, count;
	struct result results[BATCH];
};

#define KILLED 255 /* as an errno: a signal ended the child that was to make the call */

/* In a child of process 1; never returns. `fails`: root's calls are made with allocations that fail, too. */
_Noreturn void worker_run(int number, uint64_t seed, int calls, uint32_t uid);

/* ---- race.c */

/* From now on another thread changes memory, mappings and descriptors under this one's calls. */
void race_start(uint64_t seed);

/* ---- report.c */

extern uint64_t successes[ROWS_MAX];
extern uint64_t calls_counted;
/* So that counting needs no page that it did not have before. */
void report_touch(void);
void count_result(const struct result *r);
/* Prints a line for each row; returns how many succeeded fewer than `least` times. */
int report_print(uint64_t least);

struct existing {
	uint64_t frames, objects, handles, queues, processes;
};
struct existing existing_now(void);
int existing_differs(const struct existing *before, const struct existing *now);
