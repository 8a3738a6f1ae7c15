/*
 * file.h - the open file description: what a handle refers to, and what fork and dup share.
 *
 * Counted; the last file_unref() calls ops->release, which gives `object` back, and frees the struct.
 * `flags` holds O_NONBLOCK and the access mode; `position` is for seekable files.
 */
#pragma once

#include "kernel/lib/cpio.h"
#include "kernel/lib/types.h"
#include "mm/usercopy.h"
#include "sched/cred.h"
#include "sched/waitq.h"

/* Linux's open flags. */
#define O_ACCMODE   3
#define O_RDONLY    0
#define O_WRONLY    1
#define O_RDWR      2
#define O_CREAT     0100
#define O_EXCL      0200
#define O_TRUNC     01000
#define O_APPEND    02000
#define O_NONBLOCK  04000
#define O_LARGEFILE 0100000
#define O_DIRECTORY 0200000
#define O_NOFOLLOW  0400000
#define O_NOATIME   01000000
#define O_CLOEXEC   02000000

#define DEV_ARCHIVE 1 /* st_dev of everything but ... */
#define DEV_MQUEUE  2 /* ... message queues, which are written */

/* Linux's ioctl requests that both kinds of terminal answer. */
#define TCGETS     0x5401
#define TIOCGWINSZ 0x5413

/* What poll(2) asks and tells; those in pairs mean the same. */
#define POLLERR  0x008
#define POLLHUP  0x010
#define POLLNVAL 0x020
#define POLL_IN  0x041 /* POLLIN, POLLRDNORM */
#define POLL_OUT 0x104 /* POLLOUT, POLLWRNORM */

struct file;
struct thread;

/* Linux's struct stat for x86-64 (144 bytes). */
struct stat_abi {
	u64 dev, ino, nlink;
	u32 mode, uid, gid, pad0;
	u64 rdev;
	i64 size, blksize, blocks;
	u64 atime, atime_ns, mtime, mtime_ns, ctime, ctime_ns;
	i64 unused[3];
};

/* Any member but stat may be NULL: the call is then what the comment says. Called without locks. */
struct file_ops {
	i64 (*read)(struct file *f, struct uio *to);    /* -EINVAL */
	i64 (*write)(struct file *f, struct uio *from); /* -EINVAL */
	i64 (*seek)(struct file *f, i64 offset, int whence); /* -ESPIPE */
	void (*stat)(struct file *f, struct stat_abi *out);  /* required */
	i64 (*ioctl)(struct file *f, u64 request, uva_t argument); /* -ENOTTY */
	i64 (*list)(struct file *f, uva_t to, u64 size);     /* getdents64: -ENOTDIR */
	/* What is true now; POLL_IN | POLL_OUT. If `w` is given the thread is woken (waitq_watch) when that changes. */
	u32 (*poll)(struct file *f, struct waiter *w);
	void (*release)(struct file *f);
};

struct file {
	u32 refs;                   /* atomic */
	u32 flags;                  /* access mode, O_NONBLOCK, O_APPEND; single-word store */
	const struct file_ops *ops;
	u64 position;               /* seekable files; file_claim() and file_seek() */
	void *object;
};

struct file *file_create(const struct file_ops *ops, void *object, u32 flags); /* NULL: out of memory */
void file_ref(struct file *f);
void file_unref(struct file *f);

/* For files of a known size: lseek(2) with SEEK_SET, CUR and END. -EINVAL. */
i64 file_seek(struct file *f, i64 offset, int whence, u64 size);
/* Reads from `bytes`, which hold the whole file, at its position. 0 at the end, -EFAULT. */
i64 file_read_bytes(struct file *f, const u8 *bytes, u64 size, struct uio *to);
/* For lines under whose lock no copy may be made: gives `put` what is written, at most FILE_CHUNK bytes at a
 * time. How much that was, or -EFAULT; less where a signal came. */
#define FILE_CHUNK 1024
i64 file_write_chunks(struct file *f, struct uio *from, void (*put)(struct file *f, const u8 *bytes, u32 n));
/* An `out` with what every file has: one link, nobody but root, blocks of 4096. */
void stat_fill(struct stat_abi *out, u32 mode, u64 ino, u64 rdev, u64 size);

/* What cred_permits() must allow whoever opens a file with these flags. */
static inline u32 file_wants(u32 flags)
{
	static const u8 wants[] = {MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, MAY_READ | MAY_WRITE};

	return wants[flags & O_ACCMODE];
}

static inline bool file_writable(const struct file *f)
{
	return (f->flags & O_ACCMODE) != O_RDONLY;
}
