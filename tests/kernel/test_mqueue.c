/*
 * test_mqueue.c - message queues, below the user copies: order, limits, waiting on both sides, names.
 */
#include "ipc/message.h"
#include "ipc/mqueue.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/lib/test.h"
#include "kernel/x86/clock.h"
#include "mm/frame.h"
#include "sched/process.h"
#include "sched/sched.h"
#include "tests/kernel/support.h"

#define PAST 1 /* a deadline long gone */

/* A queue that has lost its name already. */
static struct file *queue(u32 messages, u32 flags)
{
	struct mq_attr_abi attr = {.maxmsg = messages, .msgsize = 64};
	struct file *f = NULL;

	EXPECT_EQ(mq_open("ktest", O_CREAT | O_EXCL | O_RDWR | flags, 0600, &attr, &f), 0);
	EXPECT_EQ(mq_unlink("ktest"), 0);
	return f;
}

static int put(struct file *f, u8 id, u32 priority, u64 deadline)
{
	struct message *m = message_create(1, priority);
	int err = -ENOMEM;

	if (m) {
		m->bytes[0] = id;
		err = mq_put(f, m, deadline);
		if (err)
			message_free(m);
	}
	return err;
}

/* The id of the message taken; negative: the error. */
static int take(struct file *f, u64 deadline)
{
	struct message *m;
	int result = mq_take(f, deadline, &m);

	if (!result) {
		result = m->bytes[0];
		message_free(m);
	}
	return result;
}

static u64 queued(struct file *f)
{
	struct mq_attr_abi attr;

	mq_get_attributes(f, &attr);
	return (u64)attr.curmsgs;
}

KTEST(mq_order)
{
	static const u8 priorities[] = {3, 1, 3, 7, 1, 7, 0, 3};
	static const u8 expected[] = {3, 5, 0, 2, 7, 1, 4, 6};
	struct file *f = queue(8, O_NONBLOCK);

	REQUIRE(f);
	for (u8 i = 0; i < 8; i++)
		EXPECT_EQ(put(f, i, priorities[i], TIME_NEVER), 0);
	EXPECT_EQ(queued(f), 8);
	for (u8 i = 0; i < 8; i++)
		EXPECT_EQ(take(f, TIME_NEVER), expected[i]);
	file_unref(f);
}

KTEST(mq_limits)
{
	struct file *f = queue(2, O_NONBLOCK);

	REQUIRE(f);
	EXPECT_EQ(take(f, TIME_NEVER), -EAGAIN);
	EXPECT_EQ(put(f, 1, 0, TIME_NEVER), 0);
	EXPECT_EQ(put(f, 2, 0, TIME_NEVER), 0);
	EXPECT_EQ(put(f, 3, 0, TIME_NEVER), -EAGAIN);
	f->flags &= ~(u32)O_NONBLOCK;
	EXPECT_EQ(put(f, 3, 0, PAST), -ETIMEDOUT);
	EXPECT_EQ(take(f, PAST), 1); /* no waiting, no time-out */
	EXPECT_EQ(take(f, PAST), 2);
	EXPECT_EQ(take(f, PAST), -ETIMEDOUT);
	EXPECT_EQ(take(f, clock_now() + 2000000), -ETIMEDOUT);
	EXPECT_EQ(put(f, 4, 0, TIME_NEVER), 0);
	file_unref(f); /* with a message in it: not leaked */
}

KTEST(mq_names)
{
	struct mq_attr_abi attr = {.maxmsg = 0, .msgsize = 8};
	char name[MQ_NAME_MAX + 2];
	struct file *f, *g;

	EXPECT_EQ(mq_open("", O_RDWR, 0, NULL, &f), -ENOENT);
	EXPECT_EQ(mq_open("..", O_RDWR | O_CREAT, 0, NULL, &f), -EACCES);
	EXPECT_EQ(mq_open("a/b", O_RDWR | O_CREAT, 0, NULL, &f), -EACCES);
	EXPECT_EQ(mq_open("ktest", O_RDWR, 0, NULL, &f), -ENOENT);
	EXPECT_EQ(mq_open("ktest", O_RDWR | O_CREAT, 0, &attr, &f), -EINVAL);
	attr.maxmsg = MQ_MESSAGES_MAX + 1;
	EXPECT_EQ(mq_open("ktest", O_RDWR | O_CREAT, 0, &attr, &f), -EINVAL);
	memset(name, 'n', sizeof(name));
	name[MQ_NAME_MAX + 1] = 0;
	EXPECT_EQ(mq_open(name, O_RDWR | O_CREAT, 0, NULL, &f), -ENAMETOOLONG);
	name[MQ_NAME_MAX] = 0;
	REQUIRE(mq_open(name, O_RDWR | O_CREAT, 0, NULL, &f) == 0);
	EXPECT_EQ(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0, NULL, &g), -EEXIST);
	REQUIRE(mq_open(name, O_RDONLY, 0, NULL, &g) == 0);
	EXPECT_EQ(put(f, 9, 0, TIME_NEVER), 0);
	EXPECT_EQ(take(g, TIME_NEVER), 9); /* one queue under both */
	EXPECT_EQ(mq_unlink(name), 0);
	EXPECT_EQ(mq_unlink(name), -ENOENT);
	EXPECT(file_is_mq(g));
	file_unref(f);
	EXPECT_EQ(take(g, PAST), -ETIMEDOUT); /* still works without its name */
	file_unref(g);
}

