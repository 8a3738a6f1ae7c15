/*
 * devnull.c - /dev/null: reads nothing, takes everything (null(4)). It has no state and no lock.
 */
#include "ipc/archive.h"

static i64 null_read(struct file *f, struct uio *to)
{
	(void)f, (void)to;
	return 0;
}

/* Like Linux it does not even look at the bytes. */
static i64 null_write(struct file *f, struct uio *from)
{
	(void)f;
	return (i64)from->left;
}

static i64 null_seek(struct file *f, i64 offset, int whence)
{
	(void)f, (void)offset, (void)whence;
	return 0;
}

static int null_stat(struct file *f, struct stat_abi *out)
{
	(void)f;
	stat_fill(out, S_IFCHR | 0666, RDEV_NULL, RDEV_NULL, 0);
	return 0;
}

static const struct file_ops null_ops = {
	.read = null_read, .write = null_write, .seek = null_seek, .stat = null_stat,
};

struct file *devnull_open(u32 flags)
{
	return file_create(&null_ops, NULL, flags);
}
