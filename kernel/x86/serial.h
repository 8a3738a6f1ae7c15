/*
 * serial.h - the 16550 ports: COM1 (log, KTAP, terminal) and COM2 (the run channel).
 * Output is polled; input comes by interrupt. No locks here: the callers own one port each, and only
 * panic writes to COM1 past its owner.
 */
#pragma once

#include "kernel/lib/types.h"

#define COM1 0x3f8
#define COM2 0x2f8

/* 115200 8N1, FIFOs on. False if no UART answers there. */
bool serial_init(u16 port);
void serial_write(u16 port, const void *bytes, size_t n);
/* Waits until what was written has left both ports: power_off() would cut it short. */
void serial_drain(void);
/* One received byte, or -1. */
int serial_read(u16 port);
/* Interrupt on received data (IRQ 4 for COM1, 3 for COM2) on or off. */
void serial_interrupt(u16 port, bool on);
