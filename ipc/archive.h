/*
 * archive.h - the boot archive as a read-only file tree: cpio "newc" (cpio(5)) with a checked CRC.
 *
 * Its bytes stay where the loader put them, for ever; entries point at them. Nothing changes after
 * archive_init(), so there is no lock. Parsing itself is kernel/lib/cpio.h, which the host tests fuzz.
 *
 * Directories that the archive only implies are added, and so are the few names that no archive can hold:
 * /dev/null and /dev/tty (S_IFCHR) and /proc/self/exe (S_IFLNK; whoever opens it follows it). Callers that
 * want bytes must see that the entry is S_IFREG.
 */
#pragma once

#include "ipc/file.h"
#include "kernel/lib/types.h"

/* st_rdev as Linux encodes and numbers these devices (Documentation/admin-guide/devices.txt). */
#define RDEV_NULL   0x103 /* 1:3 */
#define RDEV_TTY    0x500 /* 5:0 */
#define RDEV_SERIAL 0x440 /* 4:64 */
#define RDEV_PTY    0x8800 /* 136:0 */

struct archive_entry {
	const char *name; /* without leading "./" or "/", terminated; "" is the root */
	const u8 *data;
	u64 size;         /* bytes */
	u32 mode;         /* as stat's st_mode */
	u32 ino;
	u32 rdev;         /* of a device */
	u32 hash_next;    /* the next of the same hash, as index + 1; archive.c's */
};

/* NULL, or a sentence: what is wrong with the archive. */
const char *archive_init(const u8 *data, u64 length);
/* Resolves "/bin/../bin//sh" and relative paths, which begin at `base` (NULL: the root, as for absolute
 * ones). NULL and *err = -ENOENT, -ENOTDIR or -ENAMETOOLONG. */
const struct archive_entry *archive_find_at(const struct archive_entry *base, const char *path, int *err);
/* The same from the current directory, which is always "/". */
const struct archive_entry *archive_find(const char *path, int *err);
/* An open file or directory; NULL: out of memory. */
struct file *archive_open(const struct archive_entry *e, u32 flags);
/* The entry that the file is open on; NULL for every other kind of file. */
const struct archive_entry *archive_entry_of(const struct file *f);
int archive_stat(const struct archive_entry *e, struct stat_abi *out);
/* The entries of the tree in the archive's order; NULL past the end. */
const struct archive_entry *archive_at(u32 index);
u64 archive_length(void); /* bytes */

static inline u32 entry_kind(const struct archive_entry *e)
{
	return e->mode & S_IFMT;
}
