/*
 * futex.c - waiting at an address, waking, requeueing (futex.h: F1, F2, F3). Callers: kernel/sys_futex.c, robust.c.
 */
#include "kernel/lib/errno.h"
#include "mm/usercopy.h"
#include "sched/process.h"
#include "sched/sched.h"
#include "sched/signal.h"

/* On the sleeper's stack. */
struct futex_waiter {
	struct list link; /* on a list of its space */
	struct thread *thread;
	u64 address;
	u32 bits;
	bool woken; /* and off the list: set under the lock, by who does not touch this again. Read without */
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

static bool is_woken(const struct futex_waiter *w)
{
	return __atomic_load_n(&w->woken, __ATOMIC_ACQUIRE);
}

static int sleep_unless_signalled(u64 deadline)
{
	bool signalled = signal_pending();

	if (!signalled && !thread_sleep(deadline))
		return -ETIMEDOUT;
	return signalled || signal_pending() ? -EINTR : 0;
}

int futex_wait(uva_t at, u32 value, u32 bits, u64 deadline)
{
	struct futexes *f = &thread_current()->aspace->futexes;
	struct futex_waiter w = {.thread = thread_current(), .address = at.v, .bits = bits};
	int err = acquire_if_equal(f, at, value);

	if (err)
		return err;
	list_push_back(list_of(f, at), &w.link);
	for (;;) {
		thread_prepare_sleep();
		lock_release(&f->lock);
		err = sleep_unless_signalled(deadline);
		if (is_woken(&w))
			return 0; /* who is woken does not stand in the way of the others for the lock */
		lock_acquire(&f->lock);
		if (w.woken || err)
			break;
	}
	if (w.woken)
		err = 0; /* F3 */
	else
		list_remove(&w.link);
	lock_release(&f->lock);
	return err;
}

/* Until `woken` is set the sleeper cannot go away: it would have to take the lock. */
static void wake(struct futex_waiter *w)
{
	list_remove(&w->link);
	thread_wake(w->thread);
	__atomic_store_n(&w->woken, true, __ATOMIC_RELEASE);
}

int futex_wake(uva_t at, u32 n, u32 bits)
{
	struct futexes *f = &thread_current()->aspace->futexes;
	u32 woken = 0;

	if (!user_range_ok(at, sizeof(u32)))
		return -EFAULT;
	wake_batch_begin();
	lock_acquire(&f->lock);
	list_for_safe(i, list_of(f, at)) {
		if (waiter_at(i)->address != at.v || !(waiter_at(i)->bits & bits))
			continue;
		wake(waiter_at(i));
		if (++woken >= n)
			break;
	}
	lock_release(&f->lock);
	wake_batch_end();
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
	wake_batch_begin();
	err = requeue_locked(f, at, to, to_wake, (u64)to_wake + to_move);
	lock_release(&f->lock);
	wake_batch_end();
	return err;
}
