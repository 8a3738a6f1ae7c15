/*
 * futex.h - futexes (futex(2)): threads that wait for a word of user memory to change, in queues without names.
 *
 * A futex is its address in the process's space: no two processes share a page that one of them can write, so nobody
 * else could change the word. The private flag therefore changes nothing.
 *
 *   F1  Each space has one lock for its waiters, so that a requeue moves them under it. The lists are a hash of
 *       addresses.
 *   F2  No wake-up is lost: the word is compared and the waiter put on its list under the lock, and a waker has changed
 *       the word before it takes the lock. The word is read with user_peek(), which never sleeps; a page that is not
 *       there is brought in without the lock, and then all begins again.
 *   F3  First come, first served. Whoever was taken off a list was woken, whatever else has happened to it.
 */
#pragma once

#include "mm/aspace.h"

struct thread;

#define FUTEX_ALL_BITS 0xffffffffu

/* In the calling thread's space. `at` is aligned; -EFAULT everywhere if it is no user address.
 * Waits while the word is `value` for a wake-up with one of `bits`, until `deadline` (waitq.h): 0, -EAGAIN (it is
 * another value), -ETIMEDOUT, -EINTR. */
int futex_wait(uva_t at, u32 value, u32 bits, u64 deadline);
/* Wakes at most n (at least one) that wait with one of `bits`: how many. */
int futex_wake(uva_t at, u32 n, u32 bits);
/* Wakes `wake` of those who wait at `at`, and lets the next `move` wait at `to` instead: how many both times. `value`
 * not NULL: -EAGAIN unless the word has it. */
int futex_requeue(uva_t at, uva_t to, u32 wake, u32 move, const u32 *value);

/* robust.c: the calling thread ends. Words of its robust list (get_robust_list(2)) are marked and woken for, the
 * clear_tid word is zeroed and woken for. Bad addresses do no harm. */
void futex_thread_ends(struct thread *self);
