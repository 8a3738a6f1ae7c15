/*
 * log.h - the kernel's log: formatted lines kept in a ring and passed to a sink (the serial port).
 *
 * Any context may call these, an NMI included; a line is put out whole. printf's conversions, as far as
 * they are known here: d i u x X c s p % with l, ll, z, width, 0, # and -, and for strings a precision.
 */
#pragma once

#include "kernel/lib/types.h"

#include <stdarg.h>

enum log_level { LOG_ERROR, LOG_INFO, LOG_DEBUG };

/* Formats into buf, always terminated; returns the length that would have been written. */
int format(char *buf, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);
int format_list(char *buf, size_t size, const char *fmt, va_list args);

/* One line; a newline is added. Each line starts with "[seconds.micros] " once a clock is set. */
void log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* Bare text for KTAP and panic: no prefix, no newline added, goes out whatever the level. */
void log_raw(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Lines above this level stay in the ring only. Boot word `log=0|1|2`, 1 unless told. */
void log_set_level(enum log_level level);
void log_set_sink(void (*sink)(const char *text, size_t length));
void log_set_clock(u64 (*now_ns)(void));

/* Copies the newest at most `size` bytes of the ring to buf, oldest first; returns how many. */
size_t log_read(char *buf, size_t size);
