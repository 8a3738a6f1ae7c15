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
#define FLAGS_SETTABLE (O_APPEND | O_NONBLOCK | O_NOATIME) /* F_SETFL ignores the others */

enum {
	F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETOWN = 9,
	F_DUPFD_CLOEXEC = 1030, F_SETPIPE_SZ, F_GETPIPE_SZ,
};

/* ioctl requests that every file answers (ioctl_fd(2)). */
#define FIONBIO  0x5421
#define FIONCLEX 0x5450
#define FIOCLEX  0x5451

static struct handle_table *table_of(struct thread *self)
{
	return self->process->handles;
}

/* ---- bytes */

/* Fills `u` from the arguments; 0 or what is wrong with them. */
static int decode_bytes(struct uio *u, const struct trapframe *f, bool vector)
{
	if (vector)
		return uio_vector(u, arg_uva(f, 1), arg(f, 2));
	if (!user_range_ok(arg_uva(f, 1), arg(f, 2)))
		return -EFAULT;
	uio_single(u, arg_uva(f, 1), arg(f, 2));
	return 0;
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

i64 sys_lseek(struct thread *self, struct trapframe *f)
{
	struct file *file = handle_get(table_of(self), arg_int(f, 0), HANDLE_USE);
	u32 whence = (u32)arg(f, 2);
	i64 result = -ESPIPE;

	if (!file)
		return -EBADF;
	if (whence > 4) /* SEEK_HOLE */
		result = -EINVAL;
	else if (file->ops->seek)
		result = file->ops->seek(file, (i64)arg(f, 1), (int)whence);
	file_unref(file);
	return result;
}

i64 sys_getdents64(struct thread *self, struct trapframe *f)
{
	struct file *file = handle_get(table_of(self), arg_int(f, 0), HANDLE_USE);
	u64 size = (u32)arg(f, 2);
	i64 result = -ENOTDIR;

	if (!file)
		return -EBADF;
	if (file->ops->list)
		result = file->ops->list(file, arg_uva(f, 1), size);
	file_unref(file);
	return result;
}

i64 sys_fstat(struct thread *self, struct trapframe *f)
{
	struct file *file = handle_get(table_of(self), arg_int(f, 0), 0);
	struct stat_abi stat;
	i64 result;

	if (!file)
		return -EBADF;
	result = file->ops->stat(file, &stat);
	file_unref(file);
	return result ? result : copy_to_user(arg_uva(f, 1), &stat, sizeof(stat));
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

static i64 flags_set(struct file *file, u32 flags)
{
	file->flags = (file->flags & ~(u32)FLAGS_SETTABLE) | (flags & FLAGS_SETTABLE);
	return 0;
}

#define NOT_FOR_HANDLES INT64_MIN

/* Commands that work on the number, not on the file. */
static i64 fcntl_handle(struct handle_table *t, int fd, int command, u64 argument)
{
	switch (command) {
	case F_DUPFD: return handle_dup(t, fd, (int)argument, false);
	case F_DUPFD_CLOEXEC: return handle_dup(t, fd, (int)argument, true);
	case F_GETFD: return handle_flags(t, fd);
	case F_SETFD: return handle_set_flags(t, fd, argument & FD_CLOEXEC);
	default: return NOT_FOR_HANDLES;
	}
}

i64 sys_fcntl(struct thread *self, struct trapframe *f)
{
	int fd = arg_int(f, 0), command = arg_int(f, 1);
	i64 result = fcntl_handle(table_of(self), fd, command, arg(f, 2));
	struct file *file;

	if (result != NOT_FOR_HANDLES)
		return result;
	file = handle_get(table_of(self), fd, command == F_GETFL ? 0 : HANDLE_USE);
	if (!file)
		return -EBADF;
	switch (command) {
	case F_GETFL: result = file->flags; break;
	case F_SETFL: result = flags_set(file, (u32)arg(f, 2)); break;
	case F_GETOWN: result = 0; break;
	case F_SETPIPE_SZ:
	case F_GETPIPE_SZ:
		result = file->ops->control ? file->ops->control(file, (u32)command, arg(f, 2)) : -EBADF;
		break;
	default: result = -EINVAL;
	}
	file_unref(file);
	return result;
}

static i64 nonblock_set(struct file *file, uva_t from)
{
	i32 on;

	if (copy_from_user(&on, from, sizeof(on)))
		return -EFAULT;
	return flags_set(file, on ? file->flags | O_NONBLOCK : file->flags & ~(u32)O_NONBLOCK);
}

i64 sys_ioctl(struct thread *self, struct trapframe *f)
{
	int fd = arg_int(f, 0);
	struct file *file = handle_get(table_of(self), fd, HANDLE_USE);
	u32 request = (u32)arg(f, 1);
	i64 result = -ENOTTY;

	if (!file)
		return -EBADF;
	if (request == FIOCLEX || request == FIONCLEX)
		result = handle_set_flags(table_of(self), fd, request == FIOCLEX);
	else if (request == FIONBIO)
		result = nonblock_set(file, arg_uva(f, 2));
	else if (file->ops->ioctl)
		result = file->ops->ioctl(file, request, arg_uva(f, 2));
	file_unref(file);
	return result;
}

/* ---- pipes */

static int reserve_pair(struct handle_table *t, int fd[2])
{
	fd[0] = handle_reserve(t, 0);
	if (fd[0] < 0)
		return fd[0];
	fd[1] = handle_reserve(t, 0);
	if (fd[1] >= 0)
		return 0;
	handle_cancel(t, fd[0]);
	return fd[1];
}

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
	err = reserve_pair(t, fd);
	if (err)
		goto close;
	err = copy_to_user(to, fd, sizeof(fd));
	if (err)
		goto cancel;
	for (int i = 0; i < 2; i++)
		handle_commit(t, fd[i], ends[i], handle_rights(ends[i]->flags | flags));
	return 0;

cancel:
	handle_cancel(t, fd[0]);
	handle_cancel(t, fd[1]);
close:
	file_unref(ends[0]);
	file_unref(ends[1]);
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
