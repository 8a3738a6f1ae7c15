/*
 * crashme - random bytes as a program, over and over (after George J. Carrette's crashme): nothing that ring 3 executes
 * may touch another process or the kernel.
 *
 *      crashme SEED CHILDREN
 *
 * Each child writes random bytes to a page, makes it executable in the place of writable (so the wall w-xor-x must be
 * down), loads every register with a number and jumps to it; how it ends is counted. Beside them live siblings, each
 * with memory of its own that is hashed before and after. The parent's is compared as well. Runs on Linux, too.
 *
 *      crashme: N children: A signal 4, B signal 11, ... ; memory is what it was
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE     4096
#define SIBLINGS 4
#define KEPT     (64 * PAGE)
#define CODE     (2 * PAGE)
#define PATIENCE_NS 20000000 /* for a child that runs in circles */

static uint64_t state;

static uint64_t random64(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static void fill(uint64_t *memory, size_t bytes)
{
	for (size_t i = 0; i < bytes / 8; i++)
		memory[i] = random64();
}

static uint64_t hash(const uint64_t *memory, size_t bytes)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < bytes / 8; i++)
		h = (h ^ memory[i]) * 1099511628211u;
	return h;
}

static void *pages(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("crashme: mmap");
		exit(1);
	}
	return p;
}

/* ---- siblings: tell whether their memory is what it was, as soon as their pipe ends */

static int sibling_run(int gate)
{
	uint64_t *memory = pages(KEPT), before;
	char byte;

	fill(memory, KEPT);
	before = hash(memory, KEPT);
	while (read(gate, &byte, 1) > 0)
		;
	return hash(memory, KEPT) != before;
}

/* ---- children */

/* System calls that would reach those on purpose, or outlive the test, are fair: only ends are limited. */
static _Noreturn void child_run(void)
{
	unsigned char *code = pages(CODE);

	fill((uint64_t *)code, CODE);
	/* Every second one begins with what random bytes rarely hold: SYSCALL, a far jump, IRETQ, WRMSR ... */
	static const unsigned char spice[][3] = {
		{0x0f, 0x05, 0x90}, {0x48, 0xcf, 0x90}, {0x0f, 0x30, 0x90}, {0x0f, 0x01, 0xf8}, {0xcd, 0x80, 0x90},
		{0x0f, 0x34, 0x90}, {0x8e, 0xd8, 0x90}, {0x0f, 0x22, 0xd8}, {0xfa, 0xf4, 0x90}, {0x48, 0x0f, 0x07},
	};
	for (int i = 0; i < 8 && random64() & 1; i++)
		memcpy(code + random64() % 64, spice[random64() % 10], 3);
	if (mprotect(code, CODE, PROT_READ | PROT_EXEC))
		_exit(1);
	setrlimit(RLIMIT_NPROC, &(struct rlimit){200, 200}); /* fork is a byte pair away */
	__asm__ volatile("jmp *%0"
			 :
			 : "r"(code), "a"(random64() % 340), "D"(code), "S"(random64()), "d"(random64() % 8192)
			 : "memory");
	__builtin_unreachable();
}

/* A child has a session of its own: kill(0) and kill of its group hit itself only. */
static pid_t child_start(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		setsid();
		close(0);
		close(1);
		close(2);
		if (setresgid(4242, 4242, 4242) || setresuid(4242, 4242, 4242))
			_exit(1); /* nobody here is its own to kill */
		child_run();
	}
	return pid;
}

static int ends[128], stuck;

/* Waits for `pid`, with an end to patience; takes orphans with it where they come here. */
static void child_end(pid_t pid)
{
	struct timespec pause = {0, 200000};
	long waited = 0;
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if ((waited += pause.tv_nsec) > PATIENCE_NS) {
			stuck++;
			kill(-pid, SIGKILL);
			kill(pid, SIGKILL);
		}
		nanosleep(&pause, NULL);
	}
	kill(-pid, SIGKILL);
	ends[WIFSIGNALED(status) ? WTERMSIG(status) & 127 : 0]++;
}

static void report(int children)
{
	printf("crashme: %d children: %d exited, %d stopped by the clock", children, ends[0], stuck);
	for (int s = 1; s < 128; s++)
		if (ends[s])
			printf(", %d signal %d", ends[s], s);
	printf("\n");
}

int main(int argc, char **argv)
{
	int children = argc > 2 ? atoi(argv[2]) : 200, gate[2], changed = 0, status;
	pid_t siblings[SIBLINGS];
	uint64_t *memory = pages(KEPT), before;

	state = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	if (pipe(gate))
		return 1;
	for (int i = 0; i < SIBLINGS; i++, random64())
		if ((siblings[i] = fork()) == 0) {
			close(gate[1]);
			_exit(sibling_run(gate[0]));
		}
	fill(memory, KEPT);
	before = hash(memory, KEPT);
	for (int i = 0; i < children; i++, random64())
		child_end(child_start());
	close(gate[1]);
	for (int i = 0; i < SIBLINGS; i++)
		changed += waitpid(siblings[i], &status, 0) != siblings[i] || status != 0;
	changed += hash(memory, KEPT) != before;
	report(children);
	printf(changed ? "crashme: memory of %d processes has changed\n" : "crashme: memory is what it was\n", changed);
	return changed != 0;
}
