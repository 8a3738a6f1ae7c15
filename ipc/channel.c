/*
 * channel.c - the run channel on COM2. See channel.h; kernel/abi/channel.h has the format.
 *
 *      host -> UART -> console.c's thread -> channel_receive() -> pipe -> read() of descriptor 0
 *      write() of descriptors 1, 2 -> frame_send() -> UART -> host
 *
 * Standard input is a pipe that the receiving thread fills, so waiting, end of file and back-pressure are
 * the pipe's: while it is full the thread sleeps, the ring fills, and the UART holds the host back.
 *
 * C1  Frames go out whole: `send_lock`, but for a panic. `send_left` is what the frame under way still lacks.
 * C2  The window and the terminal mask are known once HELLO has come; who asks before waits for it.
 *
 * Locks, both RANK_IPC and never together: host.lock guards `host`, send_lock the line out. `in` belongs
 * to the receiving thread.
 */
#include "ipc/channel.h"

#include "ipc/archive.h"
#include "ipc/pipe.h"
#include "ipc/tty.h"
#include "kernel/abi/channel.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/log.h"
#include "kernel/lib/string.h"
#include "kernel/x86/serial.h"
#include "sched/waitq.h"

#define HEADER 3 /* type and length */
_Static_assert(FILE_CHUNK <= CHANNEL_MAX, "a write's chunk is one frame");
#define FIFO   16

static struct {
	struct spinlock lock;
	struct waitq greeted;
	bool hello;
	u8 terminals; /* bit n: descriptor n is one */
	struct winsize_abi size;
} host = {.lock = SPINLOCK(RANK_IPC, "channel")};

static struct {
	u8 frame[HEADER + CHANNEL_MAX]; /* what has come of it */
	u32 have;
	struct file *to; /* the pipe's write end; NULL after the end of input */
} in;

static struct spinlock send_lock = SPINLOCK(RANK_IPC, "channel out");
static volatile u32 send_left;
static struct file *input; /* the pipe's read end, or the archive's file */

/* ---- out */

/* Piece by piece, so that a panic knows how much is missing (C1). */
static void line_write(const u8 *bytes, u32 n)
{
	for (u32 some; n; bytes += some, n -= some) {
		some = MIN(n, (u32)FIFO);
		serial_write(COM2, bytes, some);
		send_left -= some;
	}
}

static void frame_write(u8 type, const u8 *payload, u32 n)
{
	const u8 header[HEADER] = {type, (u8)n, (u8)(n >> 8)};

	send_left = HEADER + n;
	line_write(header, HEADER);
	line_write(payload, n);
}

static void frame_send(u8 type, const void *payload, u32 n)
{
	lock_acquire(&send_lock);
	frame_write(type, payload, n);
	lock_release(&send_lock);
}

void channel_send_status(i32 wait_status)
{
	frame_send(CHANNEL_STATUS, &wait_status, sizeof(wait_status)); /* little-endian, as this machine is */
}

/* The host would take the text for the rest of a frame that was cut short: blanks fill that one first. */
void channel_panic(const char *message)
{
	while (send_left)
		line_write((const u8 *)" ", 1);
	frame_write(CHANNEL_PANIC, (const u8 *)message, (u32)strnlen(message, CHANNEL_MAX));
}

/* ---- in */

/* The end of HELLO is what SIZE has. */
static void host_learn(const u8 *size, const u8 *terminals)
{
	lock_acquire(&host.lock);
	host.size.rows = (u16)(size[0] | size[1] << 8);
	host.size.columns = (u16)(size[2] | size[3] << 8);
	if (terminals) {
		host.terminals = *terminals;
		host.hello = true;
		waitq_wake_all(&host.greeted);
	}
	lock_release(&host.lock);
}

/* Input that nobody will read any more (the pipe's reader is gone) is dropped. */
static void frame_done(u8 type, const u8 *payload, u32 n)
{
	if (type == CHANNEL_HELLO && n == 5) {
		host_learn(payload + 1, payload);
	} else if (type == CHANNEL_SIZE && n == 4) {
		host_learn(payload, NULL);
	} else if (type == CHANNEL_INPUT || type == CHANNEL_END) {
		if (in.to && (type == CHANNEL_END || pipe_feed(in.to, payload, n) < 0)) {
			file_unref(in.to);
			in.to = NULL;
		}
	} else {
		log_error("channel: a frame of type %u is not known here", type);
	}
}

