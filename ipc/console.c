/*
 * console.c - chooses between the terminal and the run channel, and routes to it. See console.h.
 */
#include "ipc/console.h"

#include "ipc/channel.h"
#include "ipc/tty.h"
#include "ipc/uart.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/log.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/string.h"
#include "kernel/x86/serial.h"

static bool on_channel; /* written by console_init() only */
static struct tty terminal;

static void terminal_put(const void *bytes, size_t n)
{
	serial_write(COM1, bytes, n);
}

/* What the UART's thread calls. Signals go out after the lock is released: process_lock comes before it. */
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

static bool input_is_archived(const char *cmdline)
{
	char word[16];

	return word_find(cmdline, "stdin", word, sizeof(word)) && strcmp(word, "archive") == 0;
}

void console_init(const char *cmdline)
{
	char ignored[2];
	bool ok;

	on_channel = word_find(cmdline, "channel", ignored, sizeof(ignored));
	if (on_channel && !serial_init(COM2)) {
		log_error("console: no UART at COM2 for the run channel; the terminal on COM1 instead");
		on_channel = false;
	}
	tty_init(&terminal, terminal_put);
	if (on_channel)
		ok = channel_start(input_is_archived(cmdline));
	else
		ok = uart_start(COM1, terminal_receive);
	if (!ok)
		panic("console: no memory");
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

int console_open_tty(u32 flags, struct file **out)
{
	if (on_channel || !tty_is_controlling(&terminal))
		return -ENXIO;
	*out = tty_open(&terminal, flags);
	return *out ? 0 : -ENOMEM;
}

void console_session_ended(i32 sid)
{
	if (!on_channel)
		tty_session_ended(&terminal, sid);
}

void console_interrupt(u16 port)
{
	uart_interrupt(port);
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
