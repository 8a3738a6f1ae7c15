/*
 * pipe.c - pipes. See pipe.h.
 *
 *      slots   [ 0 | 1 | 2 | ...                | 15 ]      page frames, reached through the direct map
 *                    ^ read_at        ^ write_at            counts of bytes: slot = count / 4096 % 16
 *
 * P1  read_at <= write_at, and write_at never passes the start of read_at's slot, 16 slots on: a slot is
 *     written again only when it was drained, as Linux has it.
 * P2  A slot that holds unread bytes has a frame. One that was drained gives it back; but when the pipe is
 *     empty the last one is kept, and the next byte goes to its beginning.
 * P3  At most one thread reads (`reading`) and one writes (`writing`) at a time. They copy with no lock held:
 *     the reader inside [read_at, write_at), the writer outside it.
 * P4  No wake-up per byte: a writer wakes one reader when the pipe was empty, a reader one writer when a slot
 *     came free; and whoever leaves passes it on to the next of its kind if something is left.
 *
 * Lock: `lock` (RANK_IPC). Callers: the file operations, from system calls; ipc/channel.c from its thread.
 */
#include "ipc/pipe.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/lock.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/string.h"
#include "mm/cache.h"
#include "mm/frame.h"
#include "sched/process.h"
#include "sched/sched.h"

#define SLOTS (PIPE_SIZE / PAGE_SIZE)

struct pipe {
	struct spinlock lock; /* guards all below; slots of a turn in progress belong to its thread (P3) */
	bool open[2];         /* the read end and the write end */
	bool reading, writing;
	u64 read_at, write_at;
	pa_t slots[SLOTS];    /* .v 0: none */
	struct waitq readers, writers; /* for bytes; for room */
	struct waitq turns;            /* for `reading` or `writing` to end */
	u64 ino;
	u32 uid, gid;         /* of its maker */
};

/* Whose bytes: ring 3's or the kernel's. */
struct source {
	struct uio *user; /* NULL: the kernel's */
	u8 *kernel;
};

static u64 next_ino = 1; /* atomic */

static u32 slot_of(u64 at)
{
	return at / PAGE_SIZE % SLOTS;
}

static u64 filled(const struct pipe *p)
{
	return p->write_at - p->read_at;
}

/* P1. */
static u64 room(const struct pipe *p)
{
	return ALIGN_DOWN(p->read_at, PAGE_SIZE) + PIPE_SIZE - p->write_at;
}

/* How much of `n` has frames now (P2). Lock held. */
static u64 frames_attach(struct pipe *p, u64 n)
{
	u64 end = p->write_at + n;

	for (u64 at = p->write_at; at < end; at = ALIGN_DOWN(at, PAGE_SIZE) + PAGE_SIZE) {
		pa_t *slot = &p->slots[slot_of(at)];

		if (!slot->v)
			*slot = frame_alloc();
		if (!slot->v)
			return at - p->write_at;
	}
	return n;
}

/* ---- copying; no lock held */

static bool piece_copy(struct source *s, u8 *slot, u64 n, bool in)
{
	if (s->user)
		return (in ? uio_from_user(s->user, slot, n) : uio_to_user(s->user, slot, n)) == n;
	if (in)
		memcpy(slot, s->kernel, n);
	else
		memcpy(s->kernel, slot, n);
	s->kernel += n;
	return true;
}

/* Moves n bytes at `at`, slot by slot; a slot's piece that faults does not count (Linux). How many. */
static u64 copy(struct pipe *p, struct source *s, u64 at, u64 n, bool in)
{
	u64 done = 0;

	while (done < n) {
		u64 offset = (at + done) % PAGE_SIZE, piece = MIN(n - done, PAGE_SIZE - offset);

		if (!piece_copy(s, (u8 *)frame_ptr(p->slots[slot_of(at + done)]) + offset, piece, in))
			break;
		done += piece;
	}
	return done;
}

/* ---- writing */

/* Waits for a turn and for `need` bytes of room, lock held. 0, -EPIPE, -EAGAIN or -EINTR. A turn is short, so
 * those who do not want to block wait for it too. */
