/*
 * memory.c - where pointers point. DATA is memory for what calls read and write, TARGET for what they map and
 * unmap; beside DATA lie a hole, a page that can be read only, one without any right, and one of code.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <sys/mman.h>

#define FIXED (MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED)

extern const char __executable_start[];

static void map(uint64_t at, uint64_t pages, int prot)
{
	if (call(SYS_mmap, at, pages * PAGE, prot, FIXED, -1, 0) != (long)at)
		call(SYS_exit_group, 99);
}

void memory_reset(void)
{
	map(DATA, DATA_PAGES, PROT_READ | PROT_WRITE);
	map(READ_ONLY, 1, PROT_READ);
	map(NO_ACCESS, 1, PROT_NONE);
	map(CODE_ONLY, 1, PROT_READ | PROT_EXEC);
	call(SYS_munmap, TARGET, 16 * TARGET_PAGES * PAGE);
	map(TARGET, TARGET_PAGES, PROT_READ | PROT_WRITE);
	*(volatile char *)TARGET = 1;
	*(volatile char *)(TARGET + 5 * PAGE) = 1;
	call(SYS_brk, call(SYS_brk, 0) & ~(PAGE - 1));
}

/* Something that a call may take for what it expects: small numbers, pairs, pointers with lengths, noise. */
static void fill(uint64_t *to)
{
	unsigned kind = below(6);

	for (int i = 0; i < 24; i++)
		switch (kind) {
		case 0: to[i] = 0; break;
		case 1: to[i] = below(4); break;
		case 2: to[i] = i & 1 ? below(200) : DATA + below((DATA_PAGES - 1) * PAGE); break;
		case 3: to[i] = below(64) | (uint64_t)below(64) << 32; break;
		case 4: to[i] = random64(); break;
		default: to[i] = i & 1 ? below(20000) : 0; break;
		}
}

uint64_t pointer_good(void)
{
	uint64_t at = DATA + below((DATA_PAGES - 5) * PAGE / 16) * 16;

	if (!one_in(3))
		fill((uint64_t *)at);
	return at;
}

uint64_t pointer_target(void)
{
	return TARGET + below(TARGET_PAGES) * PAGE;
}

uint64_t pointer_bad(void)
{
	static const uint64_t fixed[] = {
		8, 0xffff, 0x10000, READ_ONLY, READ_ONLY + PAGE - 4, NO_ACCESS, CODE_ONLY, DATA - PAGE, DATA - 8,
		0x7fffffffefff, 0x7ffffffff000, 0x7ffffffffff8, 0x7fffffffffff, 0x800000000000, 0xffff7fffffffffff,
		0xffff800000000000, 0xffff800000100000, 0xffffc00000000000, 0xffffd00000000000, 0xffffffff80000000,
		0xffffffff80100000, 0xfffffffffffff000, 0xfffffffffffffff8, 0xffffffffffffffff, 0x8000000000000000,
	};

	switch (below(8)) {
	case 0:
		return 0;
	case 1: /* up to the last byte before a hole */
		return DATA_END - below(64);
	case 2: /* across two pages, and not aligned */
		return DATA + (1 + below(DATA_PAGES - 1)) * PAGE - below(32);
	case 3:
		return (uint64_t)__executable_start + below(PAGE);
	case 4:
		return pointer_target() + below(PAGE);
	case 5:
		return random64() >> below(64);
	default:
		return fixed[below(COUNT(fixed))];
	}
}

/* Absolute times begin with what the clock says, so that they are near. */
static void fill_time(uint64_t *to, int absolute)
{
	to[0] = to[1] = 0;
	if (absolute)
		call(SYS_clock_gettime, 0, to);
	to[1] += below(30) * 1000;
}

static void fill_vector(uint64_t *to)
{
	for (int i = 0; i < 8; i++) {
		to[2 * i] = DATA + below((DATA_PAGES - 1) * PAGE);
		to[2 * i + 1] = below(i < 4 ? 100 : 5000);
	}
}

static void fill_strings(uint64_t *to)
{
	int n = (int)below(5);

	for (int i = 0; i < n; i++)
		to[i] = path_of('*');
	to[n] = 0;
}

uint64_t pointer_to(char what)
{
	uint64_t at = DATA + below((DATA_PAGES - 5) * PAGE / 16) * 16;
	uint64_t *to = (uint64_t *)at;

	switch (what) {
	case 't': fill_time(to, 0); break;
	case 'T': fill_time(to, 1); break;
	case 'v': fill_vector(to); break;
	case 'a': fill_strings(to); break;
	case 'z': memset(to, 0, 256); break;
	case 'l': to[0] = 20 + below(50), to[1] = 1ul << 30; break;
	case 'm': to[0] = 0, to[1] = 1 + below(20), to[2] = 1 + below(8192), to[3] = 0; break;
	default: break;
	}
	return at;
}