void channel_receive(const u8 *bytes, size_t n)
{
	while (n--) {
		u32 length;

		in.frame[in.have++] = *bytes++;
		length = MIN(in.frame[1] | (u32)in.frame[2] << 8, (u32)CHANNEL_MAX);
		if (in.have < HEADER || in.have < HEADER + length)
			continue;
		frame_done(in.frame[0], in.frame + HEADER, length);
		in.have = 0;
	}
}

/* ---- the files */

static int descriptor_of(const struct file *f)
{
	return (int)(u64)f->object;
}

/* C2. *size may be NULL. */
static bool is_terminal(const struct file *f, struct winsize_abi *size)
{
	bool result;
	int err = 0;

	lock_acquire(&host.lock);
	while (!host.hello && !err)
		err = waitq_sleep_killable(&host.greeted, &host.lock);
	result = host.terminals >> descriptor_of(f) & 1;
	if (size)
		*size = host.size;
	lock_release(&host.lock);
	return result;
}

static i64 channel_read(struct file *f, struct uio *to)
{
	input->flags = f->flags; /* O_NONBLOCK is set on the outer one */
	return input->ops->read(input, to);
}

/* Output waits for the host no longer than the line takes. */
static u32 channel_poll(struct file *f, struct waiter *w)
{
	return descriptor_of(f) ? POLL_OUT : input->ops->poll(input, w);
}

static void output_send(struct file *f, const u8 *bytes, u32 n)
{
	frame_send(descriptor_of(f) == 2 ? CHANNEL_ERROR : CHANNEL_OUTPUT, bytes, n);
}

static i64 channel_write(struct file *f, struct uio *from)
{
	return file_write_chunks(f, from, output_send);
}

static void channel_stat(struct file *f, struct stat_abi *out)
{
	bool terminal = is_terminal(f, NULL);
	u64 ino = 1 + (u64)descriptor_of(f);

	stat_fill(out, terminal ? S_IFCHR | 0620 : S_IFIFO | 0600, ino, terminal ? RDEV_PTY : 0, 0);
}

/* The line discipline is the host's: its settings can be asked for, not changed. */
static i64 channel_ioctl(struct file *f, u64 request, uva_t argument)
{
	struct winsize_abi size;

	if (!is_terminal(f, &size))
		return -ENOTTY;
	switch (request) {
	case TIOCGWINSZ: return copy_to_user(argument, &size, sizeof(size));
	case TCGETS: return copy_to_user(argument, &termios_default, sizeof(termios_default));
	default: return -ENOTTY;
	}
}

static void channel_release(struct file *f)
{
	if (descriptor_of(f) == 0)
		file_unref(input);
}

static const struct file_ops channel_ops = {
	.read = channel_read, .write = channel_write, .poll = channel_poll, .stat = channel_stat,
	.ioctl = channel_ioctl, .release = channel_release,
};

/* /etc/stdin, or nothing at all. */
static struct file *archived_input(void)
{
	int err;
	const struct archive_entry *e = archive_find("/etc/stdin", &err);

	return archive_open(e ? e : archive_find("/dev/null", &err), O_RDONLY);
}

struct file *channel_open(int fd)
{
	if (fd == 0 && input->ops->seek)
		return input; /* a file, and read as one */
	return file_create(&channel_ops, (void *)(u64)fd, fd == 0 ? O_RDONLY : O_WRONLY);
}

bool channel_start(bool from_archive, u8 terminals)
{
	struct file *ends[2];

	waitq_init(&host.greeted);
	host.size = winsize_default;
	host.hello = from_archive;
	host.terminals = terminals;
	if (from_archive) {
		input = archived_input();
	} else if (pipe_create(ends, 0) == 0) {
		input = ends[0];
		in.to = ends[1];
	}
	if (input)
		frame_send(CHANNEL_READY, CHANNEL_MAGIC, sizeof(CHANNEL_MAGIC) - 1);
	return input;
}
