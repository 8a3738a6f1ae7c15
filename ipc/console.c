/*
 * console.c - the serial port of process 1's standard files: an interrupt handler, a ring, and a kernel
 * thread that may take locks and sleep, where the handler may not. The thread feeds the terminal (ipc/tty.h)
 * or the run channel (ipc/channel.h). See console.h.
 *
 * When the ring is full the receive interrupt is turned off, and the UART holds the sender back, until the
 * thread has taken something.
 *
 * U1  The handler and the thread share nothing but `ring`, under its lock (RANK_CONSOLE).
 * U2  The thread announces that it will sleep under the lock under which the handler wakes it, so a byte
 *     that comes in between is not slept through.
 */
#include "ipc/console.h"

#include "ipc/channel.h"
#include "ipc/tty.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/log.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/string.h"
#include "kernel/x86/serial.h"
#include "sched/sched.h"

#define RING_SIZE 4096 /* a power of two */

static struct {
	struct spinlock lock; /* guards all below */
	u32 head, tail; /* counts of bytes taken out and put in */
	bool held_back; /* full: the receive interrupt is off */
	struct thread *sleeper;
	u8 bytes[RING_SIZE];
} ring = {.lock = SPINLOCK(RANK_CONSOLE, "uart ring")};

/* Written by console_init() only. */
static bool on_channel;
static u16 port = COM1;

static struct tty terminal;

/* ---- receiving */

void console_interrupt(u16 from)
{
	struct thread *sleeper;
	bool on;
	int c;

	if (from != port)
		return;
	on = lock_acquire_irq(&ring.lock);
	while (ring.tail - ring.head < RING_SIZE && (c = serial_read(port)) >= 0)
		ring.bytes[ring.tail++ % RING_SIZE] = (u8)c;
	if (ring.tail - ring.head == RING_SIZE) {
		ring.held_back = true;
		serial_interrupt(port, false);
	}
	sleeper = ring.sleeper;
	ring.sleeper = NULL;
	if (sleeper)
		thread_wake(sleeper);
	lock_release_irq(&ring.lock, on);
}

/* Takes what is there, at most n bytes; 0: the caller is about to sleep (U2). */
static size_t ring_take(u8 *to, size_t n)
{
	bool on = lock_acquire_irq(&ring.lock);
	size_t got = 0;

	while (got < n && ring.head != ring.tail)
		to[got++] = ring.bytes[ring.head++ % RING_SIZE];
	if (got && ring.held_back) {
		ring.held_back = false;
		serial_interrupt(port, true);
	}
	if (!got) {
		ring.sleeper = thread_current();
		thread_prepare_sleep();
	}
	lock_release_irq(&ring.lock, on);
	return got;
}

/* Signals go out after the lock is released: process_lock comes before it. */
static void terminal_receive(const u8 *bytes, size_t n)
{
	while (n--) {
		int signal;

		lock_acquire(&terminal.lock);
		while (tty_is_full(&terminal))
			waitq_sleep(&terminal.room, &terminal.lock, TIME_NEVER);
		signal = tty_input(&terminal, *bytes++);
		lock_release(&terminal.lock);
		if (signal)
			tty_signal_foreground(&terminal, signal);
	}
}

static void receiving_thread(void *unused)
{
	u8 chunk[256];

	for (;;) {
		size_t n = ring_take(chunk, sizeof(chunk));

		if (!n)
			thread_sleep(TIME_NEVER);
		else if (on_channel)
			channel_receive(chunk, n);
		else
			terminal_receive(chunk, n);
	}
}

/* ---- which of the two */

static void terminal_put(const void *bytes, size_t n)
{
	serial_write(COM1, bytes, n);
}

void console_init(const char *cmdline)
{
	char word[16];
	bool from_archive = word_find(cmdline, "stdin", word, sizeof(word)) && strcmp(word, "archive") == 0;
	struct thread *t = thread_create_kernel(receiving_thread, NULL);

	on_channel = word_find(cmdline, "channel", word, sizeof(word));
	if (on_channel && !serial_init(COM2)) {
		log_error("console: no UART at COM2 for the run channel; the terminal on COM1 instead");
		on_channel = false;
	}
	tty_init(&terminal, terminal_put);
	if (!t || (on_channel && !channel_start(from_archive, (u8)word_number(cmdline, "terminals", 0))))
		panic("console: no memory");
	if (on_channel)
		port = COM2;
	thread_start(t);
	serial_interrupt(port, true);
}

void console_files(struct file *out[3])
{
	for (int fd = 0; fd < 3; fd++) {
		if (on_channel)
			out[fd] = channel_open(fd);
		else if (fd == 0)
			out[fd] = tty_open(&terminal, O_RDWR);
		else
			file_ref(out[fd] = out[0]);
		if (!out[fd])
			panic("console: no memory");
	}
}

void console_session_ended(i32 sid)
{
	if (!on_channel)
		tty_session_ended(&terminal, sid);
}

int console_report(i32 wait_status)
{
	if (!on_channel)
		return -ENXIO;
	channel_send_status(wait_status);
	return 0;
}

void console_panic(const char *message)
{
	if (on_channel)
		channel_panic(message);
}
