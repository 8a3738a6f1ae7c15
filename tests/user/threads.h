/*
 * threads.h - for tests of threads: libc's threads in a line each, threads by the bare clone(2), without libc's help
 * and without its locks, and waiting for something to happen.
 *
 * A thread made by thread_raw() must not call libc's functions that look at their thread (errno, stdio, malloc): sc()
 * only.
 */
#pragma once

#include "tap.h"

#include <pthread.h>
#include <sched.h>

/* For locks of one's own: gcc 12 moves accesses to static variables over calls of functions into which it can see. */
#define FENCED __attribute__((noipa, unused))

#define RAW_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)
#define RAW_STACK (16 * PAGE)

/* clone() with these flags on a new stack; the thread runs body(argument) and ends with its result. */
static inline long clone_raw(long flags, int (*body)(void *), void *argument, int *parent_tid, int *child_tid)
{
	static char stacks[64][RAW_STACK] __attribute__((aligned(16)));
	static int used;
	char *top = stacks[__atomic_fetch_add(&used, 1, __ATOMIC_RELAXED) % 64] + RAW_STACK;
	register int *r10 __asm__("r10") = child_tid;
	register long r8 __asm__("r8") = 0;
	register int (*call)(void *) __asm__("r12") = body;
	register void *with __asm__("r13") = argument;
	long result;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov %%r13, %%rdi\n\t"
			 "call *%%r12\n\t"
			 "mov %%eax, %%edi\n\t"
			 "mov $60, %%eax\n\t"
			 "syscall\n\t"
			 "hlt\n"
			 "1:"
			 : "=a"(result)
			 : "a"(SYS_clone), "D"(flags), "S"(top), "d"(parent_tid), "r"(r10), "r"(r8), "r"(call),
			   "r"(with)
			 : "rcx", "r11", "memory");
	return result;
}

static inline long thread_raw(int (*body)(void *), void *argument)
{
	return clone_raw(RAW_FLAGS, body, argument, 0, 0);
}

static inline long futex_wait(int *at, int value)
{
	return sc(SYS_futex, at, 0, value, 0);
}

static inline long futex_wake(int *at, int n)
{
	return sc(SYS_futex, at, 1, n);
}

/* Waits until n threads sleep at the word, 10 s at the most: REQUEUE to where they are counts them. */
static FENCED int sleepers_become(int *at, int n)
{
	struct timespec t = {0, 1000000};

	for (int i = 0; i < 10000 && sc(SYS_futex, at, 3, 0, 1 << 30, at, 0) != n; i++)
		sc(SYS_nanosleep, &t, 0);
	return sc(SYS_futex, at, 3, 0, 1 << 30, at, 0) == n;
}

static FENCED void await_sleepers(int *at, int n)
{
	if (!sleepers_become(at, n))
		_exit(94);
}

/* The caller runs on that processor from now on. */
static inline void run_on(int cpu)
{
	sc(SYS_sched_setaffinity, 0, sizeof(long), &(long){1l << cpu});
}

/* A word that is set once. */
static FENCED void set(int *word)
{
	__atomic_store_n(word, 1, __ATOMIC_SEQ_CST);
	futex_wake(word, 1 << 30);
}

static FENCED void await_set(int *word)
{
	while (!__atomic_load_n(word, __ATOMIC_SEQ_CST))
		futex_wait(word, 0);
}

static inline int read_word(const int *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

/* Waits for the end of the thread whose word (set_tid_address) this is. */
static inline void await_clear(int *word)
{
	for (int value; (value = read_word(word));)
		futex_wait(word, value);
}

/* Waits until the word has the value, 10 s at the most. */
static FENCED int becomes(const int *word, int value)
{
	struct timespec t = {0, 1000000};

	for (int i = 0; i < 10000 && read_word(word) != value; i++)
		sc(SYS_nanosleep, &t, 0);
	return read_word(word) == value;
}

/* Adds to a word that others change, too; gives what is then in it. */
static inline int add(int *word, int n)
{
	return __atomic_add_fetch(word, n, __ATOMIC_SEQ_CST);
}

static inline pthread_t start(void *(*body)(void *), void *argument)
{
	pthread_t t;

	if (pthread_create(&t, 0, body, argument))
		_exit(90);
	return t;
}

/* The result of a thread, when it has ended. */
static inline void *join(pthread_t t)
{
	void *result;

	if (pthread_join(t, &result))
		_exit(91);
	return result;
}

/* n threads, 64 at the most, each with its number from 0 up as its argument; the sum of their results. */
static inline long run_threads(int n, void *(*body)(void *))
{
	pthread_t t[64];
	long sum = 0;

	for (long i = 0; i < n; i++)
		t[i] = start(body, (void *)i);
	for (int i = 0; i < n; i++)
		sum += (long)join(t[i]);
	return sum;
}

/* The time in so many milliseconds. */
static inline struct timespec in_ms(clockid_t clock, long ms)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_nsec += ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}
