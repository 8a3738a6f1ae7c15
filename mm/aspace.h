/*
 * aspace.h - an address space: a page table, and the tree of regions that says what it should hold.
 *
 * A1  Regions are page-aligned, ascending, never overlapping, inside [USER_BOTTOM, USER_TOP).
 * A2  A present entry lies in a region and never permits more than the region does.
 * A3  A frame that two entries reach is writable through neither: in a region with write right, an entry
 *     without it means "copy first" (or take, if the frame has one reference left). No entry both writes
 *     and executes: enum prot has no such member.
 * A4  Pages appear at first touch: zeroed, or copied from the region's backing.
 * A5  What could be written once never executes, and what could execute is never written (wall W_XOR_X): a region
 *     keeps in `had` which of the two it has had, until it is unmapped.
 *
 * Lock: `lock`, the one sleeping mutex class, taken by the callers (sched/ and above) around every
 * function below that does not say otherwise. Counted: threads can share a space.
 */
#pragma once

#include "kernel/lib/limits.h"
#include "kernel/lib/list.h"
#include "kernel/lib/lock.h"
#include "kernel/lib/tree.h"
#include "mm/tlb.h"

struct thread;

/* A sleeping mutex's state. Its operations sleep and so live in sched/mutex.h. */
struct mutex {
	struct spinlock guard;
	struct thread *owner;
	struct list waiters;
};

/* Who waits at which address of a space (sched/futex.h); a hash of addresses. */
#define FUTEX_LISTS 16
struct futexes {
	struct spinlock lock; /* RANK_FUTEX */
	struct list lists[FUTEX_LISTS];
};

enum prot { PROT_NOTHING, PROT_R, PROT_RW, PROT_RX };

/* FILE: pages wholly behind the backing's end are SIGBUS; everywhere else they are zero. */
enum region_kind { REGION_ANON, REGION_HEAP, REGION_STACK, REGION_IMAGE, REGION_FILE };

/* What pages start out with: data[offset] appears where the region starts. Bytes outside [0, size) are zero. */
struct backing {
	const u8 *data;
	u64 size;
	i64 offset; /* moves along with the region's start */
};

/* What fork does with a region (madvise); else the child gets its pages, copy-on-write. */
#define FORK_OMIT BIT(0) /* it has no such region; this comes first */
#define FORK_WIPE BIT(1) /* its pages are as at the beginning */

#define HAD_WRITE   BIT(0)
#define HAD_EXECUTE BIT(1)

struct region {
	struct tree_node node; /* of the space's regions, ascending */
	u64 low, high;         /* of its subtree: where the first region begins, where the last ends, */
	u64 widest;            /* and the widest gap between two neighbours */
	u64 start, end;        /* region_set() changes them */
	enum prot prot;
	enum region_kind kind;
	u64 on_fork;            /* FORK_ bits */
	u64 had;                /* HAD_ bits, with what `prot` gives: A5 */
	struct backing backing; /* size 0: all zero */
	const char *name;       /* of the archive, lives for ever; NULL: by kind */
};

struct aspace {
	struct mutex lock;
	struct futexes futexes;
	u32 refs;              /* atomic */
	pa_t root;
	struct tree regions;   /* region.h */
	struct region *recent; /* where the last look-up ended, or NULL */
	u64 brk_start, brk;
	u64 mmap_top;          /* mmap looks for room downward from here */
	u64 resident;          /* present pages ... */
	u64 peak;              /* ... and the most there were before any went; the maximum of both counts */
	const struct rlimit_abi *limits; /* of the process, which outlives all changes to the space; NULL: none */
	struct tlb_space tlb;
	struct list all_link;  /* among all spaces */
};

void aspace_init(void);
struct aspace *aspace_create(void); /* NULL: out of memory; one reference */
void aspace_ref(struct aspace *as);
/* The last reference frees everything; by then no CPU has the space loaded. No lock. */
void aspace_unref(struct aspace *as);
/* All that exist, one after the other; NULL: no more. Nobody else runs (sched/stop.h). */
struct aspace *aspace_first(void);
struct aspace *aspace_next(const struct aspace *as);

