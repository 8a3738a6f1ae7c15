/*
 * bulkhead.h - what ring 3 may see of Bulkhead beyond Linux's own ABI: two system calls and the
 * structures that they fill. Everything else has Linux's numbers and structures.
 */
#pragma once

#include <stdint.h>

#define SYS_bh_info   1024 /* long bh_info(int what, long argument, void *buffer, size_t size) */
#define SYS_bh_report 1025 /* long bh_report(int wait_status): pid 1 only */

/*
 * bh_info: fills `buffer` with as many whole records as fit in `size` bytes and returns the number of
 * bytes that all records need, so that a caller can size its buffer and ask again.
 * EINVAL: unknown `what`. ESRCH: no process `argument`. EFAULT: the buffer.
 * Who is not root sees itself and the processes that are the caller's in all user and group ids (as Linux's /proc
 * shows them with hidepid=invisible); the others are not there for it.
 */
enum {
	BH_INFO_PROCESSES = 1, /* struct bh_process[], ascending by pid; argument 0 */
	BH_INFO_REGIONS   = 2, /* struct bh_region[] of process `argument`, ascending by start */
	BH_INFO_MEMORY    = 3, /* one struct bh_memory */
	BH_INFO_COUNTERS  = 4, /* struct bh_counter[]: CR3 loads, flushes, switches, faults; what exists ... */
	/* Test builds, root: as Linux's fail-nth, the caller's n-th allocation in the kernel from now fails, n being
	 * `argument`, 0 for none. 1: the one chosen before has failed; else 0. EINVAL in other builds, EPERM. */
	BH_INFO_FAIL_NTH  = 5,
	BH_INFO_LOCKS     = 6, /* struct bh_lock[]: a class of locks each */
	/* struct bh_rule[]: all page tables, looked through while nobody else runs. Root, else EPERM; ENOMEM. */
	BH_INFO_AUDIT     = 7,
};

struct bh_process {
	int32_t pid, ppid, pgid, sid;
	uint32_t uid;    /* the real one */
	char state;      /* R running or ready, S sleeping, T stopped, Z zombie */
	char pad[3];
	uint64_t pages;  /* resident pages of 4096 bytes */
	uint64_t cpu_ns; /* processor time used */
	char name[16];   /* last component of the program's path, terminated */
};

struct bh_region {
	uint64_t start, end; /* addresses, page-aligned */
	uint64_t resident;   /* pages present */
	uint32_t prot;       /* PROT_READ 1, PROT_WRITE 2, PROT_EXEC 4 */
	char name[36];       /* "[heap]", "[stack]", "[anon]" or the archive file's path, cut */
};

struct bh_memory {
	uint64_t total_pages, free_pages;
	uint64_t kernel_pages; /* image, frame table, page tables and kernel objects */
	uint64_t archive_pages;
	uint64_t processes, threads;
};

struct bh_counter {
	char name[24];
	uint64_t value;
};

struct bh_lock {
	char name[24];      /* of the one that was last met */
	uint64_t acquired;  /* test and walls builds */
	uint64_t contended; /* how often somebody else held it ... */
	uint64_t spins;     /* ... and for how many looks in all */
};

struct bh_rule {
	char name[24];
	uint64_t checked; /* how often it was held against something ... */
	uint64_t broken;  /* ... and how often it did not hold. Where it did not first is in the kernel's log */
};

/* bh_report: tells the host, through the run channel, how the program that it asked for ended: a wait
 * status as wait4() gives it. EPERM for anybody but process 1; ENXIO where no host listens. */
