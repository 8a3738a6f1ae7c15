/*
 * mqueue_impl.h - the queue itself, shared by ipc/mqueue.c (sending and receiving) and ipc/mqueue_file.c
 * (names, files).
 */
#pragma once

#include "ipc/message.h"
#include "ipc/mqueue.h"
#include "kernel/lib/lock.h"

struct mqueue {
	/* RANK_MQ_NAMES */
	struct list name_link; /* on the list of names; alone once unlinked */

	/* written before it is found by others */
	char name[MQ_NAME_MAX + 1];
	u32 maxmsg, msgsize, mode;
	u64 ino;

	u32 refs; /* atomic: one of the name, one of each open file */

	struct spinlock lock; /* RANK_IPC; guards what follows */
	struct list messages; /* of the highest priority first, oldest first among equals */
	u32 count;
	struct list receivers, senders; /* struct mq_waiter, first come first */
};

static inline struct mqueue *mqueue_of(const struct file *f)
{
	return f->object;
}
