/*
 * mqueue.h - POSIX message queues (mq_overview(7)) in the kernel: named, bounded, by priority.
 *
 * A message is copied once into the kernel and once out. Its sender's identity is stamped by the kernel
 * beside the bytes. When a receiver waits, the sender hints the CPU straight to it.
 */
#pragma once

#include "ipc/file.h"

#define MQ_NAME_MAX     255
#define MQ_PRIORITY_MAX 32768
#define MQ_MESSAGES_MAX 256
#define MQ_SIZE_MAX     8192
#define MQ_QUEUES_MAX   256

struct message;

/* Linux's struct mq_attr. */
struct mq_attr_abi {
	i64 flags, maxmsg, msgsize, curmsgs, reserved[4];
};

/* `name` without the slash. Errors as mq_open(3) on Linux. The file's flags are `flags`' access mode and
 * O_NONBLOCK. */
int mq_open(const char *name, u32 flags, u32 mode, const struct mq_attr_abi *attr, struct file **out);
int mq_unlink(const char *name);
bool file_is_mq(const struct file *f);
/* `deadline` is ns of clock_now(), TIME_NEVER: block. */
int mq_send(struct file *f, uva_t bytes, u64 length, u32 priority, u64 deadline);
/* The length. `priority` may be null in ring 3. */
i64 mq_receive(struct file *f, uva_t to, u64 size, uva_t priority, u64 deadline);
void mq_get_attributes(struct file *f, struct mq_attr_abi *out);
u64 mq_queues_live(void); /* for leak checks */

/* What mq_send() and mq_receive() do between the copies. 0: the message has changed hands. -EAGAIN,
 * -ETIMEDOUT, -EINTR: it has not. No lock held. */
int mq_put(struct file *f, struct message *m, u64 deadline);
int mq_take(struct file *f, u64 deadline, struct message **out);
