/*
 * archive_file.c - open files and directories of the boot archive, and /dev/null. See archive.h.
 *
 * A file's object is its entry, which lives for ever. A directory's position is 0 before ".", 1 before "..",
 * and from 2 on the lowest inode number that was not listed yet.
 */
#include "ipc/archive.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

/* Linux's struct linux_dirent64 (getdents64(2)), with room for the longest name. */
struct dirent_abi {
	u64 ino;
	i64 next;
	u16 length;
	u8 type;
	char name[CPIO_NAME_MAX + 1];
} __attribute__((packed));

void archive_stat(const struct archive_entry *e, struct stat_abi *out)
{
	stat_fill(out, e->mode, e->ino, e->rdev, e->size);
}

static const struct archive_entry *entry_of(const struct file *f)
{
	return f->object;
}

static i64 regular_read(struct file *f, struct uio *to)
{
	return file_read_bytes(f, entry_of(f)->data, entry_of(f)->size, to);
}

static i64 regular_seek(struct file *f, i64 offset, int whence)
{
	return file_seek(f, offset, whence, entry_of(f)->size);
}

static void entry_stat(struct file *f, struct stat_abi *out)
{
	archive_stat(entry_of(f), out);
}

/* Like Linux's /dev/null it does not even look at the bytes. Its entry has none to read. */
static i64 null_write(struct file *f, struct uio *from)
{
	return (i64)from->left;
}

static i64 directory_read(struct file *f, struct uio *to)
{
	return -EISDIR;
}

static i64 directory_seek(struct file *f, i64 offset, int whence)
{
	return whence > 1 ? -EINVAL : file_seek(f, offset, whence, 0); /* SEEK_SET and SEEK_CUR */
}

/* The part of e's name below directory `dir`, NULL unless e lies straight in it. */
static const char *name_in(const struct archive_entry *e, const struct archive_entry *dir)
{
	size_t n = strlen(dir->name);
	const char *rest = e->name;

	if (n) {
		if (strncmp(rest, dir->name, n) != 0 || rest[n] != '/')
			return NULL;
		rest += n + 1;
	}
	return *rest && !strchr(rest, '/') ? rest : NULL;
}

/* The record of `dir` at `position`: its entry and its name; NULL at the end. */
static const struct archive_entry *record_at(const struct archive_entry *dir, u64 position, const char **name)
{
	const struct archive_entry *e = NULL;
	int ignored;

	if (position < 2) {
		*name = position ? ".." : ".";
		return archive_find_at(dir, *name, &ignored);
	}
	while ((e = archive_next(e)))
		if (e->ino >= position && (*name = name_in(e, dir)))
			break;
	return e;
}

static i64 directory_list(struct file *f, uva_t to, u64 size)
{
	const struct archive_entry *e;
	const char *name;
	u64 done = 0;

	while ((e = record_at(entry_of(f), f->position, &name))) {
		u64 length = ALIGN_UP(offsetof(struct dirent_abi, name) + strlen(name) + 1, 8);
		u64 next = (f->position < 2 ? f->position : e->ino) + 1;
		struct dirent_abi d = {e->ino, (i64)next, (u16)length, (u8)(entry_kind(e) >> 12), ""};

		if (length > size - done)
			return done ? (i64)done : -EINVAL;
		string_copy(d.name, name, sizeof(d.name));
		if (copy_to_user(uva(to.v + done), &d, length))
			return done ? (i64)done : -EFAULT;
		done += length;
		f->position = next;
	}
	return (i64)done;
}

static const struct file_ops regular_ops = {
	.read = regular_read, .seek = regular_seek, .stat = entry_stat,
};

static const struct file_ops directory_ops = {
	.read = directory_read, .seek = directory_seek, .stat = entry_stat, .list = directory_list,
};

static const struct file_ops null_ops = {
	.read = regular_read, .write = null_write, .seek = regular_seek, .stat = entry_stat,
};

struct file *archive_open(const struct archive_entry *e, u32 flags)
{
	const struct file_ops *ops = &regular_ops;

	if (entry_kind(e) == S_IFDIR)
		ops = &directory_ops;
	else if (entry_kind(e) == S_IFCHR)
		ops = &null_ops;
	return file_create(ops, (void *)e, flags);
}

const struct archive_entry *archive_entry_of(const struct file *f)
{
	return f->ops->stat == entry_stat ? entry_of(f) : NULL;
}
