/*
 * test_cpio.c - the boot archive's parser under the sanitizers: well-formed archives, each kind of damage,
 * and 200,000 mutilated ones whose CRC was made right again, so that they reach the parser.
 */
/* links: kernel/lib/cpio.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/abi/channel.h"
#include "kernel/lib/cpio.h"
#include "tests/host/check.h"

struct image {
	unsigned char *bytes; /* exactly as long as the archive: the sanitizer sees one byte too far */
	size_t length;
};

static void image_add(struct image *im, const void *bytes, size_t n)
{
	im->bytes = realloc(im->bytes, im->length + n + 1);
	memcpy(im->bytes + im->length, bytes, n);
	im->length += n;
}

static void image_pad(struct image *im)
{
	while (im->length % 4)
		image_add(im, "", 1);
}

static void image_entry(struct image *im, const char *name, unsigned mode, const char *data)
{
	char header[111];

	/* ino mode uid gid nlink mtime size, two devices of two fields, name size, check */
	snprintf(header, sizeof(header), "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1u, mode,
		 0u, 0u, 1u, 0u, (unsigned)strlen(data), 0u, 0u, 0u, 0u, (unsigned)strlen(name) + 1, 0u);
	image_add(im, header, 110);
	image_add(im, name, strlen(name) + 1);
	image_pad(im);
	image_add(im, data, strlen(data));
	image_pad(im);
}

static void image_seal(struct image *im)
{
	struct archive_trailer t = {.magic = ARCHIVE_TRAILER_MAGIC};

	image_pad(im);
	t.length = (unsigned)im->length;
	t.crc = crc32_of(im->bytes, im->length);
	image_add(im, &t, sizeof(t));
	im->bytes = realloc(im->bytes, im->length);
}

static struct image image_one(const char *name, unsigned mode, const char *data)
{
	struct image im = {NULL, 0};

	image_entry(&im, name, mode, data);
	image_entry(&im, "TRAILER!!!", 0, "");
	image_seal(&im);
	return im;
}

/* Walks the whole archive, reading every byte it is told of. The number of entries, or -1. */
static int walk(const unsigned char *bytes, size_t length)
{
	volatile unsigned sum = 0;
	struct cpio_entry e;
	int entries = 0, more;
	struct cpio c;

	if (cpio_open(&c, bytes, length))
		return -1;
	while ((more = cpio_next(&c, &e)) > 0) {
		entries++;
		sum += (unsigned)strlen(e.name);
		for (u64 i = 0; i < e.size; i++)
			sum += e.data[i];
	}
	return more < 0 ? -1 : entries;
}

static int walk_once(struct image im)
{
	int entries = walk(im.bytes, im.length);

	free(im.bytes);
	return entries;
}

static void test_good(void)
{
	struct image im = {NULL, 0};
	struct cpio_entry e;
	struct cpio c;

	image_entry(&im, ".", 040755, "");
	image_entry(&im, "./bin", 040755, "");
	image_entry(&im, "bin/hello", 0100755, "hello, world");
	image_entry(&im, "/etc/empty", 0100644, "");
	image_entry(&im, "TRAILER!!!", 0, "");
	image_seal(&im);
	check(cpio_open(&c, im.bytes, im.length) == NULL, "a good archive opens");
	check(cpio_next(&c, &e) == 1 && strcmp(e.name, "") == 0, "\".\" is the root");
	check(cpio_next(&c, &e) == 1 && strcmp(e.name, "bin") == 0, "./ is cut off");
	check((e.mode & S_IFMT) == S_IFDIR, "a directory");
	check(cpio_next(&c, &e) == 1 && e.size == 12, "a file");
	check(memcmp(e.data, "hello, world", 12) == 0, "and its data");
	check(cpio_next(&c, &e) == 1 && strcmp(e.name, "etc/empty") == 0, "/ is cut off");
	check(e.size == 0, "an empty file");
	check(cpio_next(&c, &e) == 0, "the end is found");
	free(im.bytes);
}

static void test_damage(void)
{
	struct image im = image_one("a", 0100644, "x");
	char long_name[300];

	check(crc32_of((const u8 *)"123456789", 9) == 0xcbf43926, "CRC-32 check value");
	check(walk(im.bytes, im.length - 1) == -1, "a length that is not the trailer's");
	check(walk(im.bytes, 15) == -1 && walk(im.bytes, 0) == -1, "too short for a trailer");
	im.bytes[115] ^= 1;
	check(walk_once(im) == -1, "one bit that the CRC notices");
	check(walk_once(image_one("a/../b", 0100644, "")) == -1, "a name with ..");
	check(walk_once(image_one("a//b", 0100644, "")) == -1, "a name with an empty component");
	check(walk_once(image_one("a/", 040755, "")) == -1, "a name that ends in a slash");
	check(walk_once(image_one("", 0100644, "")) == -1, "a file without a name");
	check(walk_once(image_one("link", 0120777, "a")) == -1, "a symbolic link");
	check(walk_once(image_one("dir", 040755, "a")) == -1, "a directory with contents");
	memset(long_name, 'n', sizeof(long_name));
	long_name[255] = 0;
	check(walk_once(image_one(long_name, 0100644, "")) == 1, "a name of 255 bytes");
	long_name[255] = 'n';
	long_name[256] = 0;
	check(walk_once(image_one(long_name, 0100644, "")) == -1, "a name of 256 bytes");
}

