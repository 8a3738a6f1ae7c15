/*
 * tty_file.c - the terminal as descriptors see it: read, write and ioctl (termios(3), ioctl_tty(2)).
 * Bytes cross to and from ring 3 through a small buffer on the stack, with no lock held.
 */
#include "ipc/archive.h"
#include "ipc/tty.h"

#include "kernel/lib/errno.h"
#include "sched/signal.h"

#define TCSETS     0x5402
#define TCSETSW    0x5403
#define TCSETSF    0x5404

#define CHUNK 256 /* of a read */

/* Waits for the first byte, lock held; not outside canonical mode if VMIN is 0. 0, -EAGAIN or -EINTR. */
static int await_input(struct tty *t, const struct file *f)
{
	while (!tty_available(t) && ((t->termios.lflag & ICANON) || t->termios.cc[VMIN])) {
		int err = f->flags & O_NONBLOCK ? -EAGAIN : waitq_sleep(&t->readers, &t->lock, TIME_NEVER);

		if (err)
			return err;
	}
	return 0;
}

static i64 tty_read(struct file *f, struct uio *to)
{
	struct tty *t = f->object;
	bool end = false;
	i64 done = 0;

	while (to->left && !end) {
		int err = tty_job_check(t, SIGTTIN);
		u8 chunk[CHUNK];
		size_t n = 0;

		lock_acquire(&t->lock);
		if (!err && !done) /* the rest of a long line is there already */
			err = await_input(t, f);
		if (!err)
			n = tty_take(t, chunk, MIN(to->left, sizeof(chunk)), &end);
		lock_release(&t->lock);
		if (err)
			return done ? done : err;
		if (!n)
			break;
		if (uio_to_user(to, chunk, n) < n)
			return done ? done : -EFAULT;
		done += (i64)n;
	}
	return done;
}

static void put_locked(struct file *f, const u8 *bytes, u32 n)
{
	struct tty *t = f->object;

	lock_acquire(&t->lock);
	tty_output(t, bytes, n);
	lock_release(&t->lock);
}

static i64 tty_write(struct file *f, struct uio *from)
{
	return file_write_chunks(f, from, put_locked);
}

static u32 tty_poll(struct file *f, struct waiter *w)
{
	struct tty *t = f->object;
	u32 now;

	lock_acquire(&t->lock);
	now = POLL_OUT | (tty_available(t) ? POLL_IN : 0);
	if (w)
		waitq_watch(&t->readers, &t->lock, w);
	lock_release(&t->lock);
	return now;
}

static void tty_stat(struct file *f, struct stat_abi *out)
{
	stat_fill(out, S_IFCHR | 0620, RDEV_SERIAL, RDEV_SERIAL, 0);
}

static i64 termios_get(struct tty *t, uva_t to)
{
	struct termios_abi now;

	lock_acquire(&t->lock);
	now = t->termios;
	lock_release(&t->lock);
	return copy_to_user(to, &now, sizeof(now));
}

static i64 termios_set(struct tty *t, uva_t argument, bool flush)
{
	int err = tty_job_check(t, SIGTTOU);
	struct termios_abi new;

	if (err)
		return err;
	if (copy_from_user(&new, argument, sizeof(new)))
		return -EFAULT;
	lock_acquire(&t->lock);
	if (flush)
		tty_flush_input(t);
	tty_set_termios(t, &new);
	lock_release(&t->lock);
	return 0;
}

static i64 tty_ioctl(struct file *f, u64 request, uva_t argument)
{
	struct tty *t = f->object;

	switch (request) {
	case TCGETS: return termios_get(t, argument);
	case TCSETS:
	case TCSETSW: return termios_set(t, argument, false);
	case TCSETSF: return termios_set(t, argument, true);
	case TIOCGWINSZ: return copy_to_user(argument, &winsize_default, sizeof(winsize_default));
	default: return tty_job_ioctl(t, request, argument);
	}
}

static const struct file_ops tty_ops = {
	.read = tty_read, .write = tty_write, .poll = tty_poll, .stat = tty_stat, .ioctl = tty_ioctl,
};

struct file *tty_open(struct tty *t, u32 flags)
{
	return file_create(&tty_ops, t, flags);
}
