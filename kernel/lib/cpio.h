/*
 * cpio.h - reads the boot archive: cpio "newc" (cpio(5)) followed by the CRC trailer of kernel/abi/channel.h.
 *
 * Pure: the host tests compile and fuzz it. Every number comes from
 * outside and is checked; nothing past data + length is ever read, and entries point into the archive.
 */
#pragma once

#include "kernel/lib/types.h"

#define CPIO_NAME_MAX 255 /* of a whole path */

#define S_IFMT  0170000
#define S_IFIFO 0010000
#define S_IFCHR 0020000
#define S_IFDIR 0040000
#define S_IFREG 0100000
#define S_IFLNK 0120000

struct cpio {
	const u8 *data;
	u64 length, at; /* of the cpio part; the next header */
	const char *error; /* what cpio_next() found wrong */
};

struct cpio_entry {
	const char *name; /* terminated, without leading "./" and "/"; "" is the root */
	const u8 *data;
	u64 size;
	u32 mode;         /* S_IFREG or S_IFDIR with permissions */
};

/* Checks trailer and CRC. NULL, or a sentence that says what is wrong. */
const char *cpio_open(struct cpio *c, const u8 *data, u64 length);
/* 1: an entry. 0: the end. -1: damaged, and c->error says how. */
int cpio_next(struct cpio *c, struct cpio_entry *out);
/* CRC-32 of IEEE 802.3, as zlib's crc32(0, ...). */
u32 crc32_of(const u8 *data, u64 length);