/* What cpio(1) itself writes. */
static struct image image_by_cpio(void)
{
	char directory[] = "/tmp/bulkhead-cpio-XXXXXX", command[300], buffer[4096];
	struct image im = {NULL, 0};
	FILE *pipe;
	size_t n;

	if (!mkdtemp(directory))
		return im;
	snprintf(command, sizeof(command),
		 "cd %s && mkdir -p a/b && printf hello >a/b/c && : >a/none && chmod 4751 a/b/c && "
		 "find . | LC_ALL=C sort | cpio --quiet -o -H newc; rm -rf %s", directory, directory);
	pipe = popen(command, "r");
	while (pipe && (n = fread(buffer, 1, sizeof(buffer), pipe)) > 0)
		image_add(&im, buffer, n);
	if (pipe)
		pclose(pipe);
	image_seal(&im);
	return im;
}

static void test_real(void)
{
	static const struct {
		const char *name, *data;
		unsigned mode;
	} expected[] = {
		{"", "", 040000}, {"a", "", 040000}, {"a/b", "", 040000}, {"a/b/c", "hello", 0104751},
		{"a/none", "", 0100000},
	};
	struct image im = image_by_cpio();
	struct cpio_entry e;
	struct cpio c;
	int good = !cpio_open(&c, im.bytes, im.length);

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]) && good; i++)
		good = cpio_next(&c, &e) == 1 && !strcmp(e.name, expected[i].name) &&
		       e.size == strlen(expected[i].data) && !memcmp(e.data, expected[i].data, e.size) &&
		       (e.mode & expected[i].mode) == expected[i].mode;
	check(good && cpio_next(&c, &e) == 0, "an archive of cpio(1): names, data and modes");
	free(im.bytes);
}

static void set_field(struct image *im, int field, const char *digits)
{
	struct archive_trailer t;

	memcpy(im->bytes + 6 + 8 * field, digits, 8);
	memcpy(&t, im->bytes + im->length - sizeof(t), sizeof(t));
	t.crc = crc32_of(im->bytes, im->length - sizeof(t));
	memcpy(im->bytes + im->length - sizeof(t), &t, sizeof(t));
}

static void test_fields(void)
{
	static const struct {
		int field;
		const char *digits, *what;
	} cases[] = {
		{6, "ffffffff", "a size past the end"},   {6, "00000100", "a size a little past the end"},
		{11, "00000000", "a name size of 0"},     {11, "ffffffff", "a name size past the end"},
		{11, "00000003", "a name size too large"}, {11, "00000001", "a name size too small"},
		{1, "zzzzzzzz", "a field that is no number"}, {12, "        ", "a field of blanks"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct image im = image_one("a", 0100644, "x");

		set_field(&im, cases[i].field, cases[i].digits);
		check(walk_once(im) == -1, cases[i].what);
	}
}

static unsigned long long seed = 88172645463325252ull;

static unsigned random_below(unsigned n) /* xorshift64 */
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed % n);
}

static struct image image_mutilated(void)
{
	static const char digits[26] = "0123456789abcdefABCDEF/.g"; /* and a terminator */
	struct image im = {NULL, 0};
	unsigned changes, keep;

	image_entry(&im, "bin", 040755, "");
	image_entry(&im, "bin/one", 0100755, "one");
	image_entry(&im, "two", 0100644, "the second file");
	image_entry(&im, "TRAILER!!!", 0, "");
	changes = random_below(4);
	while (changes--)
		im.bytes[random_below((unsigned)im.length)] = (unsigned char)digits[random_below(26)];
	keep = random_below(3) ? (unsigned)im.length : random_below((unsigned)im.length);
	im.length = keep;
	image_seal(&im);
	return im;
}

static void test_mutilated(void)
{
	int whole = 0, damaged = 0;

	for (int i = 0; i < 200000; i++) {
		if (walk_once(image_mutilated()) >= 0)
			whole++;
		else
			damaged++;
	}
	check(whole > 1000 && damaged > 1000, "200,000 mutilated archives do no harm");
}

int main(void)
{
	test_good();
	test_real();
	test_damage();
	test_fields();
	test_mutilated();
	printf("1..%d\n", number);
	return failures != 0;
}
