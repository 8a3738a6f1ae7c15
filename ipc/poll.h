/*
 * poll.h - waiting for any of several files (poll(2)).
 *
 * Each file's `poll` operation says what is true of it now, and puts a watcher on the queue that is woken when that
 * changes (waitq.h: W4). The list is memory of the caller's, so that waiting itself can neither fail nor allocate.
 */
#pragma once

#include "ipc/file.h"

struct poll_item {
	struct file *file;      /* a reference; NULL: `revents` is final */
	u32 events, revents;    /* POLL_ bits: asked for, and found */
	struct waiter waiter;
};

struct poll_set {
	struct poll_set *next;
	u32 count;
	struct poll_item items[];
};

/* Fills in `revents`. How many are not 0; 0 when `deadline` (ns of clock_now(); 0: at once) has passed; -EINTR if there
 * is none and a signal is pending. No lock held. */
int poll_wait(struct poll_set *all, u64 deadline);