/* The limits that changes obey from now on. Where mmap looks follows the stack's, so this comes first of all; it is
 * `lower` bytes lower, which are a multiple of pages. */
void aspace_set_limits(struct aspace *as, const struct rlimit_abi *limits, u64 lower);

/* Linux's prot bits to enum prot: false for write and execute together (the caller says EACCES). */
bool prot_from_linux(u64 bits, enum prot *out);
u32 prot_to_linux(enum prot p);

#define STACK_GAP (1ul << 20) /* what a growing stack leaves free above anything else, as Linux does */

struct region_spec {
	u64 start, length; /* page-aligned */
	enum prot prot;
	enum region_kind kind;
	struct backing backing;
	const char *name;
};

/* Maps exactly there, replacing what was: 0, -ENOMEM (also a limit), -EINVAL (outside user space). */
int aspace_map(struct aspace *as, const struct region_spec *spec);
/* Where `length` bytes are free: at `hint` if that is free, else the highest place below mmap_top; 0: nowhere. Below
 * what grows down STACK_GAP bytes stay free. The second: the highest place that ends at `top` at most. */
u64 aspace_find_room(struct aspace *as, u64 hint, u64 length);
u64 aspace_find_room_below(struct aspace *as, u64 top, u64 length);
bool aspace_is_free(struct aspace *as, u64 start, u64 length);
/* munmap and mprotect as Linux does them over several regions and holes: 0, -EINVAL, -ENOMEM; -EACCES: A5. */
int aspace_unmap(struct aspace *as, u64 start, u64 length);
int aspace_protect(struct aspace *as, u64 start, u64 length, enum prot prot);
/*
 * madvise, with Linux's numbers, checks and errnos, but for what brings pages in, which is aspace_populate(). One
 * region after the other: what comes before an error is done. A hole is -ENOMEM in the end, and all else is done.
 */
int aspace_advise(struct aspace *as, u64 start, u64 length, int advice);
/* The pages of [start, end) appear, writable if `write`: 0; -ENOMEM: a hole, or no memory; -EINVAL: the region does not
 * permit it; -EFAULT: behind a file's end. */
int aspace_populate(struct aspace *as, u64 start, u64 end, bool write);
/* mincore: 1 or 0 for each page from `start` on, up to the first hole; how many pages that are. */
u64 aspace_mincore(struct aspace *as, u64 start, u8 *present, u64 pages);
/*
 * mremap, with Linux's flags, checks and errnos: the address now, or -EINVAL, -EFAULT, -ENOMEM, -EPERM; nothing has
 * changed then. Pages move with their entries; none is copied.
 */
#define MREMAP_MAYMOVE   1u
#define MREMAP_FIXED     2u
#define MREMAP_DONTUNMAP 4u
i64 aspace_remap(struct aspace *as, u64 from, u64 old_length, u64 new_length, u64 flags, u64 to);
/* Sets the break; returns the break that holds now (unchanged on failure), as Linux's call does. */
u64 aspace_brk(struct aspace *as, u64 wanted);

/* Installs a prepared frame, whose reference moves in, at a page of a region that has none there.
 * 0 or -ENOMEM (the reference stays with the caller). For exec's stack. */
int aspace_insert(struct aspace *as, u64 va, pa_t frame);

/* A copy-on-write copy; NULL: out of memory, nothing changed but write protection. */
struct aspace *aspace_fork(struct aspace *as);

/*
 * Resolves a page fault: `error` are the PF_ bits. 0: go on, the entry now permits it (or already did). A
 * REGION_STACK grows down to the page, as far as RLIMIT_STACK, RLIMIT_AS and what is below it allow.
 * -EFAULT: nothing is mapped there. -EACCES: it is, but not for this. -ENOMEM: no frame.
 * -ENXIO: a file ends before that page (SIGBUS).
 */
int aspace_fault(struct aspace *as, u64 va, u64 error);

struct region *region_find(struct aspace *as, u64 va);
const char *region_name(const struct region *r);
/* One line for the log: "not mapped", "read-only, [heap]" ... */
void aspace_describe(struct aspace *as, u64 va, char *buf, size_t size);
/* Present pages in the region. */
u64 region_resident(struct aspace *as, const struct region *r);
