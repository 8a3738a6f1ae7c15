/*
 * test_string.c - the kernel's string functions, boot words and formatting under the sanitizers, on random input,
 * compared with the C library's printf and with loops that can be seen to be right. (The C library's own string
 * functions are not to be had here: the kernel's have their names.)
 */
/* links: kernel/lib/format.c kernel/lib/string.c */
#include <stdio.h>
#include <stdlib.h>

#include "kernel/lib/log.h"
#include "kernel/lib/string.h"
#include "tests/host/check.h"

#define CASES 100000

static u64 random_number(void)
{
	u64 r = random_next();

	return r % 8 ? r >> (r >> 8) % 64 : 0 - (r >> 32);
}

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

static size_t length_of(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

/* Over at most n characters; both strings end with zeros. */
static int order_of(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((u8)a[i] != (u8)b[i] || !a[i])
			return sign((u8)a[i] - (u8)b[i]);
	return 0;
}

static const char *first_of(const char *s, char c)
{
	for (size_t i = 0; i <= length_of(s); i++)
		if (s[i] == c)
			return s + i;
	return NULL;
}

/* ---- formatting */

/* One random conversion that C defines; its kind is the last letter. */
static char random_spec(char *spec)
{
	static const char kinds[] = "duxs%", *const lengths[] = {"", "l", "ll", "z"};
	u64 r = random_next();
	char kind = kinds[r % (sizeof kinds - 1)];
	int number_like = kind != 's' && kind != '%';
	char *p = spec;

	*p++ = '%';
	if (kind == '%') {
		p[0] = '%';
		p[1] = 0;
		return kind;
	}
	if (r >> 8 & 1)
		*p++ = '-';
	else if ((r >> 9 & 1) && number_like)
		*p++ = '0';
	if ((r >> 10 & 1) && kind == 'x')
		*p++ = '#';
	if (r >> 11 & 1)
		p += sprintf(p, "%u", (unsigned)(r >> 12) % 25);
	if (number_like)
		p += sprintf(p, "%s", lengths[(r >> 32) % 4]);
	*p++ = kind;
	*p = 0;
	return kind;
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"

static int compare_one(void)
{
	static const char *const words[] = {"", "a", "hello", "a longer text than most"};
	char spec[40], mine[64], theirs[64];
	size_t size = random_next() % sizeof mine;
	char kind = random_spec(spec);
	u64 v = random_number();
	int n, m;

	memset(mine, 'Z', sizeof mine);
	memset(theirs, 'Z', sizeof theirs);
	if (kind == 's') {
		n = format(mine, size, spec, words[v % 4]);
		m = snprintf(theirs, size, spec, words[v % 4]);
	} else if (first_of(spec, 'l') || first_of(spec, 'z')) {
		n = format(mine, size, spec, v);
		m = snprintf(theirs, size, spec, v);
	} else {
		n = format(mine, size, spec, (u32)v);
		m = snprintf(theirs, size, spec, (u32)v);
	}
	if (n == m && !memcmp(mine, theirs, sizeof mine))
		return 1;
	printf("# \"%s\" of %#lx, size %zu: expected %d \"%.60s\", actual %d \"%.60s\"\n", spec, v, size, m,
	       size ? theirs : "", n, size ? mine : "");
	return 0;
}

static void test_format(void)
{
	const char *volatile none = NULL, *cut = "ends in %"; /* not as the compiler wants them */
	char text[64];
	u32 bad = 0;

	for (u32 i = 0; i < CASES && bad < 5; i++)
		bad += !compare_one();
	check(!bad, "conversions are the C library's");
	check(format(text, sizeof text, "%s", none) == 6 && !strcmp(text, "(null)"), "no string");
	check(format(text, sizeof text, "%p", (void *)0xffff800012345678) == 16 && !strcmp(text, "ffff800012345678"),
	      "pointers");
	check(format(text, sizeof text, cut) == 8, "a conversion that is cut off");
}

/* ---- strings */

/* Few letters, so that strings have much in common. */
static void random_string(char *to, u32 size)
{
	u32 n = (u32)(random_next() % size);

	for (u32 i = 0; i < n; i++)
		to[i] = "ab \x80"[random_next() % 4];
	to[n] = 0;
}

static void test_strings(void)
{
	char *a = malloc(12), *b = malloc(12), *to = malloc(12);
	u32 bad = 0;

	for (u32 i = 0; i < CASES; i++) {
		size_t n = random_next() % 12, size = random_next() % 11 + 1, common;

		random_string(a, 12);
		random_string(b, 12);
		common = MIN(length_of(a), length_of(b));
		bad += strlen(a) != length_of(a) || strnlen(a, n) != MIN(length_of(a), n);
		bad += sign(strcmp(a, b)) != order_of(a, b, 99) || sign(strncmp(a, b, n)) != order_of(a, b, n);
		bad += sign(memcmp(a, b, common)) != order_of(a, b, common);
		bad += strchr(a, 'b') != first_of(a, 'b') || strchr(a, 0) != first_of(a, 0);
		bad += string_copy(to, a, size) != (length_of(a) < size);
		bad += order_of(to, a, size - 1) || length_of(to) != MIN(length_of(a), size - 1);
	}
	check(!bad, "string functions do what the C standard says");
	free(a);
	free(b);
	free(to);
}

/* ---- boot words: the same by another way */

static int reference_word(const char *line, const char *name, char *value, size_t size)
{
	char word[64];
	int used;

	for (; sscanf(line, " %63s%n", word, &used) == 1; line += used) {
		size_t n = length_of(name);

		if (order_of(word, name, n) || (word[n] && word[n] != '='))
			continue;
		snprintf(value, size, "%s", word[n] ? word + n + 1 : "");
		return 1;
	}
	return 0;
}

static void test_words(void)
{
	static const char *const names[] = {"a", "ab", "b", "smp"};
	u32 bad = 0, found = 0;

	for (u32 i = 0; i < CASES; i++) {
		char line[64], mine[8] = "", theirs[8] = "", *exact;
		u32 n = (u32)(random_next() % sizeof line);
		const char *name = names[random_next() % 4];
		size_t size = random_next() % 8 + 1;
		int expected;

		for (u32 k = 0; k < n; k++)
			line[k] = "ab= smp1"[random_next() % 8];
		line[n ? n - 1 : 0] = 0;
		exact = malloc(length_of(line) + 1); /* the sanitizer sees one byte too far */
		snprintf(exact, length_of(line) + 1, "%s", line);
		expected = reference_word(line, name, theirs, size);
		bad += word_find(exact, name, mine, size) != expected || strcmp(mine, theirs);
		found += expected;
		free(exact);
	}
	check(!bad, "boot words are found by another way, too");
	check(found > CASES / 20 && found < CASES, "some of each");
	check(word_number("b=077", "b", 5) == 77, "a leading zero is decimal");
	check(word_number("c=18446744073709551615", "c", 5) == ~0ull, "the largest number");
	check(word_number("d=-1 e=0x1 f=1.5", "d", 5) == 5 && word_number("e=0x1", "e", 5) == 5, "malformed numbers");
	check(word_number("g=9999999999999999999999999999999999999999", "g", 5) != 6, "a number that is too long");
}

int main(void)
{
	test_format();
	test_strings();
	test_words();
	printf("1..%d\n", number);
	return failures != 0;
}
