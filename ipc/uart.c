/*
 * uart.c - the console's receive ring. See uart.h.
 *
 * U1  The handler and the thread share nothing but `ring`, under its lock.
 * U2  The thread announces that it will sleep under the lock under which the handler wakes it, so a byte
 *     that comes in between is not slept through.
 */
#include "ipc/uart.h"

#include "kernel/lib/lock.h"
#include "kernel/x86/clock.h"
#include "kernel/x86/serial.h"
#include "sched/sched.h"

#define RING_SIZE 4096 /* a power of two */

static struct {
	struct spinlock lock; /* guards all below */
	u16 port;
	u32 head, tail; /* counts of bytes taken out and put in */
	bool held_back; /* full: the receive interrupt is off */
	struct thread *sleeper;
	u8 bytes[RING_SIZE];
} ring = {.lock = SPINLOCK(RANK_CONSOLE, "uart ring")};

static void (*consume)(const u8 *bytes, size_t n);

void uart_interrupt(u16 port)
{
	struct thread *sleeper;
	bool on;
	int c;

	if (port != ring.port)
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
		serial_interrupt(ring.port, true);
	}
	if (!got) {
		ring.sleeper = thread_current();
		thread_prepare_sleep();
	}
	lock_release_irq(&ring.lock, on);
	return got;
}

static void uart_thread(void *unused)
{
	u8 chunk[UART_CHUNK];

	(void)unused;
	for (;;) {
		size_t n = ring_take(chunk, sizeof(chunk));

		if (n)
			consume(chunk, n);
		else
			thread_sleep(TIME_NEVER);
	}
}

bool uart_start(u16 port, void (*input)(const u8 *bytes, size_t n))
{
	struct thread *t = thread_create_kernel(uart_thread, NULL);

	if (!t)
		return false;
	consume = input;
	ring.port = port;
	thread_start(t);
	serial_interrupt(port, true);
	return true;
}
