/*
 * robust.c - what a thread that ends leaves in memory for those that wait for it: the words of its robust list, and the
 * clear_tid word (Linux's kernel/futex/core.c, exit_robust_list()).
 *
 * Ring 3 owns the list and may have made anything of it: the walk is bounded, each link is fetched once, and the first
 * bad address ends it.
 */
#include "mm/usercopy.h"
#include "sched/process.h"

#define ROBUST_MAX     2048 /* entries; Linux's ROBUST_LIST_LIMIT */
#define ENTRY_PI       1u   /* bit of a link: a lock that hands on priority, for which nobody waits here */
#define WORD_WAITERS   0x80000000u
#define WORD_OWNER_DIED 0x40000000u
#define WORD_TID       0x3fffffffu

/* struct robust_list_head. */
struct robust_head {
	u64 first;   /* links point to the next link, the last to this */
	i64 offset;  /* from a link to its word */
	u64 pending; /* a lock that is being taken or released, on the list or not yet */
};

/* The word of a lock: marked and woken for if this thread held it. False: the list is not to be trusted. */
static bool release_word(const struct thread *self, const struct robust_head *h, u64 link, bool pending)
{
	uva_t at = uva((link & ~(u64)ENTRY_PI) + (u64)h->offset);
	bool wakes = !(link & ENTRY_PI);
	u32 value, seen;

	if (at.v % sizeof value || copy_from_user(&value, at, sizeof value))
		return false;
	for (;; value = seen) {
		if (pending && wakes && !value) /* released, and perhaps the wake-up is still due */
			return futex_wake(at, 1, FUTEX_ALL_BITS) >= 0;
		if ((value & WORD_TID) != (u32)self->tid)
			return true;
		if (user_exchange(at, value, (value & WORD_WAITERS) | WORD_OWNER_DIED, &seen))
			return false;
		if (seen == value)
			break;
	}
	if (wakes && (value & WORD_WAITERS))
		futex_wake(at, 1, FUTEX_ALL_BITS);
	return true;
}

static void release_list(const struct thread *self, uva_t list)
{
	struct robust_head h;
	u64 next = 0;

	if (copy_from_user(&h, list, sizeof h))
		return;
	for (u64 link = h.first, n = 0; (link & ~(u64)ENTRY_PI) != list.v && n < ROBUST_MAX; link = next, n++) {
		/* First the way on: the word's next owner may take it off the list. */
		bool leads_on = !copy_from_user(&next, uva(link & ~(u64)ENTRY_PI), sizeof next);

		if ((link ^ h.pending) > ENTRY_PI && !release_word(self, &h, link, false))
			return;
		if (!leads_on)
			return;
	}
	if (h.pending)
		(void)release_word(self, &h, h.pending, true);
}

void futex_thread_ends(struct thread *self)
{
	static const u32 zero;

	if (self->robust_list.v)
		release_list(self, self->robust_list);
	if (!self->clear_tid.v)
		return;
	(void)copy_to_user(self->clear_tid, &zero, sizeof zero);
	futex_wake(self->clear_tid, 1, FUTEX_ALL_BITS);
}
