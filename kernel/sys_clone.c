/*
 * sys_clone.c - fork, vfork, and clone: a new process, or one more thread of the caller's.
 *
 * Between processes CLONE_VM is carried out as copy-on-write; threads share everything (docs: differences).
 */
#include "ipc/handle.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/layout.h"
#include "kernel/lib/string.h"
#include "kernel/syscall.h"
#include "kernel/trap.h"
#include "kernel/x86/fpu.h"
#include "kernel/x86/user_registers.h"
#include "sched/limit.h"
#include "sched/mutex.h"
#include "sched/sched.h"

#define CSIGNAL              0xffu
#define CLONE_VM             0x100u
#define CLONE_FS             0x200u
#define CLONE_FILES          0x400u
#define CLONE_SIGHAND        0x800u
#define CLONE_VFORK          0x4000u
#define CLONE_THREAD         0x10000u
#define CLONE_SYSVSEM        0x40000u
#define CLONE_SETTLS         0x80000u
#define CLONE_PARENT_SETTID  0x100000u
#define CLONE_CHILD_CLEARTID 0x200000u
#define CLONE_DETACHED       0x400000u /* means nothing, on Linux too */
#define CLONE_CHILD_SETTID   0x1000000u
#define CLONE_EITHER (CSIGNAL | CLONE_VM | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | \
		      CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | CLONE_DETACHED)
#define CLONE_SHARED (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)

struct clone_args {
	u64 flags;
	u64 stack; /* 0: the caller's */
	uva_t parent_tid, child_tid;
	u64 tls;
};

/* The first steps of the new thread, in its own address space. */
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
	to->blocked = from->blocked;
}

static void copy_process(struct process *to, const struct process *from, u64 flags)
{
	to->exit_signal = (i32)(flags & CSIGNAL);
	memcpy(to->name, from->name, sizeof to->name);
	memcpy(to->path, from->path, sizeof to->path);
}

static int clone_parts(struct process *p, struct process *parent)
{
	if (signal_pending())
		return -EINTR; /* to be acted on first: p, which was created later, would miss it (kill.c) */
	mutex_lock(&parent->aspace->lock);
	p->aspace = aspace_fork(parent->aspace);
	mutex_unlock(&parent->aspace->lock);
	if (p->aspace)
		p->handles = handles_fork(parent->handles);
	return p->handles ? 0 : -ENOMEM;
}

static void clone_undo(struct process *p)
{
	if (p->handles)
		handles_destroy(p->handles);
	process_discard(p);
}

/* All that can fail but for the last moment: -ENOMEM, -EINTR. */
static int clone_prepare(struct process *parent, struct process **out)
{
	int err;

	*out = process_create(parent);
	if (!*out)
		return -ENOMEM;
	err = clone_parts(*out, parent);
	if (err)
		clone_undo(*out);
	return err;
}

static void tell_tid(const struct clone_args *a, i32 tid)
{
	if (a->flags & CLONE_PARENT_SETTID)
		(void)copy_to_user(a->parent_tid, &tid, sizeof tid);
}

static i64 clone_process(struct thread *self, const struct trapframe *f, const struct clone_args *a)
{
	struct process *parent = self->process, *p;
	int err = clone_prepare(parent, &p);
	struct thread *t;
	bool waits = a->flags & CLONE_VFORK;
	struct vfork v;
	i32 pid;

	if (err)
		return err;
	t = p->leader;
	t->aspace = p->aspace;
	p->aspace->limits = p->limits;
	copy_process(p, parent, a->flags);
	copy_thread(t, self, f, a);
	if (!process_publish(p)) {
		clone_undo(p);
		return -EINTR; /* it ends on its way to ring 3 */
	}
	pid = p->pid;
	tell_tid(a, pid);
	if (waits)
		vfork_init(&v, p);
	thread_start(t);
	if (waits)
		vfork_wait(&v);
	return pid;
}

static i64 clone_thread(struct thread *self, const struct trapframe *f, const struct clone_args *a)
{
	struct thread *t = thread_create_user(self->process);
	i32 tid;
	int err;

	if (!t)
		return -ENOMEM;
	t->aspace = self->aspace;
	copy_thread(t, self, f, a);
	err = process_add_thread(t);
	if (err) {
		thread_destroy(t);
		return err;
	}
	tid = t->tid;
	tell_tid(a, tid);
	thread_start(t);
	return tid;
}

/* In Linux's order; then what is not here. */
static int clone_check(const struct clone_args *a)
{
	bool thread = a->flags & CLONE_THREAD;

	if ((thread && !(a->flags & CLONE_SIGHAND)) || ((a->flags & CLONE_SIGHAND) && !(a->flags & CLONE_VM)))
		return -EINVAL;
	if ((a->flags & ~(u64)(CLONE_EITHER | (thread ? CLONE_SHARED : CLONE_VFORK))) ||
	    (thread && (a->flags & CLONE_SHARED) != CLONE_SHARED) || (!thread && (a->flags & CSIGNAL) >= SIGNALS))
		return -EINVAL;
	return (a->flags & CLONE_SETTLS) && a->tls >= USER_TOP ? -EPERM : 0;
}

static i64 clone(struct thread *self, const struct trapframe *f, const struct clone_args *a)
{
	int err = clone_check(a);

	if (err)
		return err;
	if (!limit_may_fork(self->process))
		return -EAGAIN;
	return a->flags & CLONE_THREAD ? clone_thread(self, f, a) : clone_process(self, f, a);
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

	return clone(self, f, &a);
}
