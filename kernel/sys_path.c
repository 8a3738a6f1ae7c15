/*
 * sys_path.c - decoders of the calls that name a file: open, stat and their kin, on the boot archive.
 *
 * The tree is read-only, as a file system mounted so is on Linux: what would change it is EROFS, once
 * everything that Linux finds wrong earlier was looked for. The current directory is always "/".
 */
#include "ipc/archive.h"
#include "ipc/handle.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/syscall.h"
#include "mm/cache.h"

#define PATH_MAX 4096
#define AT_FDCWD (-100)
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_EACCESS          0x200
#define AT_NO_AUTOMOUNT     0x800
#define AT_EMPTY_PATH       0x1000
#define AT_STATX_SYNC_TYPE  0x6000

#define FLAGS_KEPT (O_ACCMODE | O_APPEND | O_NONBLOCK | O_NOATIME | O_DIRECTORY | O_NOFOLLOW) /* by F_GETFL */

/* The path as a string of the kernel's, to be given to kfree(). */
static int path_fetch(uva_t from, char **out)
{
	char *path = kmalloc(PATH_MAX);
	i64 n = path ? copy_string_from_user(path, from, PATH_MAX) : -ENOMEM;

	if (n < 0)
		kfree(path);
	*out = path;
	return n < 0 ? (int)n : 0;
}

/* The directory that a relative path begins at: NULL is the root. 0, -ENOENT, -EBADF or -ENOTDIR. */
static int base_find(struct thread *self, int dirfd, const char *path, const struct archive_entry **out)
{
	struct file *f;

	*out = NULL;
	if (!path[0])
		return -ENOENT; /* before the descriptor is looked at */
	if (path[0] == '/' || dirfd == AT_FDCWD)
		return 0;
	f = handle_get(self->process->handles, dirfd, 0);
	if (!f)
		return -EBADF;
	*out = archive_entry_of(f); /* it outlives the file */
	file_unref(f);
	return *out && entry_kind(*out) == S_IFDIR ? 0 : -ENOTDIR;
}

/* What the path names; NULL and *err. */
static const struct archive_entry *lookup(struct thread *self, int dirfd, const char *path, bool follow, int *err)
{
	const struct archive_entry *base, *e = NULL;

	*err = base_find(self, dirfd, path, &base);
	if (!*err)
		e = archive_find_at(base, path, err);
	if (e && follow && entry_kind(e) == S_IFLNK) /* /proc/self/exe: there is no other link */
		e = archive_find(self->process->path, err);
	return e;
}

/* ---- open */

/* Why O_CREAT of `path`, which is not there, fails. Cuts the path. */
static int create_error(struct thread *self, int dirfd, char *path)
{
	size_t n = strlen(path);
	int err;

	while (n && path[n - 1] != '/')
		n--;
	path[n] = 0;
	return !n || lookup(self, dirfd, path, true, &err) ? -EROFS : err;
}

/* May `e`, which is there, be opened like that? In Linux's order. */
static int open_check(const struct archive_entry *e, u32 flags)
{
	bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);

	if ((flags & O_CREAT) && (flags & O_EXCL))
		return -EEXIST;
	if (entry_kind(e) == S_IFDIR && (writes || (flags & O_CREAT)))
		return -EISDIR;
	if ((flags & O_DIRECTORY) && entry_kind(e) != S_IFDIR)
		return -ENOTDIR;
	if (entry_kind(e) == S_IFLNK)
		return -ELOOP;
	if (writes && entry_kind(e) == S_IFREG)
		return -EROFS;
	return cred_permits(cred_current(), 0, 0, e->mode, file_wants(flags)) ? 0 : -EACCES;
}

static int path_open(struct thread *self, int dirfd, char *path, u32 flags, struct file **out)
{
	const struct archive_entry *e;
	int err;

	e = lookup(self, dirfd, path, !(flags & O_NOFOLLOW), &err);
	if (!e)
		return path[0] && err == -ENOENT && (flags & O_CREAT) ? create_error(self, dirfd, path) : err;
	err = open_check(e, flags);
	if (err)
		return err;
	flags = (flags & FLAGS_KEPT) | O_LARGEFILE; /* as F_GETFL shows it */
	*out = archive_open(e, flags);
	return *out ? 0 : -ENOMEM;
}

static i64 open_at(struct thread *self, int dirfd, uva_t name, u32 flags)
{
	struct handle_table *t = self->process->handles;
	struct file *file = NULL;
	char *path;
	int fd, err;

	err = path_fetch(name, &path);
	if (err)
		return err;
	fd = handle_reserve(t, 0);
	err = fd < 0 ? fd : path_open(self, dirfd, path, flags, &file);
	kfree(path);
	if (!err)
		handle_commit(t, fd, file, handle_rights(flags));
	else if (fd >= 0)
		handle_cancel(t, fd);
	return err ? err : fd;
}

i64 sys_open(struct thread *self, struct trapframe *f)
{
	return open_at(self, AT_FDCWD, arg_uva(f, 0), (u32)arg(f, 1));
}

i64 sys_openat(struct thread *self, struct trapframe *f)
{
	return open_at(self, arg_int(f, 0), arg_uva(f, 1), (u32)arg(f, 2));
}

/* ---- stat */

