/*
 * message.h - one message in the kernel: its bytes, and beside them who sent it.
 *
 * Only the thread that made or took a message touches it; while it is queued the queue's lock guards `link`.
 */
#pragma once

#include "kernel/lib/list.h"
#include "mm/usercopy.h"

#define MESSAGE_MAX 8192

/* Written by the kernel, never by the sender. */
struct message_sender {
	i32 pid;
	u32 uid;
	u64 identity;
};

struct message {
	struct list link;
	u32 priority, length;
	struct message_sender sender;
	u8 *more[2]; /* what does not fit behind this header; NULL: not needed */
	u8 bytes[];
};

/* Room for `length` bytes (at most MESSAGE_MAX), stamped with the calling process; NULL: out of memory. */
struct message *message_create(u64 length, u32 priority);
/* The same, filled: 0, -ENOMEM or -EFAULT. No lock held, as for message_to_user(). */
int message_from_user(uva_t from, u64 length, u32 priority, struct message **out);
int message_to_user(const struct message *m, uva_t to); /* 0 or -EFAULT */
void message_free(struct message *m);