/* ---- waiting */

static struct file *shared;
static volatile u32 started, finished;
static volatile int results[4];

static void receiver(void *number)
{
	started++;
	results[(u64)number] = take(shared, TIME_NEVER);
	finished++;
	thread_exit();
}

static void sender(void *number)
{
	started++;
	results[(u64)number] = put(shared, (u8)(10 + (u64)number), (u32)(u64)number, TIME_NEVER);
	finished++;
	thread_exit();
}

/* Starts n threads one after the other, each only when those before it sleep. */
static void start(void (*entry)(void *), u32 n)
{
	started = finished = 0;
	for (u64 i = 0; i < n; i++) {
		if (!thread_launch(entry, (void *)i))
			return;
		while (started <= i)
			thread_yield();
		thread_yield();
	}
}

static void join(u32 n)
{
	while (finished < n)
		thread_yield();
}

KTEST(mq_receivers_are_served_in_turn)
{
	shared = queue(4, 0);
	REQUIRE(shared);
	start(receiver, 3);
	EXPECT_EQ(finished, 0);
	for (u8 i = 0; i < 3; i++) {
		EXPECT_EQ(put(shared, 20 + i, 2 - i, TIME_NEVER), 0);
		EXPECT_EQ(queued(shared), 0); /* given, not queued: nobody can overtake */
	}
	EXPECT_EQ(put(shared, 30, 9, TIME_NEVER), 0);
	join(3);
	for (u8 i = 0; i < 3; i++)
		EXPECT_EQ(results[i], 20 + i);
	EXPECT_EQ(take(shared, PAST), 30);
	file_unref(shared);
}

KTEST(mq_senders_are_served_in_turn)
{
	shared = queue(1, 0);
	REQUIRE(shared);
	EXPECT_EQ(put(shared, 1, 5, TIME_NEVER), 0);
	start(sender, 3);
	EXPECT_EQ(finished, 0);
	EXPECT_EQ(take(shared, PAST), 1);
	EXPECT_EQ(queued(shared), 1); /* the first sender's is in already */
	EXPECT_EQ(take(shared, PAST), 10);
	EXPECT_EQ(take(shared, PAST), 11);
	EXPECT_EQ(take(shared, PAST), 12);
	join(3);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(results[i], 0);
	EXPECT_EQ(take(shared, PAST), -ETIMEDOUT);
	file_unref(shared);
}

/* ---- messages */

KTEST(message_sizes_out_of_memory)
{
	static const u32 sizes[] = {0, 1, 64, 2000, 4040, 4096, 4097, 8136, MQ_SIZE_MAX};
	const struct process *self = process_current();

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct message *m = NULL;

		for (u64 n = 1; !m && n < 20; n++) {
			alloc_fail_set(n);
			m = message_create(sizes[i], 3);
			alloc_fail_set(0);
		}
		REQUIRE(m);
		EXPECT_EQ(m->length, sizes[i]);
		EXPECT_EQ(m->sender.pid, self ? self->pid : 0);
		message_free(m);
	}
}

KTEST(mq_out_of_memory)
{
	int err = -ENOMEM;
	struct file *f;

	for (u64 n = 1; err && n < 20; n++) {
		alloc_fail_set(n);
		err = mq_open("ktest", O_CREAT | O_RDWR, 0600, NULL, &f);
		alloc_fail_set(0);
		EXPECT(!err || err == -ENOMEM);
	}
	REQUIRE(!err);
	EXPECT_EQ(mq_unlink("ktest"), 0);
	file_unref(f);
}
