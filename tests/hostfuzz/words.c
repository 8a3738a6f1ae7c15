/*
 * words.c - boot words. The input is the size of the value's buffer, the name, a zero byte, and the command line;
 * the answer is compared with that of a slower search.
 */
#include <string.h>

#include "tests/hostfuzz/fuzz.h"

/* The C library's functions belong to the sanitizer and to libFuzzer: the kernel's get other names. */
#define strlen  kernel_strlen
#define strnlen kernel_strnlen
#define strcmp  kernel_strcmp
#define strncmp kernel_strncmp
#define strchr  kernel_strchr
#include "kernel/lib/string.c"
#undef strlen
#undef strncmp

/* The first place where a word begins and is the name, up to a blank, a '=' or the end. */
static const char *reference_find(const char *line, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = line; *at; at++)
		if ((at == line || at[-1] == ' ') && *at != ' ' && !strncmp(at, name, n) && memchr("= ", at[n], 3))
			return at + n;
	return NULL;
}

/* All digits: the number modulo 2^64. */
static u64 reference_number(const char *value, u64 fallback)
{
	u64 v = 0;

	if (!*value || strspn(value, "0123456789") != strlen(value))
		return fallback;
	for (; *value; value++)
		v = v * 10 + (u64)(*value - '0');
	return v;
}

static void reference_value(const char *found, char *value, size_t size)
{
	size_t n = *found == '=' ? strcspn(found + 1, " ") : 0;

	n = MIN(n, size - 1);
	memcpy(value, found + (*found == '='), n);
	value[n] = 0;
}

static void claim_word(const char *line, const char *name, size_t size)
{
	const char *found = reference_find(line, name);
	char *mine = malloc(size), theirs[256], number[32];

	memset(mine, 'Z', size);
	CLAIM(word_find(line, name, mine, size) == !!found);
	if (found) {
		reference_value(found, theirs, size);
		CLAIM(!memcmp(mine, theirs, strlen(theirs) + 1));
		reference_value(found, number, sizeof number);
		CLAIM(word_number(line, name, 77) == reference_number(number, 77));
	} else {
		CLAIM(word_number(line, name, 77) == 77);
	}
	free(mine);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	const u8 *end = size ? memchr(data + 1, 0, size - 1) : NULL;
	size_t left = end ? size - (size_t)(end + 1 - data) : 0;
	char *line;

	if (!end || end == data + 1)
		return 0; /* no name */
	line = malloc(left + 1); /* ends where the sanitizer sees */
	memcpy(line, end + 1, left);
	line[left] = 0;
	if (!memchr(data + 1, ' ', (size_t)(end - data - 1)) && !memchr(data + 1, '=', (size_t)(end - data - 1)))
		claim_word(line, (const char *)data + 1, MAX(data[0], 1));
	free(line);
	return 0;
}
