/*
 * cpio.c - the boot archive's parser. See cpio.h. Called by ipc/archive.c, once, and by the host tests.
 *
 * A "newc" entry is a header of 110 ASCII characters, the name with its terminator, padding to 4 bytes, the
 * data, padding to 4 bytes; the entry named TRAILER!!! ends the archive. More terminators may follow the first: with
 * them tools/lib/archive.py puts the data on a page.
 */
#include "kernel/lib/cpio.h"

#include "kernel/abi/channel.h"
#include "kernel/lib/string.h"

#define HEADER_SIZE 110
#define MAGIC       "070701"
#define MAGIC_SIZE  6
#define FIELD_SIZE  8
#define END_NAME    "TRAILER!!!"

/* The fields that matter, by their place in the header. */
enum { FIELD_MODE = 1, FIELD_SIZE_OF_FILE = 6, FIELD_SIZE_OF_NAME = 11, FIELDS = 13 };

/* crc_of[k][b]: what byte b does to the CRC k bytes further on. */
static u32 crc_of[4][256];

static void crc_prepare(void)
{
	for (u32 b = 0; b < 256; b++) {
		u32 crc = b;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0); /* the polynomial of IEEE 802.3, low bit first */
		crc_of[0][b] = crc;
	}
	for (int k = 1; k < 4; k++)
		for (u32 b = 0; b < 256; b++)
			crc_of[k][b] = crc_of[k - 1][b] >> 8 ^ crc_of[0][crc_of[k - 1][b] & 255];
}

/* Four bytes at a time: the whole archive is read once at start-up. */
u32 crc32_of(const u8 *data, u64 length)
{
	u32 crc = ~0u, word;

	if (!crc_of[0][1])
		crc_prepare();
	for (; length >= sizeof word; length -= sizeof word, data += sizeof word) {
		__builtin_memcpy(&word, data, sizeof word);
		crc ^= word;
		crc = crc_of[3][crc & 255] ^ crc_of[2][crc >> 8 & 255] ^ crc_of[1][crc >> 16 & 255] ^
		      crc_of[0][crc >> 24];
	}
	while (length--)
		crc = crc >> 8 ^ crc_of[0][(crc ^ *data++) & 255];
	return ~crc;
}

const char *cpio_open(struct cpio *c, const u8 *data, u64 length)
{
	struct archive_trailer trailer;

	*c = (struct cpio){.data = data};
	if (length < sizeof(trailer))
		return "it is too short to hold its trailer";
	memcpy(&trailer, data + length - sizeof(trailer), sizeof(trailer));
	if (memcmp(trailer.magic, ARCHIVE_TRAILER_MAGIC, sizeof(trailer.magic)) != 0)
		return "its trailer is missing";
	if (trailer.length != length - sizeof(trailer))
		return "its length is not what the trailer says";
	if (crc32_of(data, trailer.length) != trailer.crc)
		return "its CRC is wrong";
	c->length = trailer.length;
	return NULL;
}

/* False unless all eight characters are hexadecimal digits. */
static bool parse_field(const u8 *header, int field, u32 *out)
{
	const u8 *p = header + MAGIC_SIZE + FIELD_SIZE * field;
	u32 value = 0;

	for (int i = 0; i < FIELD_SIZE; i++) {
		u8 c = p[i] | 0x20; /* digits have that bit anyway */

		if (p[i] >= '0' && p[i] <= '9')
			value = value << 4 | (p[i] - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (c - 'a' + 10);
		else
			return false;
	}
	*out = value;
	return true;
}

static int damaged(struct cpio *c, const char *why)
{
	c->error = why;
	return -1;
}

/* No empty, "." or ".." component and no slash at the end: such a name is found by one comparison. */
static bool name_is_clean(const char *name)
{
	while (*name) {
		size_t n = 0;

		while (name[n] && name[n] != '/')
			n++;
		if (n == 0 || (n == 1 && name[0] == '.') || (n == 2 && name[0] == '.' && name[1] == '.'))
			return false;
		name += n;
		if (*name == '/' && *++name == 0)
			return false;
	}
	return true;
}

/* Checks what was read and fills `out`, whose name is still as stored. */
static int entry_check(struct cpio *c, struct cpio_entry *out)
{
	u32 kind = out->mode & S_IFMT;

	while (out->name[0] == '/' || (out->name[0] == '.' && out->name[1] == '/'))
		out->name += out->name[0] == '/' ? 1 : 2;
	if (strcmp(out->name, ".") == 0)
		out->name++;
	if (!name_is_clean(out->name))
		return damaged(c, "a name in it is not a plain path");
	if (kind != S_IFREG && kind != S_IFDIR)
		return damaged(c, "it holds something that is neither a file nor a directory");
	if (kind == S_IFDIR ? out->size != 0 : out->name[0] == 0)
		return damaged(c, "a directory in it has contents");
	return 1;
}

static bool all_zero(const char *p, u64 n)
{
	while (n && !*p)
		p++, n--;
	return n == 0;
}

int cpio_next(struct cpio *c, struct cpio_entry *out)
{
	const u8 *header = c->data + c->at;
	u64 left = c->length - c->at, data_at;
	u32 fields[FIELDS], size, name_size;
	size_t length;

	if (left < HEADER_SIZE)
		return damaged(c, "it ends without its last entry");
	if (memcmp(header, MAGIC, MAGIC_SIZE) != 0)
		return damaged(c, "an entry does not begin with 070701");
	for (int i = 0; i < FIELDS; i++)
		if (!parse_field(header, i, &fields[i]))
			return damaged(c, "a header field is not a number");
	size = fields[FIELD_SIZE_OF_FILE];
	name_size = fields[FIELD_SIZE_OF_NAME];
	if (name_size == 0 || name_size > CPIO_NAME_MAX + 1 + PAGE_SIZE)
		return damaged(c, "a name in it is empty or too long");
	/* each of the sums is far below 2^64: they are made of a 32-bit size and positions in memory */
	data_at = ALIGN_UP(c->at + HEADER_SIZE + name_size, 4);
	if (data_at > c->length || size > c->length - data_at)
		return damaged(c, "an entry reaches past its end");
	out->name = (const char *)header + HEADER_SIZE;
	length = strnlen(out->name, name_size);
	if (length > CPIO_NAME_MAX)
		return damaged(c, "a name in it is empty or too long");
	if (length == name_size || !all_zero(out->name + length, name_size - length))
		return damaged(c, "a name in it is not terminated where it should be");
	if (strcmp(out->name, END_NAME) == 0)
		return 0;
	out->data = c->data + data_at;
	out->size = size;
	out->mode = fields[FIELD_MODE];
	c->at = MIN(ALIGN_UP(data_at + size, 4), c->length);
	return entry_check(c, out);
}
