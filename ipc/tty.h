/*
 * tty.h - the terminal: a line discipline between a serial line and the files of a session (termios(3),
 * Linux's n_tty). ipc/tty.c is the discipline, a pure state machine; ipc/tty_file.c what descriptors see;
 * ipc/tty_job.c sessions and the foreground group.
 *
 *      uart -> tty_input -> [ head ... canon ... edit ] -> tty_take -> read()
 *                  |             lines        being typed
 *                  +-> echo -> tty_output -> put
 *
 * Lock: `lock` (RANK_TTY), held by the callers of every function here that does not say otherwise.
 */
#pragma once

#include "ipc/file.h"
#include "kernel/lib/lock.h"
#include "sched/waitq.h"

#define TTY_BUFFER 4096 /* a power of two; the longest line is one less, its newline included */

/* Linux's struct termios of the kernel's ABI (36 bytes), not libc's. */
struct termios_abi {
	u32 iflag, oflag, cflag, lflag;
	u8 line, cc[19];
};

enum { VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN, VSUSP = 10 };

/* termios(3); values of Linux x86-64. The other flags are kept and do nothing. */
#define ICRNL 0000400
#define OPOST 0000001
#define ONLCR 0000004
#define ISIG 0000001
#define ICANON 0000002
#define ECHO 0000010
#define TERMIOS_LFLAG 0005073 /* ISIG ICANON ECHO ECHOE ECHOK ECHOCTL ECHOKE */

struct winsize_abi {
	u16 rows, columns, x, y;
};

struct tty {
	struct spinlock lock; /* guards all below */
	struct termios_abi termios;
	i32 sid, pgrp;             /* the session it controls and that one's foreground group; 0: none */
	struct waitq readers;
	struct waitq room;         /* the input thread, while complete lines fill the buffer */
	u32 head, canon, edit;     /* counts: taken out; end of complete lines; end of what was typed */
	u16 buffer[TTY_BUFFER];    /* bytes, and ends of file as END_OF_FILE */
	void (*put)(const void *bytes, size_t n);
};

#define END_OF_FILE 0x100

extern const struct termios_abi termios_default;
extern const struct winsize_abi winsize_default;

void tty_init(struct tty *t, void (*put)(const void *bytes, size_t n)); /* no lock */
/* One byte from the line. A signal for the foreground group, or 0. */
int tty_input(struct tty *t, u8 c);
/* Would another byte be lost although a reader could make room? Then wait on `room`. */
bool tty_is_full(const struct tty *t);
void tty_output(struct tty *t, const u8 *bytes, size_t n);
/* Bytes that a read could have now; an end of file counts as one. */
u32 tty_available(const struct tty *t);
/* Moves at most n out; *end: a line's or the file's end was met. */
size_t tty_take(struct tty *t, u8 *to, size_t n, bool *end);
void tty_flush_input(struct tty *t);
void tty_set_termios(struct tty *t, const struct termios_abi *new);

/* tty_job.c; these take the lock themselves, and process_lock. */

/* May the caller read (SIGTTIN) or change (SIGTTOU) the terminal? 0, -EIO, or -EINTR once its background
 * group was sent the signal. */
int tty_job_check(struct tty *t, int signal);
void tty_signal_foreground(struct tty *t, int signal);
i64 tty_job_ioctl(struct tty *t, u64 request, uva_t argument); /* -ENOTTY where it is another's */
/* The session ended: hangs up its foreground group and sets the terminal free. */
void tty_session_ended(struct tty *t, i32 sid);

/* tty_file.c */
struct file *tty_open(struct tty *t, u32 flags); /* NULL: out of memory */
