/*
 * tty_file.c - the terminal as descriptors see it: read, write and ioctl (termios(3), ioctl_tty(2)).
 * Bytes cross to and from ring 3 through a small buffer on the stack, with no lock held.
 */
#include "ipc/archive.h"
#include "ipc/tty.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "sched/sched.h"
#include "sched/signal.h"

#define TCGETS     0x5401
#define TCSETS     0x5402
#define TCSETSW    0x5403
#define TCSETSF    0x5404
#define TIOCSWINSZ 0x5414

#define CHUNK 256
#define DECISECOND (NS_PER_SECOND / 10)

/* How many bytes make a read return: one, or outside canonical mode VMIN. Lock held. */
static u32 enough(const struct tty *t, u64 wanted)
{
	if (t->termios.lflag & ICANON)
		return 1;
	return (u32)MIN(MAX((u64)t->termios.cc[VMIN], 1ul), wanted);
}

/*
 * Waits for what the mode asks for (POSIX XBD 11.1.7), lock held. 0: take what is there, which may be
 * nothing after a time-out. `since`: when the read began, for VTIME with VMIN 0.
 */
static int await_input(struct tty *t, const struct file *f, u64 wanted, u64 since)
{
	while (tty_available(t) < enough(t, wanted)) {
		bool raw = !(t->termios.lflag & ICANON);
		u64 time = raw ? t->termios.cc[VTIME] * DECISECOND : 0;
		bool whole_read = raw && t->termios.cc[VMIN] == 0;
		u64 deadline = TIME_NEVER;
		int err;

		if (whole_read && !time)
			return 0;
		if (f->flags & O_NONBLOCK)
			return tty_available(t) ? 0 : -EAGAIN;
		if (time && whole_read)
			deadline = since + time;
		else if (time && tty_available(t))
			deadline = clock_now() + time; /* between two bytes */
		err = waitq_sleep(&t->readers, &t->lock, deadline);
		if (err)
			return err == -ETIMEDOUT ? 0 : err;
	}
	return 0;
}

static i64 tty_read(struct file *f, struct uio *to)
{
	struct tty *t = f->object;
	u64 since = clock_now();
	bool end = false;
	i64 done = 0;

	while (to->left && !end) {
		int err = tty_job_check(t, SIGTTIN);
		u8 chunk[CHUNK];
		size_t n = 0;

		lock_acquire(&t->lock);
		if (!err && !done) /* the rest of a long line is there already */
			err = await_input(t, f, to->left, since);
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

static i64 tty_write(struct file *f, struct uio *from)
{
	struct tty *t = f->object;
	i64 done = 0;

	while (from->left) {
		u64 wanted = MIN(from->left, (u64)CHUNK), n;
		u8 chunk[CHUNK];
		int err = t->termios.lflag & TOSTOP ? tty_job_check(t, SIGTTOU) : 0;

		if (!err && done && signal_pending())
			err = -EINTR;
		if (err)
			return done ? done : err;
		n = uio_from_user(from, chunk, wanted);
		lock_acquire(&t->lock);
		tty_output(t, chunk, n);
		lock_release(&t->lock);
		done += (i64)n;
		if (n < wanted)
			return done ? done : -EFAULT;
		if (cpu_this()->resched)
			thread_yield();
	}
	return done;
}

static int tty_stat(struct file *f, struct stat_abi *out)
{
	(void)f;
	stat_fill(out, S_IFCHR | 0620, RDEV_SERIAL, RDEV_SERIAL, 0);
	return 0;
}

/* Copies a field of the terminal's out to ring 3. */
static i64 field_get(struct tty *t, const void *field, size_t n, uva_t to)
{
	u8 copy[sizeof(struct termios_abi)];

	lock_acquire(&t->lock);
	memcpy(copy, field, n);
	lock_release(&t->lock);
	return copy_to_user(to, copy, n);
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

static i64 size_set(struct tty *t, uva_t argument)
{
	struct winsize_abi new;

	if (copy_from_user(&new, argument, sizeof(new)))
		return -EFAULT;
	lock_acquire(&t->lock);
	t->size = new;
	lock_release(&t->lock);
	tty_signal_foreground(t, SIGWINCH);
	return 0;
}

static i64 readable_get(struct tty *t, uva_t argument)
{
	i32 n;

	lock_acquire(&t->lock);
	n = (i32)tty_available(t);
	lock_release(&t->lock);
	return copy_to_user(argument, &n, sizeof(n));
}

static i64 tty_ioctl(struct file *f, u64 request, uva_t argument)
{
	struct tty *t = f->object;

	switch (request) {
	case TCGETS: return field_get(t, &t->termios, sizeof(t->termios), argument);
	case TCSETS:
	case TCSETSW: return termios_set(t, argument, false);
	case TCSETSF: return termios_set(t, argument, true);
	case TIOCGWINSZ: return field_get(t, &t->size, sizeof(t->size), argument);
	case TIOCSWINSZ: return size_set(t, argument);
	case FIONREAD: return readable_get(t, argument);
	default: return tty_job_ioctl(t, request, argument);
	}
}

static const struct file_ops tty_ops = {
	.read = tty_read, .write = tty_write, .stat = tty_stat, .ioctl = tty_ioctl,
};

struct file *tty_open(struct tty *t, u32 flags)
{
	return file_create(&tty_ops, t, flags);
}
