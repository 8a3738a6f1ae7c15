/*
 * format.c - printf's conversions into a buffer (log.h lists them). Used by the log, by tests and by panic.
 */
#include "kernel/lib/log.h"
#include "kernel/lib/string.h"

struct out {
	char *buf;
	size_t size, length; /* length: what was wanted, which may exceed size */
};

struct spec {
	bool left, zero, prefix;
	int width, longs;
};

static void out_char(struct out *o, char c)
{
	if (o->length + 1 < o->size)
		o->buf[o->length] = c;
	o->length++;
}

static void out_padded(struct out *o, const char *text, int n, const struct spec *s)
{
	char fill = s->zero ? '0' : ' ';

	for (int i = n; !s->left && i < s->width; i++)
		out_char(o, fill);
	for (int i = 0; i < n; i++)
		out_char(o, text[i]);
	for (int i = n; s->left && i < s->width; i++)
		out_char(o, ' ');
}

static void out_number(struct out *o, u64 v, u32 base, bool negative, struct spec *s)
{
	char text[24];
	const char *sign = negative ? "-" : s->prefix && base == 16 && v ? "0x" : "";
	int n = sizeof text;

	do {
		text[--n] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	for (; s->zero && *sign; sign++, s->width--)
		out_char(o, *sign); /* ahead of the zeros that pad */
	for (size_t i = strlen(sign); i > 0; i--)
		text[--n] = sign[i - 1];
	out_padded(o, text + n, (int)sizeof text - n, s);
}

static const char *spec_read(const char *p, struct spec *s)
{
	*s = (struct spec){0};
	for (; *p == '-' || *p == '0' || *p == '#'; p++) {
		s->left |= *p == '-';
		s->zero |= *p == '0';
		s->prefix |= *p == '#';
	}
	for (; *p >= '0' && *p <= '9'; p++)
		s->width = s->width * 10 + *p - '0';
	for (; *p == 'l' || *p == 'z'; p++)
		s->longs++;
	return p;
}

static void out_conversion(struct out *o, char c, struct spec *s, va_list *args)
{
	const char *text;
	i64 v;

	switch (c) {
	case 'd':
		v = s->longs ? va_arg(*args, i64) : va_arg(*args, int);
		out_number(o, v < 0 ? 0 - (u64)v : (u64)v, 10, v < 0, s);
		break;
	case 'u':
	case 'x':
		out_number(o, s->longs ? va_arg(*args, u64) : va_arg(*args, u32), c == 'u' ? 10 : 16, false, s);
		break;
	case 'p':
		out_number(o, (u64)va_arg(*args, void *), 16, false, s);
		break;
	case 's':
		text = va_arg(*args, const char *);
		text = text ? text : "(null)";
		out_padded(o, text, (int)strlen(text), s);
		break;
	default:
		out_char(o, c);
	}
}

int format_list(char *buf, size_t size, const char *fmt, va_list list)
{
	struct out o = {buf, size, 0};
	struct spec s;
	va_list args;

	va_copy(args, list);
	for (const char *p = fmt; *p; p++) {
		if (*p != '%') {
			out_char(&o, *p);
			continue;
		}
		p = spec_read(p + 1, &s);
		if (!*p)
			break;
		out_conversion(&o, *p, &s, &args);
	}
	va_end(args);
	if (size)
		buf[MIN(o.length, size - 1)] = 0;
	return (int)o.length;
}

int format(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = format_list(buf, size, fmt, args);
	va_end(args);
	return n;
}
