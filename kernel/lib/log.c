/*
 * log.c - formats lines and hands them to the sink.
 *
 * A line is formatted on the caller's stack first, so that the lock (RANK_LOG, the innermost) is held
 * only while bytes move. A panic passes the lock by: the machine is stopping, and whoever holds it may
 * be the one who panicked.
 */
#include "kernel/lib/lock.h"
#include "kernel/lib/log.h"
#include "kernel/lib/panic.h"

#define LINE_MAX 320

static struct spinlock log_lock = SPINLOCK(RANK_LOG, "log");
static enum log_level shown = LOG_INFO;
static void (*sink_fn)(const char *, size_t);
static u64 (*clock_fn)(void);

static void emit(const char *text, size_t n)
{
	bool locked = !panicking();
	bool irq = false;

	if (locked)
		irq = lock_acquire_irq(&log_lock);
	if (sink_fn)
		sink_fn(text, n);
	if (locked)
		lock_release_irq(&log_lock, irq);
}

static void log_line(enum log_level level, const char *fmt, va_list args)
{
	char line[LINE_MAX];
	u64 us = clock_fn ? clock_fn() / 1000 : 0;
	int n;

	if (level > shown)
		return;
	n = format(line, sizeof line, "[%3lu.%06lu] ", us / 1000000, us % 1000000);
	n += format_list(line + n, sizeof line - (size_t)n - 1, fmt, args);
	n = MIN(n, LINE_MAX - 2);
	line[n++] = '\n';
	emit(line, (size_t)n);
}

#define LOG_FUNCTION(name, level)             \
	void name(const char *fmt, ...)       \
	{                                     \
		va_list args;                 \
		va_start(args, fmt);          \
		log_line(level, fmt, args);   \
		va_end(args);                 \
	}
LOG_FUNCTION(log_error, LOG_ERROR)
LOG_FUNCTION(log_info, LOG_INFO)

void log_raw(const char *fmt, ...)
{
	char text[LINE_MAX];
	va_list args;
	int n;

	va_start(args, fmt);
	n = format_list(text, sizeof text, fmt, args);
	va_end(args);
	emit(text, (size_t)MIN(n, LINE_MAX - 1));
}

void log_set_level(enum log_level level)
{
	shown = level;
}

void log_set_sink(void (*sink)(const char *, size_t))
{
	sink_fn = sink;
}

void log_set_clock(u64 (*now_ns)(void))
{
	clock_fn = now_ns;
}
