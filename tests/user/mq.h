/*
 * mq.h - message queues by their system calls, for the t_mq_ programs.
 *
 * The kernel takes names without libc's leading slash. Each run has names of its own (with its pid, never
 * printed), since queues of the host's Linux outlive a test that is killed.
 */
#pragma once

#include "tap.h"

#include <mqueue.h>

static char mq_name[64];

static inline const char *mq_unique(const char *base)
{
	snprintf(mq_name, sizeof mq_name, "bh_%s_%d", base, getpid());
	return mq_name;
}

static inline long q_open(const char *name, int flags, long maxmsg, long msgsize)
{
	struct mq_attr attr = {0};

	attr.mq_maxmsg = maxmsg;
	attr.mq_msgsize = msgsize;
	return sc(SYS_mq_open, name, flags, 0600, &attr);
}

/* A fresh queue, opened for both directions, already unlinked unless it must be opened again. */
static inline int q_fresh(long maxmsg, long msgsize)
{
	int q = q_open(mq_name, O_RDWR | O_CREAT | O_EXCL, maxmsg, msgsize);

	sc(SYS_mq_unlink, mq_name);
	return q;
}

static inline long q_send(int q, const char *text, unsigned priority)
{
	return sc(SYS_mq_timedsend, q, text, strlen(text), priority, 0);
}

/* Receives into a buffer of `size` bytes, which is terminated after the message (so size + 1 in all). */
static inline long q_receive(int q, char *buffer, size_t size, unsigned *priority)
{
	long n = sc(SYS_mq_timedreceive, q, buffer, size, priority, 0);

	if (n >= 0)
		buffer[n] = 0;
	return n;
}

static inline long q_count(int q)
{
	struct mq_attr attr;
	long error = sc(SYS_mq_getsetattr, q, 0, &attr);

	return error ? error : attr.mq_curmsgs;
}

/* The real-time clock `ms` milliseconds from now. */
static inline struct timespec q_deadline(long ms)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += ms % 1000 * 1000000;
	t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}
