/*
 * cpio.c - the boot archive. The first byte's bit 0 asks for a sound trailer behind the input (else its CRC would
 * stop nearly all). The entries that cpio_next() gives are compared with a second reading, and the tree that
 * ipc/archive.c makes of them must give each entry back under its own name.
 */
/* links: kernel/lib/cpio.c */
#include <string.h>

#include "ipc/archive.c"
#include "kernel/abi/channel.h"
#include "tests/hostfuzz/fuzz.h"

void *kmalloc(size_t n)
{
	return malloc(n);
}

enum verdict { DAMAGED = -1, END, ENTRY };

/* All eight characters of field n, or -1. */
static i64 field(const u8 *header, u32 n)
{
	char text[9] = {0};

	memcpy(text, header + 6 + 8 * n, 8);
	return strspn(text, "0123456789abcdefABCDEF") == 8 ? (i64)strtoul(text, NULL, 16) : -1;
}

/* "/a/b/" has none of "//", "/./" and "/../". */
static bool plain(const char *name)
{
	char text[300];

	snprintf(text, sizeof text, "/%s/", name);
	return !strstr(text, "//") && !strstr(text, "/./") && !strstr(text, "/../");
}

/* The entry at `at` of an archive of n bytes. */
static enum verdict read_entry(const u8 *bytes, u64 n, u64 *at, struct cpio_entry *e)
{
	const u8 *header = bytes + *at;
	i64 name_size, size, mode;
	u64 data_at;

	if (n - *at < 110 || memcmp(header, "070701", 6))
		return DAMAGED;
	for (u32 i = 0; i < 13; i++)
		if (field(header, i) < 0)
			return DAMAGED;
	mode = field(header, 1);
	size = field(header, 6);
	name_size = field(header, 11);
	data_at = (*at + 110 + (u64)name_size + 3) / 4 * 4;
	if (name_size < 1 || name_size > 256 + 4096 || data_at + (u64)size > n || header[110 + name_size - 1] ||
	    strlen((const char *)header + 110) > 255)
		return DAMAGED;
	for (i64 i = (i64)strlen((const char *)header + 110); i < name_size; i++)
		if (header[110 + i])
			return DAMAGED;
	*e = (struct cpio_entry){(const char *)header + 110, bytes + data_at, (u64)size, (u32)mode};
	*at = MIN((data_at + (u64)size + 3) / 4 * 4, n);
	if (!strcmp(e->name, "TRAILER!!!"))
		return END;
	while (!strncmp(e->name, "/", 1) || !strncmp(e->name, "./", 2))
		e->name = strchr(e->name, '/') + 1;
	e->name += !strcmp(e->name, ".");
	if (*e->name && !plain(e->name))
		return DAMAGED;
	if ((mode & S_IFMT) == S_IFDIR)
		return size ? DAMAGED : ENTRY;
	return (mode & S_IFMT) == S_IFREG && *e->name ? ENTRY : DAMAGED;
}

/* Both readings, entry by entry. */
static enum verdict claim_entries(const u8 *bytes, u64 length)
{
	struct cpio_entry mine, theirs;
	enum verdict v;
	struct cpio c;
	u64 at = 0;

	if (cpio_open(&c, bytes, length))
		return DAMAGED;
	do {
		v = read_entry(bytes, c.length, &at, &theirs);
		CLAIM(cpio_next(&c, &mine) == (int)v && (v != DAMAGED || c.error));
		CLAIM(v != ENTRY || (mine.name == theirs.name && mine.data == theirs.data && mine.size == theirs.size &&
				     mine.mode == theirs.mode));
	} while (v == ENTRY);
	return v;
}

static u64 claim_tree(void)
{
	const struct archive_entry *e, *dot;
	char path[300];
	u64 n = 0;
	int err;

	for (e = archive_next(NULL); e; e = archive_next(e), n++) {
		snprintf(path, sizeof path, "//%s", e->name);
		CLAIM(archive_find(path, &err) == e && !err);
		snprintf(path, sizeof path, "%s/./", e->name);
		dot = archive_find(path, &err);
		CLAIM(entry_kind(e) == S_IFDIR ? dot == e : !dot && err == -ENOTDIR);
		snprintf(path, sizeof path, "%s/..", e->name);
		dot = archive_find(path, &err);
		CLAIM(entry_kind(e) == S_IFDIR ? dot && strlen(dot->name) <= strlen(e->name) : !dot && err == -ENOTDIR);
	}
	return n;
}

static void tree_reset(void)
{
	while (entries.next != &entries) {
		struct archive_entry *e = list_entry(entries.next, struct archive_entry, link);

		list_remove(&e->link);
		if (e < fixed || e >= fixed + ARRAY_SIZE(fixed))
			free(e);
	}
	count = 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct archive_trailer t = {.magic = ARCHIVE_TRAILER_MAGIC};
	u64 length = size ? size - 1 : 0;
	bool seal = size && (data[0] & 1);
	u8 *bytes = malloc(length + sizeof t);

	memcpy(bytes, data + !!size, length);
	t.length = (u32)length;
	t.crc = crc32_of(bytes, length);
	memcpy(bytes + length, &t, sizeof t);
	if (seal)
		length += sizeof t;
	else
		bytes = realloc(bytes, MAX(length, 1));
	if (claim_entries(bytes, length) == END) {
		if (!archive_init(bytes, length))
			claim_tree();
		tree_reset();
	}
	free(bytes);
	return 0;
}
