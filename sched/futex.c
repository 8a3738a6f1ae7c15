/*
 * futex.c - waiting at an address, waking, requeueing (futex.h: F1, F2, F3). Callers: kernel/sys_futex.c, robust.c.
 */
#include "kernel/lib/errno.h"
#include "mm/usercopy.h"
#include "sched/process.h"

/* On the sleeper's stack. */
struct futex_waiter {
	struct list link;   /* on a list of its space, or alone once it was woken */
	struct waitq sleep; /* holds only this thread */
	u64 address;
	u32 bits;
};

/* Words that are used together often lie in one line of the cache, or a page apart. */
static struct list *list_of(struct futexes *f, uva_t at)
{
	return &f->lists[(at.v >> 2 ^ at.v >> 12) % FUTEX_LISTS];
}

static struct futex_waiter *waiter_at(struct list *link)
{
	return list_entry(link, struct futex_waiter, link);
}

/* F2. Takes the lock; releases it again on failure. */
static int acquire_if_equal(struct futexes *f, uva_t at, u32 value)
{
	for (;;) {
		u32 now;
		bool there;

		lock_acquire(&f->lock);
		there = user_peek(at, &now);
		if (there && now == value)
			return 0;
		lock_release(&f->lock);
		if (there)
			return -EAGAIN;
		if (copy_from_user(&now, at, sizeof now))
			return -EFAULT;
	}
}

int futex_wait(uva_t at, u32 value, u32 bits, u64 deadline)
{
	struct futexes *f = &thread_current()->aspace->futexes;
	struct futex_waiter w = {.address = at.v, .bits = bits};
	int err = acquire_if_equal(f, at, value);

	if (err)
		return err;
	waitq_init(&w.sleep);
	list_push_back(list_of(f, at), &w.link);
	while (list_linked(&w.link) && !err)
		err = waitq_sleep(&w.sleep, &f->lock, deadline);
	if (list_linked(&w.link))
		list_remove(&w.link);
	else
		err = 0; /* F3 */
	lock_release(&f->lock);
	return err;
}

static void wake(struct futex_waiter *w)
{
	list_remove(&w->link);
	waitq_wake(&w->sleep);
}

int futex_wake(uva_t at, u32 n, u32 bits)
{
	struct futexes *f = &thread_current()->aspace->futexes;
	u32 woken = 0;

	if (!user_range_ok(at, sizeof(u32)))
		return -EFAULT;
	lock_acquire(&f->lock);
	list_for_safe(i, list_of(f, at)) {
		if (waiter_at(i)->address != at.v || !(waiter_at(i)->bits & bits))
			continue;
		wake(waiter_at(i));
		if (++woken >= n)
			break;
	}
	lock_release(&f->lock);
	return (int)woken;
}

static int requeue_locked(struct futexes *f, uva_t at, uva_t to, u32 to_wake, u64 limit)
{
	u32 done = 0;

	list_for_safe(i, list_of(f, at)) {
		struct futex_waiter *w = waiter_at(i);

		if (w->address != at.v)
			continue;
		if (done >= limit)
			break;
		if (done++ < to_wake) {
			wake(w);
		} else if (to.v != at.v) {
			w->address = to.v;
			list_remove(&w->link);
			list_push_back(list_of(f, to), &w->link);
		}
	}
	return (int)done;
}

int futex_requeue(uva_t at, uva_t to, u32 to_wake, u32 to_move, const u32 *value)
{
	struct futexes *f = &thread_current()->aspace->futexes;
	int err = 0;

	if (!user_range_ok(at, sizeof(u32)) || !user_range_ok(to, sizeof(u32)))
		return -EFAULT;
	if (value)
		err = acquire_if_equal(f, at, *value);
	else
		lock_acquire(&f->lock);
	if (err)
		return err;
	err = requeue_locked(f, at, to, to_wake, (u64)to_wake + to_move);
	lock_release(&f->lock);
	return err;
}
