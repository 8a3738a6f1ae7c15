/*
 * console.h - process 1's standard input, output and error: the terminal on COM1, or the run channel on
 * COM2 when the boot word `channel` is given (kernel/abi/channel.h).
 *
 * Boot word `stdin=archive`: with the channel, standard input is the archive's file /etc/stdin, and the host
 * sends nothing.
 */
#pragma once

#include "ipc/file.h"

/* Sets up the port, its receive ring and the thread that serves it. `cmdline` chooses. After interrupts are
 * routed, the archive is read and threads can be made; COM1 was set up by whoever logs to it. */
void console_init(const char *cmdline);
/* The files for descriptors 0, 1 and 2, one reference each; handle_rights(file->flags) are their rights.
 * Panics without memory: there is nothing to run yet. */
void console_files(struct file *out[3]);
/* A session's leader is ending: hangs up, sets the terminal free. No lock held. */
void console_session_ended(i32 sid);
/* From the interrupts TRAP_COM1 and TRAP_COM2. */
void console_interrupt(u16 port);
/* bh_report: -ENXIO where no channel is. */
int console_report(i32 wait_status);
/* Panic hook: tells the host, whatever locks are held. */
void console_panic(const char *message);
