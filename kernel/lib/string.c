/*
 * string.c - string functions, and the words of the boot command line. The copying ones are in memory.S.
 */
#include "kernel/lib/string.h"

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (size_t i = 0; i < n; i++)
		if (x[i] != y[i])
			return x[i] - y[i];
	return 0;
}

size_t strnlen(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i])
		i++;
	return i;
}

size_t strlen(const char *s)
{
	return strnlen(s, PTRDIFF_MAX);
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i] != b[i])
			return (u8)a[i] - (u8)b[i];
		if (!a[i])
			break;
	}
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, PTRDIFF_MAX);
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}

bool string_copy(char *to, const char *from, size_t size)
{
	size_t n = strnlen(from, size - 1);

	memcpy(to, from, n);
	to[n] = 0;
	return !from[n];
}

bool word_find(const char *line, const char *name, char *value, size_t size)
{
	size_t n = strlen(name);

	for (const char *w = line; *w;) {
		size_t length = 0;

		while (w[length] && w[length] != ' ')
			length++;
		if (length >= n && !strncmp(w, name, n) && (length == n || w[n] == '=')) {
			size_t from = length == n ? n : n + 1;
			size_t keep = MIN(length - from, size - 1);

			memcpy(value, w + from, keep);
			value[keep] = 0;
			return true;
		}
		w += length;
		while (*w == ' ')
			w++;
	}
	return false;
}

u64 word_number(const char *line, const char *name, u64 fallback)
{
	char text[32];
	u64 v = 0;

	if (!word_find(line, name, text, sizeof text) || !*text)
		return fallback;
	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '9')
			return fallback;
		v = v * 10 + (u64)(*p - '0');
	}
	return v;
}
