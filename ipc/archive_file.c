/*
 * archive_file.c - open files and directories of the boot archive. See archive.h.
 *
 * A file's object is its entry, which lives for ever. A directory's position counts its records: 0 is ".",
 * 1 is "..", and 2 + n stands before the archive's entry n.
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

int archive_stat(const struct archive_entry *e, struct stat_abi *out)
{
	stat_fill(out, e->mode, e->ino, e->rdev, e->size);
	return 0;
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

static int entry_stat(struct file *f, struct stat_abi *out)
{
	return archive_stat(entry_of(f), out);
}

static i64 regular_ioctl(struct file *f, u64 request, uva_t argument)
{
	i32 left = (i32)(entry_of(f)->size - f->position);

	return request == FIONREAD ? copy_to_user(argument, &left, sizeof(left)) : -ENOTTY;
}

static i64 directory_read(struct file *f, struct uio *to)
{
	(void)f, (void)to;
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

static const struct archive_entry *parent_of(const struct archive_entry *dir)
{
	int ignored;

	return archive_find_at(dir, "..", &ignored);
}

/* The entry at *position or the next one of `dir`; NULL at the end. *position is left before it. */
static const struct archive_entry *list_next(const struct archive_entry *dir, u64 *position,
					     const char **name)
{
	const struct archive_entry *e;

	if (*position < 2) {
		*name = *position ? ".." : ".";
		return *position ? parent_of(dir) : dir;
	}
	for (; *position - 2 <= ~0u && (e = archive_at((u32)(*position - 2))); ++*position)
		if ((*name = name_in(e, dir)))
			return e;
	return NULL;
}

static i64 directory_list(struct file *f, uva_t to, u64 size)
{
	u64 done = 0, position = f->position;
	const struct archive_entry *e;
	const char *name;

	while ((e = list_next(entry_of(f), &position, &name))) {
		struct dirent_abi d = {.ino = e->ino, .next = (i64)position + 1, .type = entry_kind(e) >> 12};
		u64 length = offsetof(struct dirent_abi, name) + strlen(name) + 1;

		d.length = (u16)ALIGN_UP(length, 8);
		if (d.length > size - done)
			return done ? (i64)done : -EINVAL;
		string_copy(d.name, name, sizeof(d.name));
		if (copy_to_user(uva(to.v + done), &d, d.length))
			return done ? (i64)done : -EFAULT;
		done += d.length;
		f->position = ++position;
	}
	return (i64)done;
}

static const struct file_ops regular_ops = {
	.read = regular_read, .seek = regular_seek, .stat = entry_stat, .ioctl = regular_ioctl,
};

static const struct file_ops directory_ops = {
	.read = directory_read, .seek = directory_seek, .stat = entry_stat, .list = directory_list,
};

struct file *archive_open(const struct archive_entry *e, u32 flags)
{
	const struct file_ops *ops = entry_kind(e) == S_IFDIR ? &directory_ops : &regular_ops;

	return file_create(ops, (void *)e, flags);
}

const struct archive_entry *archive_entry_of(const struct file *f)
{
	return f->ops == &regular_ops || f->ops == &directory_ops ? entry_of(f) : NULL;
}
