/*
 * archive.h - the boot archive as a read-only file tree: cpio "newc" (cpio(5)) with a checked CRC.
 *
 * Its bytes stay where the loader put them, for ever; entries point at them. Nothing changes after
 * archive_init(), so there is no lock. Parsing itself is kernel/lib/cpio.h, which the host tests fuzz.
 *
 * The two names that no archive can hold are added: /dev/null (S_IFCHR) and /proc/self/exe (S_IFLNK; whoever
 * opens it follows it). Callers that want bytes must see that the entry is S_IFREG.
 */
#pragma once

#include "ipc/file.h"
#include "kernel/lib/list.h"

/* st_rdev as Linux encodes and numbers these devices (Documentation/admin-guide/devices.txt). */
#define RDEV_NULL   0x103 /* 1:3 */
#define RDEV_SERIAL 0x440 /* 4:64 */
#define RDEV_PTY    0x8800 /* 136:0 */

struct archive_entry {
	struct list link;
	const char *name; /* without leading "./" or "/", terminated; "" is the root */
	const u8 *data;
	u64 size;         /* bytes */
	u32 mode;         /* as stat's st_mode */
	u32 ino;          /* ascending from 1, the root's */
	u32 rdev;         /* of a device */
};

/* NULL, or a sentence: what is wrong with the archive. */
const char *archive_init(const u8 *data, u64 length);
/* Resolves "/bin/../bin//sh" and relative paths, which begin at `base` (NULL: the root, as for absolute
 * ones). NULL and *err = -ENOENT, -ENOTDIR or -ENAMETOOLONG. */
const struct archive_entry *archive_find_at(const struct archive_entry *base, const char *path, int *err);
/* The same from the current directory, which is always "/". */
const struct archive_entry *archive_find(const char *path, int *err);
/* An open file, directory or /dev/null; NULL: out of memory. */
struct file *archive_open(const struct archive_entry *e, u32 flags);
/* The entry that the file is open on; NULL for every other kind of file. */
const struct archive_entry *archive_entry_of(const struct file *f);
void archive_stat(const struct archive_entry *e, struct stat_abi *out);
/* All entries, ascending by ino: the one after `e` (NULL: the first); NULL past the end. */
const struct archive_entry *archive_next(const struct archive_entry *e);
u64 archive_length(void); /* bytes */

static inline u32 entry_kind(const struct archive_entry *e)
{
	return e->mode & S_IFMT;
}
