/*
 * sys_file.c - decoders of the calls that work on open descriptors. Paths are in sys_path.c.
 *
 * Each looks its descriptor up, which takes a reference, and drops that again at its end. Errors come in
 * Linux's order: the descriptor first, then the rest.
 */
#include "ipc/handle.h"
#include "ipc/pipe.h"
#include "kernel/lib/errno.h"
#include "kernel/syscall.h"

#define FD_CLOEXEC 1
#define FLAGS_SETTABLE ((u32)(O_APPEND | O_NONBLOCK | O_NOATIME)) /* F_SETFL ignores the others */

enum { F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC = 1030 };

static struct handle_table *table_of(struct thread *self)
{
	return self->process->handles;
}

/* ---- bytes */

/* Fills `u` from the arguments; 0 or what is wrong with them. */
static int decode_bytes(struct uio *u, const struct trapframe *f, bool vector)
{
	if (vector)
		return uio_vector(u, arg_uva(f, 1), (u32)arg(f, 2));
	return uio_single(u, arg_uva(f, 1), arg(f, 2));
}

/* read, write, readv, writev. */
static i64 transfer(struct thread *self, const struct trapframe *f, bool in, bool vector)
{
	struct file *file = handle_get(table_of(self), arg_int(f, 0), in ? HANDLE_READ : HANDLE_WRITE);
	i64 (*move)(struct file *, struct uio *);
	i64 result = -EINVAL;
	struct uio u;

	if (!file)
		return -EBADF;
	move = in ? file->ops->read : file->ops->write;
	if (move) {
		result = decode_bytes(&u, f, vector);
		if (!result) {
			result = move(file, &u);
			if (vector)
				uio_destroy(&u);
		}
	}
	file_unref(file);
	return result;
}

i64 sys_read(struct thread *self, struct trapframe *f)
{
	return transfer(self, f, true, false);
}

i64 sys_write(struct thread *self, struct trapframe *f)
{
	return transfer(self, f, false, false);
}

i64 sys_readv(struct thread *self, struct trapframe *f)
{
	return transfer(self, f, true, true);
}

i64 sys_writev(struct thread *self, struct trapframe *f)
{
	return transfer(self, f, false, true);
}

/* pread64, pwrite64: the same file with a position of its own. */
static i64 transfer_at(struct thread *self, const struct trapframe *f, bool in)
{
	struct file *file, view;
	bool seekable;
	i64 result;
	struct uio u;

	if ((i64)arg(f, 3) < 0)
		return -EINVAL;
	file = handle_get(table_of(self), arg_int(f, 0), 0);
	if (!file)
		return -EBADF;
	seekable = file->ops->seek;
	file_unref(file);
	if (!seekable)
		return -ESPIPE;
	file = handle_get(table_of(self), arg_int(f, 0), in ? HANDLE_READ : HANDLE_WRITE);
	if (!file)
		return -EBADF;
	view = *file;
	view.position = arg(f, 3);
	result = uio_single(&u, arg_uva(f, 1), arg(f, 2));
	if (!result)
		result = in ? view.ops->read(&view, &u) : view.ops->write(&view, &u);
	file_unref(file);
	return result;
}

i64 sys_pread64(struct thread *self, struct trapframe *f)
{
	return transfer_at(self, f, true);
}

i64 sys_pwrite64(struct thread *self, struct trapframe *f)
{
	return transfer_at(self, f, false);
}

i64 sys_lseek(struct thread *self, struct trapframe *f)
{
	struct file *file = handle_get(table_of(self), arg_int(f, 0), 0);
	i64 result = -ESPIPE;

	if (!file)
		return -EBADF;
	if (file->ops->seek)
		result = file->ops->seek(file, (i64)arg(f, 1), arg_int(f, 2));
	file_unref(file);
	return result;
}

i64 sys_getdents64(struct thread *self, struct trapframe *f)
{
	struct file *file = handle_get(table_of(self), arg_int(f, 0), 0);
	i64 result = -ENOTDIR;

	if (!file)
		return -EBADF;
	if (file->ops->list)
		result = file->ops->list(file, arg_uva(f, 1), (u32)arg(f, 2));
	file_unref(file);
	return result;
}

