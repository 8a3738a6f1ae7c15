/*
 * poll.c - waiting for any of several files. See poll.h.
 *
 * P1  Announce the sleep, look at every file and leave a watcher there, sleep: whatever changes after the look wakes.
 * P2  No watcher outlives a round: each is taken off before the next look, and before the files are given back.
 */
#include "ipc/poll.h"

#include "kernel/lib/errno.h"
#include "sched/sched.h"
#include "sched/signal.h"

static u32 item_look(struct poll_item *i, struct waiter *w)
{
	u32 now = i->file->ops->poll ? i->file->ops->poll(i->file, w) : POLL_IN | POLL_OUT;

	return now & (i->events | POLLERR | POLLHUP);
}

/* How many have something to tell. Nobody watches any more once one is found. */
static int look(struct poll_set *all, bool watch)
{
	int found = 0;

	for (struct poll_set *s = all; s; s = s->next)
		for (u32 n = 0; n < s->count; n++) {
			struct poll_item *i = &s->items[n];

			if (i->file)
				i->revents = item_look(i, watch && !found ? &i->waiter : NULL);
			found += i->revents != 0;
		}
	return found;
}

static void unwatch(struct poll_set *all)
{
	for (struct poll_set *s = all; s; s = s->next)
		for (u32 n = 0; n < s->count; n++)
			waitq_unwatch(&s->items[n].waiter);
}

int poll_wait(struct poll_set *all, u64 deadline)
{
	bool in_time = deadline, signalled;
	int found;

	for (;;) {
		thread_prepare_sleep();
		found = look(all, in_time);
		signalled = signal_pending();
		if (!found && !signalled && in_time) {
			in_time = thread_sleep(deadline);
			unwatch(all);
			continue;
		}
		unwatch(all);
		return found || !signalled ? found : -EINTR;
	}
}
