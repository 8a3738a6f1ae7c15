/*
 * race.c - a second thread of a worker's: while the worker is in a call, it changes what the call's pointers point
 * to, takes pages of TARGET away, and closes and opens the descriptors.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>

#define FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static char stack[4 * PAGE] __attribute__((aligned(16)));
static uint64_t state; /* dice of its own */

static unsigned dice(unsigned n)
{
	state = state * 6364136223846793005 + 1442695040888963407;
	return (unsigned)(state >> 33) % n;
}

static void disturb(void)
{
	uint64_t page = TARGET + dice(TARGET_PAGES) * PAGE;

	switch (dice(8)) {
	case 0:
		call(SYS_madvise, page, PAGE, MADV_DONTNEED);
		break;
	case 1:
		call(SYS_mprotect, page, 2 * PAGE, dice(4) & PROT_READ);
		break;
	case 2:
		call(SYS_munmap, page, PAGE);
		break;
	case 3:
		call(SYS_mmap, page, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		break;
	case 4:
		call(SYS_close, 3 + dice(10));
		break;
	case 5:
		call(SYS_dup2, 3 + dice(10), 3 + dice(10));
		break;
	default: /* DATA stays mapped: the worker itself writes there */
		for (int i = 0; i < 40; i++)
			*(volatile uint64_t *)(DATA + dice(DATA_PAGES * PAGE / 8) * 8) = dice(3) ? dice(5000) : state;
	}
}

static _Noreturn void race(void)
{
	static const uint64_t pause[2] = {0, 100000};

	for (;;) {
		for (int i = 0; i < 4; i++)
			disturb();
		call(SYS_nanosleep, pause, 0);
	}
}

void race_start(uint64_t seed)
{
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;
	register long r9 __asm__("r9") = (long)race;
	long result;

	state = seed;
	__asm__ volatile("syscall; testq %%rax, %%rax; jnz 1f; call *%%r9; 1:"
			 : "=a"(result)
			 : "a"((long)SYS_clone), "D"((long)FLAGS), "S"(stack + sizeof stack), "d"(0l),
			   "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
}