i64 sys_fstat(struct thread *self, struct trapframe *f)
{
	struct file *file = handle_get(table_of(self), arg_int(f, 0), 0);
	struct stat_abi stat;

	if (!file)
		return -EBADF;
	file->ops->stat(file, &stat);
	file_unref(file);
	return copy_to_user(arg_uva(f, 1), &stat, sizeof(stat));
}

/* ---- descriptors */

i64 sys_close(struct thread *self, struct trapframe *f)
{
	return handle_close(table_of(self), arg_int(f, 0));
}

i64 sys_dup(struct thread *self, struct trapframe *f)
{
	return handle_dup(table_of(self), arg_int(f, 0), 0, false);
}

i64 sys_dup2(struct thread *self, struct trapframe *f)
{
	int fd = arg_int(f, 0), to = arg_int(f, 1);

	if (fd == to)
		return handle_flags(table_of(self), fd) < 0 ? -EBADF : fd;
	return handle_dup_to(table_of(self), fd, to, false);
}

i64 sys_dup3(struct thread *self, struct trapframe *f)
{
	int fd = arg_int(f, 0), to = arg_int(f, 1), flags = arg_int(f, 2);

	if ((flags & ~O_CLOEXEC) || fd == to)
		return -EINVAL;
	return handle_dup_to(table_of(self), fd, to, flags & O_CLOEXEC);
}

i64 sys_fcntl(struct thread *self, struct trapframe *f)
{
	struct handle_table *t = table_of(self);
	int fd = arg_int(f, 0), value = arg_int(f, 2);
	struct file *file = handle_get(t, fd, 0);
	i64 result = 0;

	if (!file)
		return -EBADF;
	switch (arg_int(f, 1)) {
	case F_DUPFD: result = handle_dup(t, fd, value, false); break;
	case F_DUPFD_CLOEXEC: result = handle_dup(t, fd, value, true); break;
	case F_GETFD: result = handle_flags(t, fd); break;
	case F_SETFD: result = handle_set_flags(t, fd, value & FD_CLOEXEC); break;
	case F_GETFL: result = file->flags; break;
	case F_SETFL: file->flags = (file->flags & ~FLAGS_SETTABLE) | ((u32)value & FLAGS_SETTABLE); break;
	default: result = -EINVAL;
	}
	file_unref(file);
	return result;
}

i64 sys_ioctl(struct thread *self, struct trapframe *f)
{
	struct file *file = handle_get(table_of(self), arg_int(f, 0), 0);
	i64 result = -ENOTTY;

	if (!file)
		return -EBADF;
	if (file->ops->ioctl)
		result = file->ops->ioctl(file, (u32)arg(f, 1), arg_uva(f, 2));
	file_unref(file);
	return result;
}

/* ---- pipes */

/* The numbers are told before they mean anything: after that nothing can fail. */
static i64 make_pipe(struct thread *self, uva_t to, u32 flags)
{
	struct handle_table *t = table_of(self);
	struct file *ends[2];
	int fd[2], err;

	if (flags & ~(u32)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	err = pipe_create(ends, flags & O_NONBLOCK);
	if (err)
		return err;
	fd[0] = handle_reserve(t, 0);
	fd[1] = fd[0] < 0 ? fd[0] : handle_reserve(t, 0);
	err = fd[1] < 0 ? fd[1] : copy_to_user(to, fd, sizeof(fd));
	for (int i = 0; i < 2; i++) {
		if (!err) {
			handle_commit(t, fd[i], ends[i], handle_rights(ends[i]->flags | flags));
			continue;
		}
		if (fd[i] >= 0)
			handle_cancel(t, fd[i]);
		file_unref(ends[i]);
	}
	return err;
}

i64 sys_pipe(struct thread *self, struct trapframe *f)
{
	return make_pipe(self, arg_uva(f, 0), 0);
}

i64 sys_pipe2(struct thread *self, struct trapframe *f)
{
	return make_pipe(self, arg_uva(f, 0), (u32)arg(f, 1));
}
