/* memory.c - page faults and changes of mappings. */
#include "measure.h"

#define FAULT_PAGES 1024ul /* 4 MiB */

/* The first write to each page of fresh memory. Only the touching is timed; an operation is one page. */
static void demand_zero(const char *name, int thp)
{
	size_t len = FAULT_PAGES * PAGE;
	struct acc acc = {0};

	if (!wanted(name))
		return;
	for (int b = 0; b <= BATCHES; b++) {
		struct acc w = {0}, *q = b ? &acc : &w;
		char *p = xmmap(len, MAP_PRIVATE);

		if (!p) {
			skipped(name, "mmap", 0);
			return;
		}
		if (!thp)
			no_thp(p, len);
		begin(q);
		touch(p, FAULT_PAGES);
		end(q);
		xmunmap(p, len);
	}
	report(name, &acc, FAULT_PAGES);
}

/* The child writes to each page that it has from its parent, and sends what it measured through a pipe. */
static _Noreturn void cow_child(char *memory, int to)
{
	struct acc c = {0};

	begin(&c);
	touch(memory, FAULT_PAGES);
	end(&c);
	xwrite(to, &c, sizeof c);
	xexit(0);
}

static void copy_on_write(const char *name)
{
	size_t len = FAULT_PAGES * PAGE;
	struct acc acc = {0}, one;
	char *memory;
	int p[2];

	if (!wanted(name))
		return;
	if (!(memory = xmmap(len, MAP_PRIVATE)) || sc2(SYS_pipe2, p, 0) < 0) {
		skipped(name, "mmap/pipe2", 0);
		return;
	}
	no_thp(memory, len);
	touch(memory, FAULT_PAGES);
	for (int b = 0; b <= BATCHES; b++) {
		long pid = xfork();

		if (pid < 0) {
			skipped(name, "fork", pid);
			return;
		}
		if (pid == 0)
			cow_child(memory, p[1]);
		if (read_full(p[0], (char *)&one, sizeof one) && b) {
			acc_add(&acc, one.cyc, one.ns);
			for (int i = 0; i < COUNTERS; i++)
				acc.events[i] += one.events[i];
		}
		xwait((int)pid);
	}
	sc1(SYS_close, p[0]);
	sc1(SYS_close, p[1]);
	xmunmap(memory, len);
	report(name, &acc, FAULT_PAGES);
}

static void map_and_unmap(void)
{
	const size_t len = 64 << 10;
	char *m = xmmap(len, MAP_PRIVATE);

	if (!m) {
		if (wanted("mmap_munmap"))
			skipped("mmap_munmap_64k", "mmap", 0);
		return;
	}
	xmunmap(m, len);
	if (wanted("mmap_munmap_64k"))
		LOOP_TEST("mmap_munmap_64k", 2000, {
			m = xmmap(len, MAP_PRIVATE);
			xmunmap(m, len);
		});
}

/* 16 pages. */
void map_touch_unmap(const char *name)
{
	const size_t len = 64 << 10;
	char *m;

	if (!wanted(name))
		return;
	LOOP_TEST(name, 500, {
		m = xmmap(len, MAP_PRIVATE);
		if (m) {
			touch(m, len / PAGE);
			xmunmap(m, len);
		}
	});
}

/* An operation is two calls on one page: to read-only and back, an access after each. */
void protect(const char *name)
{
	volatile char *m;
	long r;

	if (!wanted(name))
		return;
	if (!(m = xmmap(PAGE, MAP_PRIVATE))) {
		skipped(name, "mmap", 0);
		return;
	}
	m[0] = 1;
	if ((r = sc3(SYS_mprotect, (long)m, PAGE, PROT_READ)) < 0) {
		skipped(name, "mprotect", r);
		return;
	}
	LOOP_TEST(name, 5000, {
		sc3(SYS_mprotect, (long)m, PAGE, PROT_READ);
		(void)m[0];
		sc3(SYS_mprotect, (long)m, PAGE, PROT_READ | PROT_WRITE);
		m[0] = 1;
	});
	xmunmap((void *)m, PAGE);
}

/* An operation grows the heap by a page, touches it and shrinks again. */
static void heap(const char *name)
{
	long top;

	if (!wanted(name))
		return;
	top = sc1(SYS_brk, 0);
	top = (top + (long)PAGE - 1) & ~((long)PAGE - 1);
	if (sc1(SYS_brk, top + (long)PAGE) != top + (long)PAGE) {
		skipped(name, "brk", 0);
		return;
	}
	LOOP_TEST(name, 2000, {
		sc1(SYS_brk, top + (long)PAGE);
		*(volatile char *)top = 1;
		sc1(SYS_brk, top);
	});
}

void bench_memory(void)
{
	demand_zero("demand_zero_page", 0);
	demand_zero("demand_zero_page_thp", 1);
	copy_on_write("cow_fault_page");
	map_and_unmap();
	map_touch_unmap("mmap_touch_munmap_64k");
	protect("mprotect_ro_rw_touch");
	heap("brk_grow_touch_shrink");
}
