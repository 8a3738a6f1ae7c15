/*
 * sys_process.c - execve, exit, and who is who.
 */
#include "kernel/exec.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/syscall.h"
#include "mm/cache.h"

/* The path as given goes to AT_EXECFN; /proc/self/exe is the running program. */
static i64 exec_path(struct process *p, const char *called, uva_t argv, uva_t envp)
{
	const char *path = strcmp(called, "/proc/self/exe") ? called : p->path;
	const struct archive_entry *file;
	struct exec_image image;
	struct exec_args a;
	int err = exec_args_init(&a);

	if (err)
		return err;
	a.limits = p->limits;
	err = exec_find(path, a.cred, &file);
	if (!err)
		err = exec_args_user(&a, argv, &a.argc);
	if (!err && !a.argc)
		err = exec_args_kernel(&a, "", &a.argc); /* as Linux since 5.18 */
	if (!err)
		err = exec_args_user(&a, envp, &a.envc);
	if (!err)
		err = exec_prepare(file, called, &a, &image);
	exec_args_free(&a);
	if (err)
		return err;
	err = process_make_single();
	if (err)
		aspace_unref(image.aspace);
	else
		exec_commit(p, thread_current(), &image);
	return err;
}

i64 sys_execve(struct thread *self, struct trapframe *f)
{
	char *path = kmalloc(PAGE_SIZE);
	i64 n;

	if (!path)
		return -ENOMEM;
	n = copy_string_from_user(path, arg_uva(f, 0), PAGE_SIZE);
	if (n >= 0)
		n = n ? exec_path(self->process, path, arg_uva(f, 1), arg_uva(f, 2)) : -ENOENT;
	kfree(path);
	return n;
}

i64 sys_exit(struct thread *self, struct trapframe *f)
{
	thread_end(status_exited(arg_int(f, 0)));
}

i64 sys_exit_group(struct thread *self, struct trapframe *f)
{
	process_exit(status_exited(arg_int(f, 0)));
}

i64 sys_getpid(struct thread *self, struct trapframe *f)
{
	return self->process->pid;
}

i64 sys_gettid(struct thread *self, struct trapframe *f)
{
	return self->tid;
}

i64 sys_getppid(struct thread *self, struct trapframe *f)
{
	i64 ppid;

	lock_acquire(&process_lock);
	ppid = self->process->parent ? self->process->parent->pid : 0;
	lock_release(&process_lock);
	return ppid;
}

i64 sys_set_tid_address(struct thread *self, struct trapframe *f)
{
	self->clear_tid = arg_uva(f, 0);
	return self->tid;
}

i64 sys_setpgid(struct thread *self, struct trapframe *f)
{
	return process_set_group(arg_int(f, 0), arg_int(f, 1));
}

static i64 group_or_session(struct thread *self, i32 pid, bool session)
{
	struct process *p;
	i64 id = -ESRCH;

	lock_acquire(&process_lock);
	p = pid ? process_find(pid) : self->process;
	if (p)
		id = session ? p->sid : p->pgid;
	lock_release(&process_lock);
	return id;
}

i64 sys_getpgid(struct thread *self, struct trapframe *f)
{
	return group_or_session(self, arg_int(f, 0), false);
}

i64 sys_getpgrp(struct thread *self, struct trapframe *f)
{
	return group_or_session(self, 0, false);
}

i64 sys_getsid(struct thread *self, struct trapframe *f)
{
	return group_or_session(self, arg_int(f, 0), true);
}

i64 sys_setsid(struct thread *self, struct trapframe *f)
{
	return process_new_session();
}
