/*
 * channel.h - the kernel's end of the run channel (kernel/abi/channel.h): frames out, frames in, and the
 * three files that they make.
 */
#pragma once

#include "ipc/file.h"

/* COM2 was set up by serial_init(). `from_archive`: standard input is the archive's, and no HELLO will come:
 * `terminals` is what it would say.
 * False: out of memory. Sends READY. */
bool channel_start(bool from_archive, u8 terminals);
/* What came in on COM2; may sleep. By one thread only. */
void channel_receive(const u8 *bytes, size_t n);
/* Descriptor `fd` (0, 1, 2); NULL: out of memory. Descriptor 0 may be asked for once. */
struct file *channel_open(int fd);
void channel_send_status(i32 wait_status);
/* Lock-free: ends the frame that was being sent, and sends one of its own. */
void channel_panic(const char *message);
