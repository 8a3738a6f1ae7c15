/*
 * sys_process.c - fork, vfork, clone, execve, exit, wait, and who is who.
 */
#include "ipc/handle.h"
#include "kernel/exec.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/layout.h"
#include "kernel/lib/string.h"
#include "kernel/syscall.h"
#include "kernel/trap.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/fpu.h"
#include "mm/cache.h"
#include "sched/limit.h"
#include "sched/mutex.h"
#include "sched/sched.h"

#define CSIGNAL              0xffu
#define CLONE_VM             0x100u
#define CLONE_VFORK          0x4000u
#define CLONE_SETTLS         0x80000u
#define CLONE_PARENT_SETTID  0x100000u
#define CLONE_CHILD_CLEARTID 0x200000u
#define CLONE_CHILD_SETTID   0x1000000u
#define CLONE_KNOWN (CSIGNAL | CLONE_VM | CLONE_VFORK | CLONE_SETTLS | CLONE_PARENT_SETTID | \
		     CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID)

struct clone_args {
	u64 flags;
	u64 stack; /* 0: the caller's */
	uva_t parent_tid, child_tid;
	u64 tls;
};

/* The child's first steps, in its own address space. */
static void child_start(void *argument)
{
	struct thread *self = thread_current();

	if (argument)
		(void)copy_to_user(uva(argument), &self->tid, sizeof self->tid);
	trap_before_user();
}

static void copy_thread(struct thread *to, struct thread *from, const struct trapframe *f, const struct clone_args *a)
{
	struct trapframe *frame = thread_frame(to);

	*frame = *f;
	frame->rax = 0;
	if (a->stack)
		frame->rsp = a->stack;
	fpu_save(from->fpu);
	memcpy(to->fpu, from->fpu, fpu_size());
	to->fs_base = a->flags & CLONE_SETTLS ? a->tls : cpu_fs_base();
	to->gs_base = cpu_user_gs_base();
	to->selectors = cpu_user_selectors();
	to->entry = child_start;
	to->argument = a->flags & CLONE_CHILD_SETTID ? (void *)a->child_tid.v : NULL;
	if (a->flags & CLONE_CHILD_CLEARTID)
		to->clear_tid = a->child_tid;
}

static void copy_process(struct process *to, const struct process *from, u64 flags)
{
	to->exit_signal = (i32)(flags & CSIGNAL);
	to->sig.blocked = from->sig.blocked;
	memcpy(to->sig.actions, from->sig.actions, sizeof to->sig.actions);
	to->cred = from->cred;
	memcpy(to->name, from->name, sizeof to->name);
	memcpy(to->path, from->path, sizeof to->path);
}

/* All that can fail. NULL: out of memory. */
static struct process *clone_prepare(struct process *parent)
{
	struct process *p = process_create(parent);

	if (!p)
		return NULL;
	mutex_lock(&parent->aspace->lock);
	p->aspace = aspace_fork(parent->aspace);
	mutex_unlock(&parent->aspace->lock);
	if (p->aspace)
		p->handles = handles_fork(parent->handles);
	if (p->handles)
		return p;
	process_discard(p);
	return NULL;
}

static i64 clone(struct thread *self, const struct trapframe *f, const struct clone_args *a)
{
	struct process *parent = self->process, *p;
	i32 pid;

	if (!limit_may_fork(parent))
		return -EAGAIN;
	p = clone_prepare(parent);
	if (!p)
		return -ENOMEM;
	p->thread->aspace = p->aspace;
	p->aspace->limits = p->limits;
	copy_process(p, parent, a->flags);
	copy_thread(p->thread, self, f, a);
	process_publish(p);
	pid = p->pid;
	if (a->flags & CLONE_PARENT_SETTID)
		(void)copy_to_user(a->parent_tid, &pid, sizeof pid);
	if (a->flags & CLONE_VFORK) {
		p->vfork_parent = parent;
		parent->vfork_waiting = true;
	}
	thread_start(p->thread);
	if (a->flags & CLONE_VFORK)
		process_vfork_wait();
	return pid;
}

i64 sys_fork(struct thread *self, struct trapframe *f)
{
	const struct clone_args a = {.flags = SIGCHLD};

	return clone(self, f, &a);
}

i64 sys_vfork(struct thread *self, struct trapframe *f)
{
	const struct clone_args a = {.flags = SIGCHLD | CLONE_VM | CLONE_VFORK};

	return clone(self, f, &a);
}

i64 sys_clone(struct thread *self, struct trapframe *f)
{
	const struct clone_args a = {arg(f, 0), arg(f, 1), arg_uva(f, 2), arg_uva(f, 3), arg(f, 4)};

	if ((a.flags & ~(u64)CLONE_KNOWN) || (a.flags & CSIGNAL) >= SIGNALS)
		return -EINVAL;
	if ((a.flags & CLONE_SETTLS) && a.tls >= USER_TOP)
		return -EPERM;
	return clone(self, f, &a);
}

/* The path as given goes to AT_EXECFN; /proc/self/exe is the running program. */
static i64 exec_path(struct process *p, const char *called, uva_t argv, uva_t envp)
{
	const char *path = strcmp(called, "/proc/self/exe") ? called : p->path;
	struct exec_image image;
	struct exec_args a;
	int err = exec_args_init(&a);

	if (err)
		return err;
	a.limits = p->limits;
	err = exec_args_user(&a, argv, &a.argc);
	if (!err && !a.argc)
		err = exec_args_kernel(&a, "", &a.argc); /* as Linux since 5.18 */
	if (!err)
		err = exec_args_user(&a, envp, &a.envc);
	if (!err)
		err = exec_prepare(path, called, &a, &image);
	exec_args_free(&a);
	if (!err)
		exec_commit(p, p->thread, &image);
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
	(void)self;
	process_exit(status_exited(arg_int(f, 0)));
}

i64 sys_exit_group(struct thread *self, struct trapframe *f)
{
	return sys_exit(self, f);
}

i64 sys_getpid(struct thread *self, struct trapframe *f)
{
	(void)f;
	return self->process->pid;
}

i64 sys_gettid(struct thread *self, struct trapframe *f)
{
	(void)f;
	return self->tid;
}

i64 sys_getppid(struct thread *self, struct trapframe *f)
{
	i64 ppid;

	(void)f;
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
	(void)self;
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
	(void)f;
	return group_or_session(self, 0, false);
}

i64 sys_getsid(struct thread *self, struct trapframe *f)
{
	return group_or_session(self, arg_int(f, 0), true);
}

i64 sys_setsid(struct thread *self, struct trapframe *f)
{
	(void)self, (void)f;
	return process_new_session();
}
