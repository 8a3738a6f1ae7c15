/*
 * uart.h - input from the one serial port that the console uses: an interrupt handler, a ring, and a
 * kernel thread that may take locks and sleep, where the handler may not.
 *
 * When the ring is full the receive interrupt is turned off, and the UART holds the sender back, until the
 * thread has taken something. Lock: RANK_CONSOLE, inside.
 */
#pragma once

#include "kernel/lib/types.h"

/* Receives on `port` from now on; `input` runs in a thread of its own, with 1 to UART_CHUNK bytes at a time.
 * The port was set up by serial_init(). False: out of memory. */
#define UART_CHUNK 256
bool uart_start(u16 port, void (*input)(const u8 *bytes, size_t n));
/* From the port's interrupt. */
void uart_interrupt(u16 port);
