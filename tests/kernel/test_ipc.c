/*
 * test_ipc.c - handles and pipes. The pipes are driven with the kernel's own bytes (pipe_feed, pipe_drain);
 * a second thread stands for the other process where somebody must wait.
 */
#include "ipc/handle.h"
#include "ipc/pipe.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/lib/test.h"
#include "mm/frame.h"
#include "sched/process.h"
#include "sched/sched.h"
#include "tests/kernel/support.h"

/* ---- handles */

static u32 released; /* files whose release has run */

static void count_release(struct file *f)
{
	(void)f;
	released++;
}

static const struct file_ops counting_ops = {.release = count_release};

static struct file *counting_file(void)
{
	return file_create(&counting_ops, NULL, O_RDWR);
}

KTEST(handle_lowest_free)
{
	struct handle_table *t = handles_create();
	u64 live = handles_live();

	REQUIRE(t);
	for (int fd = 0; fd < 40; fd++) /* more than a group */
		EXPECT_EQ(handle_install(t, counting_file(), 0, 0), fd);
	EXPECT_EQ(handles_live(), live + 40);
	EXPECT_EQ(handle_close(t, 7), 0);
	EXPECT_EQ(handle_close(t, 7), -EBADF);
	EXPECT_EQ(handle_close(t, 33), 0);
	EXPECT_EQ(handle_install(t, counting_file(), 0, 8), 33);
	EXPECT_EQ(handle_install(t, counting_file(), 0, 0), 7);
	EXPECT_EQ(handle_install(t, counting_file(), 0, 900), 900);
	released = 0;
	handles_destroy(t);
	EXPECT_EQ(released, 41);
}

KTEST(handle_rights_only_shrink)
{
	struct handle_table *t = handles_create();
	struct file *f = counting_file();

	REQUIRE(t && f);
	EXPECT_EQ(handle_rights(O_RDONLY), HANDLE_READ);
	EXPECT_EQ(handle_rights(O_WRONLY | O_CLOEXEC), HANDLE_WRITE | HANDLE_CLOEXEC);
	EXPECT_EQ(handle_rights(O_ACCMODE), 0);
	EXPECT_EQ(handle_install(t, f, HANDLE_READ, 0), 0);
	EXPECT_EQ(handle_dup(t, 0, 0, true), 1);
	EXPECT(!handle_get(t, 1, HANDLE_WRITE));
	EXPECT(!handle_get(t, 1, HANDLE_READ | HANDLE_WRITE));
	EXPECT(handle_get(t, 1, HANDLE_READ) == f);
	file_unref(f);
	EXPECT(!handle_get(t, -1, 0));
	EXPECT(!handle_get(t, HANDLES_MAX, 0));
	handles_destroy(t);
}

KTEST(handle_reserved_is_invisible)
{
	struct handle_table *t = handles_create(), *child;
	struct file *f = counting_file();

	REQUIRE(t && f);
	EXPECT_EQ(handle_reserve(t, 0), 0);
	EXPECT(!handle_get(t, 0, 0));
	EXPECT_EQ(handle_close(t, 0), -EBADF);
	EXPECT_EQ(handle_install(t, f, 0, 0), 1);
	EXPECT_EQ(handle_dup_to(t, 1, 0, false), -EBUSY);
	child = handles_fork(t);
	REQUIRE(child);
	EXPECT_EQ(handle_dup(child, 1, 0, false), 0); /* the reservation was not inherited */
	handles_destroy(child);
	handle_cancel(t, 0);
	EXPECT_EQ(handle_dup(t, 1, 0, false), 0);
	handles_destroy(t);
}

KTEST(handle_limits)
{
	struct handle_table *t = handles_create();
	struct rlimit_abi *limit = &process_current()->limits[LIMIT_NOFILE], before = *limit;

	REQUIRE(t);
	EXPECT_EQ(limit->soft, 1024);
	limit->soft = LIMIT_NONE; /* HANDLES_MAX is the end even so */
	EXPECT_EQ(handle_install(t, counting_file(), 0, 0), 0);
	EXPECT_EQ(handle_reserve(t, -1), -EINVAL);
	EXPECT_EQ(handle_reserve(t, HANDLES_MAX), -EINVAL);
	EXPECT_EQ(handle_dup(t, 0, HANDLES_MAX, false), -EINVAL);
	EXPECT_EQ(handle_dup(t, 5, HANDLES_MAX, false), -EBADF);
	EXPECT_EQ(handle_dup_to(t, 0, HANDLES_MAX, false), -EBADF);
	for (int fd = 1; fd < HANDLES_MAX; fd++)
		EXPECT_EQ(handle_dup(t, 0, 0, false), fd);
	EXPECT_EQ(handle_dup(t, 0, 0, false), -EMFILE);
	EXPECT_EQ(handle_reserve(t, 1000), -EMFILE);
	limit->soft = 64; /* what is open stays open; a new number must be below */
	EXPECT(!handle_close(t, 3) && !handle_close(t, 64) && !handle_close(t, 65));
	EXPECT_EQ(handle_flags(t, 4000), 0);
	EXPECT_EQ(handle_dup(t, 4000, 0, false), 3);
	EXPECT_EQ(handle_dup(t, 0, 0, false), -EMFILE);
	EXPECT_EQ(handle_dup(t, 0, 64, false), -EINVAL);
	EXPECT_EQ(handle_dup_to(t, 0, 64, false), -EBADF);
	*limit = before;
	released = 0;
	handles_destroy(t);
	EXPECT_EQ(released, 1);
}

