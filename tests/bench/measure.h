/*
 * measure.h - system calls, clocks and output of the benchmark. Nothing of libc is measured: every call goes
 * through the inline wrappers, which work alike on Bulkhead and on Linux.
 *
 * A test runs one warm-up batch, which is not counted, and then BATCHES batches, each between begin() and end().
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

typedef uint64_t u64;

#define BATCHES  5
#define PAGE     4096ul
#define COUNTERS 6

extern char buf[65536], buf2[65536]; /* page-aligned, for what the tests send and receive */

/* ---- raw system calls */

static inline long sc6(long n, long a, long b, long c, long d, long e, long f)
{
	long ret;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long sc3(long n, long a, long b, long c)
{
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return ret;
}

static inline long sc0(long n)
{
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "a"(n) : "rcx", "r11", "memory");
	return ret;
}

#define sc1(n, a)    sc3(n, (long)(a), 0, 0)
#define sc2(n, a, b) sc3(n, (long)(a), (long)(b), 0)

static inline long xread(int fd, void *p, size_t n) { return sc3(SYS_read, fd, (long)p, (long)n); }
static inline long xwrite(int fd, const void *p, size_t n) { return sc3(SYS_write, fd, (long)p, (long)n); }
static inline long xfork(void) { return sc0(SYS_fork); }
static inline long xwait(int pid) { return sc6(SYS_wait4, pid, 0, 0, 0, 0, 0); }
static inline long xmunmap(void *p, size_t len) { return sc2(SYS_munmap, p, len); }
_Noreturn void xexit(int code);
char *xmmap(size_t len, int flags); /* anonymous memory; NULL on failure */
int read_full(int fd, char *p, size_t n);
void touch(volatile char *p, size_t pages);
void no_thp(void *p, size_t len); /* asks for pages of 4 KiB where the kernel has huge ones */

/* ---- clocks and counters */

static inline u64 rdtsc_ser(void)
{
	uint32_t lo, hi;

	__asm__ volatile("lfence\n\trdtsc\n\tlfence" : "=a"(lo), "=d"(hi) : : "memory");
	return (u64)hi << 32 | lo;
}

extern int have_ns;       /* does clock_gettime work? */
extern u64 tsc_overhead;  /* of one empty pair of begin() and end() */
u64 now_ns(void);
void measure_init(void);  /* looks which of these there are */

struct acc {
	u64 cyc, ns, min, max; /* sums; the cheapest and the dearest batch */
	u64 events[COUNTERS];  /* what the kernel counted meanwhile: CR3 loads, flushes, FPU saves */
	unsigned batches;
	u64 c0, n0, e0[COUNTERS];
};

void counters_read(u64 out[COUNTERS]);
void acc_add(struct acc *a, u64 cyc, u64 ns);

static inline void begin(struct acc *a)
{
	counters_read(a->e0);
	a->n0 = now_ns();
	a->c0 = rdtsc_ser();
}

void end(struct acc *a);

/* ---- output: one write per line */

void put(const char *s);
void putu(u64 v);
void flush(void);
void settle(void); /* lets the console's interrupts drain before the next test */
void report(const char *name, const struct acc *a, u64 iters);
void skipped(const char *name, const char *call, long r);

extern u64 divisor;
extern const char *prefix;
u64 scale(u64 n);
int wanted(const char *name);

/* ---- several processors */

int processors(void);     /* on which the caller may run */
void pin(int cpu);        /* from now on the caller runs there only */
void partner_begins(void); /* the other of two that talk: with several processors it runs on number 1 */

/* The statements, `count` times per batch. b_ == 0 is the warm-up batch, a quarter as long. */
#define LOOP_TEST(name, count, ...) do { \
	struct acc acc_ = {0}; \
	u64 it_ = scale(count); \
	for (int b_ = 0; b_ <= BATCHES; b_++) { \
		u64 n_ = b_ ? it_ : (it_ + 3) / 4; \
		struct acc w_ = {0}, *p_ = b_ ? &acc_ : &w_; \
		begin(p_); \
		for (u64 i_ = 0; i_ < n_; i_++) { __VA_ARGS__; } \
		end(p_); \
	} \
	report(name, &acc_, it_); \
} while (0)

void bench_pipes(void);     /* pipes.c */
void bench_queues(void);    /* queues.c */
void bench_processes(const char *self); /* processes.c */
void bench_memory(void);    /* memory.c */
void bench_processors(void); /* processors.c */

/* What is measured on one processor and on two. */
void pipe_round_trip(const char *name, size_t size, u64 iters);
void queue_round_trip(const char *name, size_t size, u64 iters);
void futex_threads(const char *name);
void map_touch_unmap(const char *name);
void protect(const char *name);
