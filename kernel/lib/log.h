/*
 * log.h - the kernel's log: formatted lines, passed to a sink (the serial port).
 *
 * Any context may call these, an NMI included; a line is put out whole. printf's conversions, as far as
 * they are known here: d u x s p % with l, ll, z, width, 0, # and -.
 */
#pragma once

#include "kernel/lib/types.h"

#include <stdarg.h>

enum log_level { LOG_ERROR, LOG_INFO };

/* Formats into buf, always terminated; returns the length that would have been written. */
int format(char *buf, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);
int format_list(char *buf, size_t size, const char *fmt, va_list args);

/* One line; a newline is added. Each line starts with "[seconds.micros] " once a clock is set. */
void log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* Bare text for KTAP and panic: no prefix, no newline added, goes out whatever the level. */
void log_raw(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Lines above this level are dropped. Boot word `log=0|1`, 1 unless told. */
void log_set_level(enum log_level level);
void log_set_sink(void (*sink)(const char *text, size_t length));
void log_set_clock(u64 (*now_ns)(void));
