/*
 * sys_mq.c - decoders of the message queue calls (mq_overview(7)). Errors come in the order in which Linux's
 * ipc/mqueue.c finds them.
 */
#include "ipc/handle.h"
#include "ipc/mqueue.h"
#include "kernel/lib/errno.h"
#include "kernel/syscall.h"
#include "kernel/x86/clock.h"

i64 sys_mq_open(struct thread *self, struct trapframe *f)
{
	const struct mq_attr_abi *wanted = NULL;
	struct handle_table *t = self->process->handles;
	u32 flags = (u32)arg(f, 1);
	char name[MQ_NAME_MAX + 1];
	struct mq_attr_abi attr;
	struct file *file;
	i64 fd, result;

	if (arg(f, 3)) {
		if (copy_from_user(&attr, arg_uva(f, 3), sizeof(attr)))
			return -EFAULT;
		wanted = &attr;
	}
	result = copy_string_from_user(name, arg_uva(f, 0), sizeof(name));
	if (result < 0)
		return result;
	fd = handle_reserve(t, 0);
	if (fd < 0)
		return fd;
	result = mq_open(name, flags, (u32)arg(f, 2), wanted, &file);
	if (result)
		handle_cancel(t, (int)fd);
	else
		handle_commit(t, (int)fd, file, handle_rights(flags | O_CLOEXEC)); /* always, on Linux */
	return result ? result : fd;
}

i64 sys_mq_unlink(struct thread *self, struct trapframe *f)
{
	char name[MQ_NAME_MAX + 1];
	i64 n = copy_string_from_user(name, arg_uva(f, 0), sizeof(name));

	return n < 0 ? n : mq_unlink(name);
}

/* An absolute time of CLOCK_REALTIME, or none, as a deadline. */
static int deadline_fetch(uva_t from, u64 *out)
{
	int err;

	*out = TIME_NEVER;
	if (!from.v)
		return 0;
	err = timespec_fetch(from, out);
	*out |= TIME_REAL;
	return err;
}

static struct file *queue_get(struct thread *self, int fd, u32 rights)
{
	struct file *file = handle_get(self->process->handles, fd, rights);

	if (file && !file_is_mq(file)) {
		file_unref(file);
		return NULL;
	}
	return file;
}

i64 sys_mq_timedsend(struct thread *self, struct trapframe *f)
{
	struct file *file;
	u64 deadline;
	int err = deadline_fetch(arg_uva(f, 4), &deadline);

	if (err)
		return err;
	if ((u32)arg(f, 3) >= MQ_PRIORITY_MAX)
		return -EINVAL;
	file = queue_get(self, arg_int(f, 0), HANDLE_WRITE);
	if (!file)
		return -EBADF;
	err = mq_send(file, arg_uva(f, 1), arg(f, 2), (u32)arg(f, 3), deadline);
	file_unref(file);
	return err;
}

i64 sys_mq_timedreceive(struct thread *self, struct trapframe *f)
{
	struct file *file;
	u64 deadline;
	i64 result = deadline_fetch(arg_uva(f, 4), &deadline);

	if (result)
		return result;
	file = queue_get(self, arg_int(f, 0), HANDLE_READ);
	if (!file)
		return -EBADF;
	result = mq_receive(file, arg_uva(f, 1), arg(f, 2), arg_uva(f, 3), deadline);
	file_unref(file);
	return result;
}

i64 sys_mq_getsetattr(struct thread *self, struct trapframe *f)
{
	uva_t new_at = arg_uva(f, 1), old_at = arg_uva(f, 2);
	struct mq_attr_abi new, old;
	struct file *file;

	if (new_at.v && copy_from_user(&new, new_at, sizeof(new)))
		return -EFAULT;
	if (new_at.v && (new.flags & ~(i64)O_NONBLOCK))
		return -EINVAL;
	file = queue_get(self, arg_int(f, 0), 0);
	if (!file)
		return -EBADF;
	mq_get_attributes(file, &old);
	if (new_at.v)
		file->flags = (file->flags & ~(u32)O_NONBLOCK) | (u32)new.flags;
	file_unref(file);
	return old_at.v ? copy_to_user(old_at, &old, sizeof(old)) : 0;
}