KTEST(handle_dup_to_replaces)
{
	struct handle_table *t = handles_create();

	REQUIRE(t);
	handle_install(t, counting_file(), 0, 0);
	handle_install(t, counting_file(), HANDLE_CLOEXEC, 0);
	released = 0;
	EXPECT_EQ(handle_dup_to(t, 0, 1, false), 1);
	EXPECT_EQ(released, 1);
	EXPECT_EQ(handle_flags(t, 1), 0);
	EXPECT_EQ(handle_dup_to(t, 0, 500, true), 500);
	EXPECT_EQ(handle_flags(t, 500), 1);
	EXPECT_EQ(handle_dup_to(t, 9, 1, false), -EBADF);
	EXPECT_EQ(handle_flags(t, 9), -EBADF);
	handles_destroy(t);
	EXPECT_EQ(released, 2);
}

KTEST(handle_fork_and_exec)
{
	struct handle_table *t = handles_create(), *child;

	REQUIRE(t);
	handle_install(t, counting_file(), 0, 0);
	handle_install(t, counting_file(), 0, 70);
	EXPECT_EQ(handle_set_flags(t, 70, true), 0);
	child = handles_fork(t);
	REQUIRE(child);
	released = 0;
	handles_close_on_exec(child);
	EXPECT_EQ(handle_close(child, 70), -EBADF);
	EXPECT_EQ(handle_flags(child, 0), 0);
	handles_destroy(t);
	EXPECT_EQ(released, 1); /* 70 was the parent's alone by now */
	handles_destroy(child);
	EXPECT_EQ(released, 2);
}

KTEST(handle_out_of_memory)
{
	struct handle_table *t = handles_create(), *child = NULL;

	REQUIRE(t);
	handle_install(t, counting_file(), 0, 0);
	handle_install(t, counting_file(), 0, 500);
	for (u64 n = 1; !child && n < 20; n++) {
		alloc_fail_set(n);
		child = handles_fork(t);
		alloc_fail_set(0);
	}
	EXPECT(child);
	if (child)
		handles_destroy(child);
	handles_destroy(t);
}

/* ---- pipes */

static u8 pattern_at(u64 i)
{
	return (u8)(i * 7 + i / 251);
}

static u8 data[8192];

static void close_both(struct file *ends[2])
{
	file_unref(ends[0]);
	file_unref(ends[1]);
}

/* Feeds n bytes of the pattern from position `at`. */
static i64 feed(struct file *end, u64 at, u64 n)
{
	for (u64 i = 0; i < n; i++)
		data[i] = pattern_at(at + i);
	return pipe_feed(end, data, n);
}

/* Drains at most n bytes and checks that they go on at `at`. */
static i64 drain(struct file *end, u64 at, u64 n)
{
	i64 got = pipe_drain(end, data, n);
	bool same = true;

	for (i64 i = 0; i < got; i++)
		same = same && data[i] == pattern_at(at + (u64)i);
	EXPECT(same);
	return got;
}

KTEST(pipe_keeps_order)
{
	struct file *ends[2];
	u64 in = 0, out = 0;

	REQUIRE(pipe_create(ends, O_NONBLOCK) == 0);
	for (u64 round = 1; round < 400; round++) {
		u64 n = round * 37 % 3001 + 1, m = round * 53 % 2903 + 1;
		i64 fed = feed(ends[1], in, n);
		i64 drained = drain(ends[0], out, m);

		in += fed > 0 ? (u64)fed : 0;
		out += drained > 0 ? (u64)drained : 0;
	}
	EXPECT(in > 10 * PIPE_SIZE / 2);
	while (out < in)
		out += (u64)drain(ends[0], out, sizeof(data));
	EXPECT_EQ(pipe_drain(ends[0], data, 1), -EAGAIN);
	close_both(ends);
}

