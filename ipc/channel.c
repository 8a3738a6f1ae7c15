/*
 * channel.c - the run channel on COM2. See channel.h; kernel/abi/channel.h has the format.
 *
 *      host -> UART -> uart.c's thread -> receive() -> pipe -> read() of descriptor 0
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
#include "ipc/uart.h"
#include "kernel/abi/channel.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/log.h"
#include "kernel/lib/string.h"
#include "kernel/x86/serial.h"
#include "sched/sched.h"
#include "sched/signal.h"

#define HEADER 3 /* type and length */
#define FIFO   16
#define TCGETS 0x5401

static struct {
	struct spinlock lock;
	struct waitq greeted;
	bool hello;
	u8 terminals; /* bit n: descriptor n is one */
	struct winsize_abi size;
} host = {.lock = SPINLOCK(RANK_IPC, "channel")};

static struct {
	u8 header[HEADER];
	u32 header_have;
	u32 left;      /* of the payload */
	u8 payload[8]; /* of what is not input */
	u32 payload_have;
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

static void host_learn(const u8 *p, bool hello)
{
	lock_acquire(&host.lock);
	if (hello)
		host.terminals = *p++;
	host.size.rows = (u16)(p[0] | p[1] << 8);
	host.size.columns = (u16)(p[2] | p[3] << 8);
	if (hello) {
		host.hello = true;
		waitq_wake_all(&host.greeted);
	}
	lock_release(&host.lock);
}

static void input_end(void)
{
	if (in.to)
		file_unref(in.to);
	in.to = NULL;
}

/* A whole frame that is not input has come. */
static void frame_done(void)
{
	u8 type = in.header[0];

	if (type == CHANNEL_HELLO && in.payload_have == 5)
		host_learn(in.payload, true);
	else if (type == CHANNEL_SIZE && in.payload_have == 4)
		host_learn(in.payload, false);
	else if (type == CHANNEL_END)
		input_end();
	else if (type != CHANNEL_INPUT)
		log_error("channel: a frame of type %u is not known here", type);
}

/* Some of the payload. Input that nobody will read any more (the pipe's reader is gone) is dropped. */
static void payload_take(const u8 *bytes, u32 n)
{
	if (in.header[0] == CHANNEL_INPUT) {
		if (in.to && pipe_feed(in.to, bytes, n) < 0)
			input_end();
		return;
	}
	while (n-- && in.payload_have < sizeof(in.payload))
		in.payload[in.payload_have++] = *bytes++;
}

static void receive(const u8 *bytes, size_t n)
{
	while (n) {
		u32 some = 1;

		if (in.header_have < HEADER) {
			in.header[in.header_have++] = *bytes;
			in.left = in.header[1] | (u32)in.header[2] << 8;
			in.payload_have = 0;
		} else {
			some = (u32)MIN(n, (size_t)in.left);
			payload_take(bytes, some);
			in.left -= some;
		}
		bytes += some;
		n -= some;
		if (in.header_have == HEADER && !in.left) {
			frame_done();
			in.header_have = 0;
		}
	}
}

/* ---- the files */

static int descriptor_of(const struct file *f)
{
	return (int)(u64)f->object;
}

/* C2. 1: a terminal, 0: none, -EINTR. *size may be NULL. */
static int is_terminal(const struct file *f, struct winsize_abi *size)
{
	int result = 0;

	lock_acquire(&host.lock);
	while (!host.hello && !result)
		result = waitq_sleep(&host.greeted, &host.lock, TIME_NEVER);
	if (!result)
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

static i64 channel_write(struct file *f, struct uio *from)
{
	u8 type = descriptor_of(f) == 2 ? CHANNEL_ERROR : CHANNEL_OUTPUT;
	u8 chunk[CHANNEL_MAX];
	i64 done = 0;

	while (from->left) {
		u64 wanted = MIN(from->left, sizeof(chunk)), n;

		if (done && signal_pending())
			return done;
		n = uio_from_user(from, chunk, wanted);
		if (n)
			frame_send(type, chunk, (u32)n);
		done += (i64)n;
		if (n < wanted)
			return done ? done : -EFAULT;
		if (cpu_this()->resched)
			thread_yield();
	}
	return done;
}

static int channel_stat(struct file *f, struct stat_abi *out)
{
	int terminal = is_terminal(f, NULL);
	u64 ino = 1 + (u64)descriptor_of(f);

	if (terminal < 0)
		return terminal;
	stat_fill(out, terminal ? S_IFCHR | 0620 : S_IFIFO | 0600, ino, terminal ? RDEV_PTY : 0, 0);
	return 0;
}

/* The line discipline is the host's: its settings can be asked for, not changed. */
static i64 channel_ioctl(struct file *f, u64 request, uva_t argument)
{
	struct winsize_abi size;
	int terminal;

	if (request == FIONREAD && descriptor_of(f) == 0)
		return input->ops->ioctl(input, request, argument);
	terminal = is_terminal(f, &size);
	if (terminal < 0)
		return terminal;
	if (terminal && request == TIOCGWINSZ)
		return copy_to_user(argument, &size, sizeof(size));
	if (terminal && request == TCGETS)
		return copy_to_user(argument, &termios_default, sizeof(termios_default));
	return -ENOTTY;
}

static void channel_release(struct file *f)
{
	if (descriptor_of(f) == 0)
		file_unref(input);
}

static const struct file_ops in_ops = {
	.read = channel_read, .stat = channel_stat, .ioctl = channel_ioctl, .release = channel_release,
};

static const struct file_ops out_ops = {
	.write = channel_write, .stat = channel_stat, .ioctl = channel_ioctl, .release = channel_release,
};

/* /etc/stdin, or nothing at all. */
static struct file *archived_input(void)
{
	int err;
	const struct archive_entry *e = archive_find("/etc/stdin", &err);

	return e && entry_kind(e) == S_IFREG ? archive_open(e, O_RDONLY) : devnull_open(O_RDONLY);
}

struct file *channel_open(int fd)
{
	if (fd == 0 && input->ops->seek)
		return input; /* a file, and read as one */
	return file_create(fd == 0 ? &in_ops : &out_ops, (void *)(u64)fd, fd == 0 ? O_RDONLY : O_WRONLY);
}

bool channel_start(bool from_archive)
{
	struct file *ends[2];

	waitq_init(&host.greeted);
	host.size = winsize_default;
	host.hello = from_archive;
	if (from_archive) {
		input = archived_input();
	} else if (pipe_create(ends, 0) == 0) {
		input = ends[0];
		in.to = ends[1];
	}
	if (!input || !uart_start(COM2, receive))
		return false;
	frame_send(CHANNEL_READY, CHANNEL_MAGIC, sizeof(CHANNEL_MAGIC) - 1);
	return true;
}
