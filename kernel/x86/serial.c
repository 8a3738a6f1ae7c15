/*
 * serial.c - 16550 UARTs. See serial.h; registers: National Semiconductor PC16550D data sheet.
 *
 * A port that is not there reads as all ones, which means "empty" and "idle": writing to it harms nothing.
 */
#include "kernel/x86/serial.h"

#include "kernel/x86/asm.h"

enum { DATA, INTERRUPTS, FIFO, LINE, MODEM, LINE_STATE, MODEM_STATE, SCRATCH };

#define LINE_DLAB       0x80 /* the first two registers are the divisor */
#define LINE_8N1        0x03
#define DIVISOR_115200  1
#define FIFO_ON_CLEAR   0xc7 /* both cleared, receive trigger at 14 bytes */
#define MODEM_READY     0x0b /* DTR, RTS, OUT2: OUT2 gates the interrupt line on a PC */
#define STATE_RECEIVED  0x01
#define STATE_EMPTY     0x20 /* the transmit FIFO is empty */
#define STATE_IDLE      0x40 /* and the shift register too */
#define INTERRUPT_DATA  0x01
#define FIFO_DEPTH      16

bool serial_init(u16 port)
{
	outb(port + SCRATCH, 0x5a);
	if (inb(port + SCRATCH) != 0x5a)
		return false;
	outb(port + INTERRUPTS, 0);
	outb(port + LINE, LINE_DLAB);
	outb(port + DATA, DIVISOR_115200);
	outb(port + INTERRUPTS, 0);
	outb(port + LINE, LINE_8N1);
	outb(port + FIFO, FIFO_ON_CLEAR);
	outb(port + MODEM, MODEM_READY);
	return true;
}

/* An empty FIFO takes sixteen bytes at once: the state need not be read for each. */
void serial_write(u16 port, const void *bytes, size_t n)
{
	const u8 *p = bytes;

	while (n) {
		size_t some = MIN(n, (size_t)FIFO_DEPTH);

		while (!(inb(port + LINE_STATE) & STATE_EMPTY))
			cpu_pause();
		n -= some;
		while (some--)
			outb(port + DATA, *p++);
	}
}

void serial_drain(void)
{
	while (!(inb(COM1 + LINE_STATE) & STATE_IDLE) || !(inb(COM2 + LINE_STATE) & STATE_IDLE))
		cpu_pause();
}

int serial_read(u16 port)
{
	return inb(port + LINE_STATE) & STATE_RECEIVED ? inb(port + DATA) : -1;
}

void serial_interrupt(u16 port, bool on)
{
	outb(port + INTERRUPTS, on ? INTERRUPT_DATA : 0);
}
