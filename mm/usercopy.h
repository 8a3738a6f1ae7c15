/*
 * usercopy.h - the only door between kernel memory and ring 3's. Nothing else dereferences a uva_t.
 *
 * U1  Every range is checked against USER_TOP first (wall COPY_RANGE); SMAP is lifted for the copy alone.
 * U2  Each byte is fetched once: callers work on the copy, since another thread may change the original between a check
 *     and its use (wall SINGLE_FETCH).
 * U3  No lock is held (asserted): a copy may fault, and the fault may sleep. user_peek() alone gives up instead.
 * U4  A fault that the address space does not resolve ends the copy, not the kernel (exception table).
 */
#pragma once

#include "kernel/lib/types.h"

/* 0 or -EFAULT; after -EFAULT a part may have been copied. */
int copy_from_user(void *to, uva_t from, u64 n);
int copy_to_user(uva_t to, const void *from, u64 n);
/* How many bytes could be copied, from the front; less than n means that the rest faulted. */
u64 copy_from_user_some(void *to, uva_t from, u64 n);
u64 copy_to_user_some(uva_t to, const void *from, u64 n);
/* A terminated string of at most size - 1 characters: its length, -EFAULT, or -ENAMETOOLONG. */
i64 copy_string_from_user(char *to, uva_t from, u64 size);
/* All of [at, at + n) lies in user space (says nothing about being mapped). */
bool user_range_ok(uva_t at, u64 n);

/* One aligned word, without sleeping, so that locks may be held: false if it cannot be read as the page tables are. */
bool user_peek(uva_t at, u32 *out);
/* Stores `new` in an aligned word if it is `old`, atomically; *seen: what it was. 0 or -EFAULT. */
int user_exchange(uva_t at, u32 old, u32 new, u32 *seen);

/* Is a fault at `ip` one of user_peek(), that nobody may resolve? */
bool usercopy_peeks(u64 ip);
/* Where a fault at kernel address `ip` in a user copy continues; 0 if `ip` is not in a user copy. */
u64 usercopy_fixup(u64 ip);

/*
 * A scatter list from readv/writev, or one buffer: a cursor over user memory. The vectors themselves
 * were fetched once (U2).
 */
#define UIO_MAX 1024

struct user_vec {
	uva_t base;
	u64 length;
};

struct uio {
	struct user_vec one;       /* the single buffer ... */
	struct user_vec *pages[4]; /* ... or 256 vectors in each of these (kmalloc); all lie in user space */
	uva_t from;                /* where those were fetched */
	u32 count, index;          /* vectors, the current one */
	u64 offset;                /* consumed of the current one */
	u64 left;                  /* bytes not yet consumed, over all */
};

/* 0, or -EFAULT: not all of it lies in user space. Lengths beyond Linux's MAX_RW_COUNT (0x7ffff000) are cut to it. */
int uio_single(struct uio *u, uva_t base, u64 length);
/* Fetches `count` struct iovec: 0, -EFAULT, -EINVAL (count, or a negative length), -ENOMEM. */
int uio_vector(struct uio *u, uva_t iov, u64 count);
void uio_destroy(struct uio *u);
/* Moves up to n bytes and advances; returns how many were moved. Fewer than MIN(n, left): EFAULT there. */
u64 uio_from_user(struct uio *u, void *to, u64 n);
u64 uio_to_user(struct uio *u, const void *from, u64 n);
