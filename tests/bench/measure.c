/* measure.c - clocks, the kernel's counters, and the lines of the table (measure.h). */
#include "measure.h"

#include <time.h>

#include "kernel/abi/bulkhead.h"

char buf[65536] __attribute__((aligned(4096)));
char buf2[65536] __attribute__((aligned(4096)));
int have_ns;
u64 tsc_overhead;
u64 divisor = 1;
const char *prefix = "";

static const char *const counter_names[COUNTERS] = {"cr3-kept", "cr3-flushed", "invlpg", "invpcid", "fpu-saves",
							"shootdowns"};
static int counter_at[COUNTERS]; /* its place in what bh_info gives */
static int have_counters;

static char line[512];
static size_t linelen;

/* ---- calls */

_Noreturn void xexit(int code)
{
	for (;;)
		sc1(SYS_exit_group, code);
}

char *xmmap(size_t len, int flags)
{
	long r = sc6(SYS_mmap, 0, (long)len, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	return r < 0 && r > -4096 ? NULL : (char *)r;
}

int read_full(int fd, char *p, size_t n)
{
	while (n) {
		long r = xread(fd, p, n);

		if (r <= 0)
			return 0;
		p += r;
		n -= (size_t)r;
	}
	return 1;
}

void touch(volatile char *p, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		p[i * PAGE] = 1;
}

void no_thp(void *p, size_t len)
{
	sc3(SYS_madvise, (long)p, (long)len, 15 /* MADV_NOHUGEPAGE; errors do not matter */);
}

/* ---- clocks and counters */

u64 now_ns(void)
{
	struct timespec ts;

	if (sc2(SYS_clock_gettime, CLOCK_MONOTONIC, &ts) < 0)
		return 0;
	return (u64)ts.tv_sec * 1000000000u + (u64)ts.tv_nsec;
}

static int same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static long counters_fetch(struct bh_counter *all, size_t bytes)
{
	return sc6(SYS_bh_info, BH_INFO_COUNTERS, 0, (long)all, (long)bytes, 0, 0);
}

void measure_init(void)
{
	struct bh_counter all[32];
	long n = counters_fetch(all, sizeof all) / (long)sizeof all[0];
	int found = 0;

	have_ns = now_ns() != 0;
	for (int i = 0; i < COUNTERS; i++)
		for (long k = 0; k < n && k < 32; k++)
			if (same(all[k].name, counter_names[i])) {
				counter_at[i] = (int)k;
				found++;
			}
	have_counters = found == COUNTERS; /* Linux has none */
}

void counters_read(u64 out[COUNTERS])
{
	struct bh_counter all[32];

	if (!have_counters || counters_fetch(all, sizeof all) < 0)
		return;
	for (int i = 0; i < COUNTERS; i++)
		out[i] = all[counter_at[i]].value;
}

void acc_add(struct acc *a, u64 cyc, u64 ns)
{
	a->cyc += cyc;
	a->ns += ns;
	if (!a->batches || cyc < a->min)
		a->min = cyc;
	if (cyc > a->max)
		a->max = cyc;
	a->batches++;
}

void end(struct acc *a)
{
	u64 c = rdtsc_ser() - a->c0, n = now_ns() - a->n0, e[COUNTERS] = {0};

	counters_read(e);
	for (int i = 0; i < COUNTERS; i++)
		a->events[i] += e[i] - a->e0[i];
	acc_add(a, c > tsc_overhead ? c - tsc_overhead : 0, n);
}

/* ---- several processors */

int processors(void)
{
	u64 mask = 0;

	return sc3(SYS_sched_getaffinity, 0, sizeof mask, (long)&mask) > 0 ? __builtin_popcountll(mask) : 1;
}

static int pinned;

void pin(int cpu)
{
	u64 mask = 1ull << cpu;

	pinned = 1;
	sc3(SYS_sched_setaffinity, 0, sizeof mask, (long)&mask);
}

/* Whoever made it is on number 0 by then, and only if there are several. */
void partner_begins(void)
{
	if (pinned)
		pin(1);
}

/* ---- output */

void put(const char *s)
{
	while (*s && linelen < sizeof line - 1)
		line[linelen++] = *s++;
}

void putu(u64 v)
{
	char digits[24], *p = digits + sizeof digits - 1;

	*p = 0;
	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	put(p);
}

/* a/b with one decimal */
static void putratio(u64 a, u64 b)
{
	u64 t = b ? (a * 10 + b / 2) / b : 0;

	putu(t / 10);
	put(".");
	putu(t % 10);
}

void flush(void)
{
	put("\n");
	xwrite(1, line, linelen);
	linelen = 0;
}

void settle(void)
{
	u64 t = rdtsc_ser();

	while (rdtsc_ser() - t < 4000000)
		;
}

/* "# counters NAME cr3-kept 2.0 ...": per operation, where the kernel counts them. */
static void report_counters(const char *name, const struct acc *a, u64 n)
{
	put("# counters ");
	put(name);
	for (int i = 0; i < COUNTERS; i++) {
		put(" ");
		put(counter_names[i]);
		put(" ");
		putratio(a->events[i], n);
	}
	flush();
}

void report(const char *name, const struct acc *a, u64 iters)
{
	u64 n = iters * a->batches;

	put(name);
	put(" ");
	putu(n);
	put(" ");
	putratio(a->cyc, n);
	put(" ");
	putratio(a->min, iters);
	put(" ");
	putratio(a->max, iters);
	put(" ");
	if (have_ns)
		putratio(a->ns, n);
	else
		put("-");
	flush();
	if (have_counters)
		report_counters(name, a, n);
	settle();
}

void skipped(const char *name, const char *call, long r)
{
	put(name);
	put(" skipped ");
	put(call);
	put(" errno=");
	putu(r < 0 ? (u64)-r : 0);
	flush();
	settle();
}

u64 scale(u64 n)
{
	n /= divisor;
	return n ? n : 1;
}

int wanted(const char *name)
{
	const char *p = prefix;

	while (*p && *p == *name)
		p++, name++;
	return *p == 0;
}
