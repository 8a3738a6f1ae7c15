/*
 * pipe.h - byte streams between processes (POSIX pipe(), pipe(7)): 64 KiB, writes up to PIPE_BUF atomic.
 */
#pragma once

#include "ipc/file.h"

#define PIPE_SIZE 65536
#define PIPE_ATOMIC 4096 /* PIPE_BUF */

/* A pipe's read end [0] and write end [1], with `flags` (O_NONBLOCK). 0 or -ENOMEM. */
int pipe_create(struct file *ends[2], u32 flags);
/* The same streams for the kernel's own bytes; as read and write are, but without SIGPIPE. */
i64 pipe_feed(struct file *write_end, const void *bytes, u64 n);
i64 pipe_drain(struct file *read_end, void *to, u64 n);