static int write_await(struct pipe *p, u64 need, bool nonblock)
{
	int err = 0;

	while (!err) {
		if (!p->open[0])
			return -EPIPE;
		if (!p->writing && room(p) >= need)
			return 0;
		if (nonblock && !p->writing)
			return -EAGAIN;
		err = waitq_sleep(p->writing ? &p->turns : &p->writers, &p->lock, TIME_NEVER);
	}
	return err;
}

/* The turn is over: `moved` bytes are in. The reader that was woken, if any (P4). Lock held. */
static struct thread *write_commit(struct pipe *p, u64 moved)
{
	bool was_empty = !filled(p);

	p->writing = false;
	waitq_wake_all(&p->turns);
	p->write_at += moved;
	return was_empty && moved ? waitq_wake_here(&p->readers) : NULL;
}

/*
 * One turn: as much as fits. How much; negative is an errno. *woken: the reader to hand the CPU to.
 * A write of at most PIPE_ATOMIC bytes needs room for all of it.
 */
static i64 write_turn(struct pipe *p, struct source *s, u64 left, bool atomic, bool nonblock,
		      struct thread **woken)
{
	int err = write_await(p, atomic ? left : 1, nonblock);
	u64 n, moved;

	if (err)
		return err;
	n = frames_attach(p, MIN(left, room(p)));
	if (!n || (atomic && n < left))
		return -ENOMEM;
	p->writing = true;
	lock_release(&p->lock);
	moved = copy(p, s, p->write_at, n, true);
	lock_acquire(&p->lock);
	*woken = write_commit(p, moved);
	return moved ? (i64)moved : -EFAULT;
}

static i64 pipe_push(struct file *f, struct source *s, u64 n)
{
	bool atomic = n <= PIPE_ATOMIC, nonblock = f->flags & O_NONBLOCK;
	struct thread *woken = NULL;
	struct pipe *p = f->object;
	i64 turn = 0;
	u64 done = 0;

	lock_acquire(&p->lock);
	while (done < n) {
		turn = write_turn(p, s, n - done, atomic, nonblock, &woken);
		if (turn < 0)
			break;
		done += (u64)turn;
	}
	if (room(p))
		waitq_wake(&p->writers); /* P4 */
	lock_release(&p->lock);
	if (turn == -EPIPE && s->user)
		signal_send(process_current(), SIGPIPE);
	if (turn >= 0 && woken)
		sched_hint_handoff(woken);
	return done ? (i64)done : turn;
}

/* ---- reading */

/* Waits for a turn and for bytes or their end, lock held. 0, -EAGAIN or -EINTR. */
static int read_await(struct pipe *p, bool nonblock)
{
	int err = 0;

	while (!err) {
		if (!p->reading && (filled(p) || !p->open[1]))
			return 0;
		if (nonblock && !p->reading)
			return -EAGAIN;
		err = waitq_sleep(p->reading ? &p->turns : &p->readers, &p->lock, TIME_NEVER);
	}
	return err;
}

/* The turn is over: `moved` bytes are out. Gives frames back (P2) and wakes (P4). Lock held. */
static void read_commit(struct pipe *p, u64 moved)
{
	u64 from = ALIGN_DOWN(p->read_at, PAGE_SIZE), to;
	bool empty;

	p->reading = false;
	waitq_wake_all(&p->turns);
	p->read_at += moved;
	empty = !filled(p) && !p->writing;
	to = ALIGN_DOWN(p->read_at - empty, PAGE_SIZE); /* the slot of the last byte, or of the next */
	for (u64 at = from; at < to; at += PAGE_SIZE) {
		frame_unref(p->slots[slot_of(at)]);
		p->slots[slot_of(at)] = pa(0);
	}
	if (empty)
		p->read_at = p->write_at = to;
	if (to != from)
		waitq_wake(&p->writers);
}