KTEST(pipe_is_full_by_slots)
{
	struct file *ends[2];

	REQUIRE(pipe_create(ends, O_NONBLOCK) == 0);
	for (u64 i = 0; i < PIPE_SIZE; i += 8192)
		EXPECT_EQ(feed(ends[1], i, 8192), 8192);
	EXPECT_EQ(pipe_feed(ends[1], data, 1), -EAGAIN);
	EXPECT_EQ(drain(ends[0], 0, 100), 100);
	EXPECT_EQ(pipe_feed(ends[1], data, 1), -EAGAIN); /* the slot is not drained */
	EXPECT_EQ(drain(ends[0], 100, 4000), 4000);
	EXPECT_EQ(pipe_feed(ends[1], data, 5000), 4096);
	EXPECT_EQ(pipe_feed(ends[1], data, 5000), -EAGAIN);
	close_both(ends);
}

KTEST(pipe_small_writes_are_whole)
{
	struct file *ends[2];

	REQUIRE(pipe_create(ends, O_NONBLOCK) == 0);
	for (u64 i = 0; i < 15; i++)
		EXPECT_EQ(pipe_feed(ends[1], data, 4096), 4096);
	EXPECT_EQ(pipe_feed(ends[1], data, 3000), 3000);
	EXPECT_EQ(pipe_feed(ends[1], data, 1097), -EAGAIN); /* one too many: nothing of it */
	EXPECT_EQ(pipe_feed(ends[1], data, 5000), 1096);    /* more than PIPE_BUF: a part */
	close_both(ends);
}

KTEST(pipe_ends)
{
	struct file *ends[2];
	struct stat_abi st;

	REQUIRE(pipe_create(ends, 0) == 0);
	ends[0]->ops->stat(ends[0], &st);
	EXPECT_EQ(st.mode, S_IFIFO | 0600);
	EXPECT_EQ(pipe_feed(ends[1], "abc", 3), 3);
	file_unref(ends[1]);
	EXPECT_EQ(pipe_drain(ends[0], data, 10), 3);
	EXPECT_EQ(pipe_drain(ends[0], data, 10), 0);
	file_unref(ends[0]);

	REQUIRE(pipe_create(ends, 0) == 0);
	file_unref(ends[0]);
	EXPECT_EQ(pipe_feed(ends[1], "abc", 3), -EPIPE);
	file_unref(ends[1]);
}

KTEST(pipe_gives_frames_back)
{
	struct file *ends[2];
	u64 before, out = 0;

	REQUIRE(pipe_create(ends, 0) == 0);
	EXPECT_EQ(pipe_feed(ends[1], data, 1), 1);
	EXPECT_EQ(pipe_drain(ends[0], data, 1), 1);
	before = frame_used();
	for (int i = 0; i < 8; i++)
		pipe_feed(ends[1], data, 8192);
	EXPECT_EQ(frame_used(), before + 15);
	while (out < PIPE_SIZE)
		out += (u64)pipe_drain(ends[0], data, sizeof(data));
	EXPECT_EQ(frame_used(), before);
	close_both(ends);
}

/* Feeds while the next allocation fails (test builds; elsewhere it is skipped). */
static i64 feed_failing(struct file *end, u64 n)
{
	i64 fed;

	alloc_fail_set(1);
	fed = pipe_feed(end, data, n);
	alloc_fail_set(0);
	return fed;
}

KTEST(pipe_out_of_memory)
{
	struct file *ends[2];
	int err = -ENOMEM;

	if (!BUILD_TEST) {
		ktest_skip("allocations fail as planned in test builds only");
		return;
	}
	for (u64 n = 1; err && n < 20; n++) {
		alloc_fail_set(n);
		err = pipe_create(ends, O_NONBLOCK);
		alloc_fail_set(0);
	}
	REQUIRE(!err);
	EXPECT_EQ(feed_failing(ends[1], 100), -ENOMEM);
	EXPECT_EQ(pipe_feed(ends[1], data, 100), 100);
	EXPECT_EQ(feed_failing(ends[1], 8192), 8192); /* a short turn, and one that makes it up */
	close_both(ends);
}

#define STREAM 300000ul
static volatile bool stream_done;

static void stream_writer(void *end)
{
	for (u64 at = 0; at < STREAM; at += 6000) {
		u8 chunk[6000];

		for (u64 i = 0; i < sizeof(chunk); i++)
			chunk[i] = pattern_at(at + i);
		EXPECT_EQ(pipe_feed(end, chunk, sizeof(chunk)), sizeof(chunk));
	}
	file_unref(end);
	stream_done = true;
	thread_exit();
}

KTEST(pipe_both_sides_wait)
{
	struct file *ends[2];
	struct thread *t;
	u64 out = 0;
	i64 got;

	REQUIRE(pipe_create(ends, 0) == 0);
	t = thread_create_kernel(stream_writer, ends[1]);
	REQUIRE(t);
	stream_done = false;
	thread_start(t);
	while ((got = drain(ends[0], out, 777)) > 0)
		out += (u64)got;
	EXPECT_EQ(got, 0);
	EXPECT_EQ(out, STREAM);
	while (!stream_done)
		thread_yield();
	file_unref(ends[0]);
}