/* The empty path with AT_EMPTY_PATH: the descriptor itself. */
static int stat_descriptor(struct thread *self, int fd, struct stat_abi *out)
{
	struct file *f = handle_get(self->process->handles, fd, 0);

	if (!f)
		return -EBADF;
	f->ops->stat(f, out);
	file_unref(f);
	return 0;
}

static int stat_path(struct thread *self, int dirfd, const char *path, bool follow, struct stat_abi *out)
{
	int err;
	const struct archive_entry *e = lookup(self, dirfd, path, follow, &err);

	if (e)
		archive_stat(e, out);
	return err;
}

/* What `name` names with these AT_ flags. 0; 1 where the name is empty, which AT_EMPTY_PATH allows; or an errno. */
static int stat_find(struct thread *self, int dirfd, uva_t name, u32 flags, struct stat_abi *out)
{
	char *path;
	int err = path_fetch(name, &path);

	if (err)
		return err;
	if (path[0] || !(flags & AT_EMPTY_PATH))
		err = stat_path(self, dirfd, path, !(flags & AT_SYMLINK_NOFOLLOW), out);
	else if (dirfd == AT_FDCWD)
		err = stat_path(self, dirfd, "/", true, out);
	else
		err = stat_descriptor(self, dirfd, out);
	err = err ? err : !path[0];
	kfree(path);
	return err;
}

static i64 stat_at(struct thread *self, int dirfd, uva_t name, uva_t to, u32 flags)
{
	struct stat_abi stat;
	int err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))
		return -EINVAL;
	err = stat_find(self, dirfd, name, flags, &stat);
	return err < 0 ? err : copy_to_user(to, &stat, sizeof(stat));
}

i64 sys_stat(struct thread *self, struct trapframe *f)
{
	return stat_at(self, AT_FDCWD, arg_uva(f, 0), arg_uva(f, 1), 0);
}

i64 sys_lstat(struct thread *self, struct trapframe *f)
{
	return stat_at(self, AT_FDCWD, arg_uva(f, 0), arg_uva(f, 1), AT_SYMLINK_NOFOLLOW);
}

i64 sys_newfstatat(struct thread *self, struct trapframe *f)
{
	return stat_at(self, arg_int(f, 0), arg_uva(f, 1), arg_uva(f, 2), (u32)arg(f, 3));
}

/* ---- access */

/* An access for those ids, in Linux's order. */
static int access_check(const struct cred *c, const struct stat_abi *s, u32 want)
{
	bool device = (s->mode & S_IFMT) == S_IFCHR || (s->mode & S_IFMT) == S_IFIFO;

	if ((want & MAY_WRITE) && s->dev == DEV_ARCHIVE && !device)
		return -EROFS;
	return cred_permits(c, s->uid, s->gid, s->mode, want) ? 0 : -EACCES;
}

static i64 access_at(struct thread *self, int dirfd, uva_t name, u32 want, u32 flags)
{
	struct cred c = self->process->cred;
	struct stat_abi stat;
	int err;

	if ((want & ~7u) || (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)))
		return -EINVAL;
	if (!(flags & AT_EACCESS)) {
		c.user.fs = c.user.real;
		c.group.fs = c.group.real;
	}
	err = stat_find(self, dirfd, name, flags, &stat);
	return err < 0 ? err : access_check(&c, &stat, want);
}

i64 sys_access(struct thread *self, struct trapframe *f)
{
	return access_at(self, AT_FDCWD, arg_uva(f, 0), (u32)arg(f, 1), 0);
}

i64 sys_faccessat(struct thread *self, struct trapframe *f)
{
	return access_at(self, arg_int(f, 0), arg_uva(f, 1), (u32)arg(f, 2), 0);
}

i64 sys_faccessat2(struct thread *self, struct trapframe *f)
{
	return access_at(self, arg_int(f, 0), arg_uva(f, 1), (u32)arg(f, 2), (u32)arg(f, 3));
}

/* ---- links: there is one, /proc/self/exe */

static i64 read_link(struct thread *self, int dirfd, uva_t name, uva_t to, int size)
{
	const char *target = self->process->path;
	struct stat_abi stat;
	u64 n = strlen(target);
	int err;

	if (size <= 0)
		return -EINVAL;
	err = stat_find(self, dirfd, name, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, &stat);
	if (err < 0)
		return err;
	if ((stat.mode & S_IFMT) != S_IFLNK)
		return err ? -ENOENT : -EINVAL;
	n = MIN(n, (u64)size);
	return copy_to_user(to, target, n) ? -EFAULT : (i64)n;
}

i64 sys_readlink(struct thread *self, struct trapframe *f)
{
	return read_link(self, AT_FDCWD, arg_uva(f, 0), arg_uva(f, 1), arg_int(f, 2));
}

i64 sys_readlinkat(struct thread *self, struct trapframe *f)
{
	return read_link(self, arg_int(f, 0), arg_uva(f, 1), arg_uva(f, 2), arg_int(f, 3));
}

/* The length, terminator included, as Linux's call has it. */
i64 sys_getcwd(struct thread *self, struct trapframe *f)
{
	(void)self;
	if (arg(f, 1) < sizeof("/"))
		return -ERANGE;
	return copy_to_user(arg_uva(f, 0), "/", sizeof("/")) ? -EFAULT : (i64)sizeof("/");
}