static i64 pipe_pull(struct file *f, struct source *s, u64 n)
{
	struct pipe *p = f->object;
	i64 result;

	lock_acquire(&p->lock);
	result = read_await(p, f->flags & O_NONBLOCK);
	n = result ? 0 : MIN(n, filled(p));
	if (n) {
		u64 moved;

		p->reading = true;
		lock_release(&p->lock);
		moved = copy(p, s, p->read_at, n, false);
		lock_acquire(&p->lock);
		read_commit(p, moved);
		result = moved ? (i64)moved : -EFAULT;
	}
	if (filled(p))
		waitq_wake(&p->readers); /* P4 */
	lock_release(&p->lock);
	return result;
}

/* ---- the files */

static i64 pipe_read(struct file *f, struct uio *to)
{
	struct source s = {.user = to};

	return to->left ? pipe_pull(f, &s, to->left) : 0;
}

static i64 pipe_write(struct file *f, struct uio *from)
{
	struct source s = {.user = from};

	return from->left ? pipe_push(f, &s, from->left) : 0;
}

i64 pipe_feed(struct file *write_end, const void *bytes, u64 n)
{
	struct source s = {.kernel = (u8 *)bytes};

	return pipe_push(write_end, &s, n);
}

i64 pipe_drain(struct file *read_end, void *to, u64 n)
{
	struct source s = {.kernel = to};

	return pipe_pull(read_end, &s, n);
}

/* A write of PIPE_ATOMIC bytes must fit: a slot is free (P1). */
static u32 pipe_poll(struct file *f, struct waiter *w)
{
	bool write_end = file_writable(f);
	struct pipe *p = f->object;
	u32 now;

	lock_acquire(&p->lock);
	if (write_end)
		now = (room(p) >= PAGE_SIZE ? POLL_OUT : 0) | (p->open[0] ? 0 : POLLERR);
	else
		now = (filled(p) ? POLL_IN : 0) | (p->open[1] ? 0 : POLLHUP);
	if (w)
		waitq_watch(write_end ? &p->writers : &p->readers, &p->lock, w);
	lock_release(&p->lock);
	return now;
}

static void pipe_stat(struct file *f, struct stat_abi *out)
{
	struct pipe *p = f->object;

	stat_fill(out, S_IFIFO | 0600, p->ino, 0, 0);
	out->uid = p->uid;
	out->gid = p->gid;
}

static void pipe_destroy(struct pipe *p)
{
	for (u32 i = 0; i < SLOTS; i++)
		if (p->slots[i].v)
			frame_unref(p->slots[i]);
	kfree(p);
}

/* One end is closed: those who wait at the other learn it; the second end takes the pipe with it. */
static void pipe_release(struct file *f)
{
	bool write_end = file_writable(f);
	struct pipe *p = f->object;
	bool last;

	lock_acquire(&p->lock);
	p->open[write_end] = false;
	last = !p->open[!write_end];
	waitq_wake_all(write_end ? &p->readers : &p->writers);
	lock_release(&p->lock);
	if (last)
		pipe_destroy(p);
}

static const struct file_ops pipe_ops = {
	.read = pipe_read, .write = pipe_write, .poll = pipe_poll, .stat = pipe_stat, .release = pipe_release,
};

int pipe_create(struct file *ends[2], u32 flags)
{
	struct pipe *p = kmalloc_zeroed(sizeof(*p));

	if (!p)
		return -ENOMEM;
	lock_init(&p->lock, RANK_IPC, "pipe");
	waitq_init(&p->readers);
	waitq_init(&p->writers);
	waitq_init(&p->turns);
	p->ino = __atomic_fetch_add(&next_ino, 1, __ATOMIC_RELAXED);
	p->uid = cred_current()->user.fs;
	p->gid = cred_current()->group.fs;
	p->open[0] = p->open[1] = true;
	ends[0] = file_create(&pipe_ops, p, O_RDONLY | flags);
	ends[1] = ends[0] ? file_create(&pipe_ops, p, O_WRONLY | flags) : NULL;
	if (!ends[1]) {
		kfree(ends[0]);
		kfree(p);
		return -ENOMEM;
	}
	return 0;
}
