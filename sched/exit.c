/*
 * exit.c - the end of threads and processes, and what it has to do with them: exec among siblings, vfork.
 *
 * A thread gives back what is its own and leaves the space's tables before it leaves its process: so when the last one
 * is left, no CPU uses the space. The last goes on as the process: it gives back what nobody else sees (handles,
 * space), then under process_lock becomes a zombie and tells the parent; then the thread ends and touches the process
 * no more (process.h: R1, R2).
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/trace.h"
#include "kernel/x86/asm.h"
#include "sched/group.h"
#include "sched/sched.h"

void (*process_release)(struct process *p);

static bool parent_does_not_wait(const struct process *parent)
{
	const struct sigaction_abi *a = &parent->sig.actions[SIGCHLD];

	return a->handler == SIG_IGN_ABI || (a->flags & SA_NOCLDWAIT);
}

/* process_lock held. The zombie p becomes known to its parent, or goes at once. */
static void tell_parent(struct process *p)
{
	struct process *parent = p->parent;

	if (p->exit_signal)
		signal_send_child_locked(parent, p->exit_signal, p, p->wait_status);
	waitq_wake_all(&parent->child_exit);
	if (p->exit_signal == SIGCHLD && parent_does_not_wait(parent))
		process_reap_locked(p);
}

static void adopt_children(struct process *p)
{
	while (!list_empty(&p->children)) {
		struct process *child = list_first(&p->children, struct process, sibling);

		list_remove(&child->sibling);
		child->parent = init_process;
		child->exit_signal = SIGCHLD;
		list_push_back(&init_process->children, &child->sibling);
		if (child->zombie)
			tell_parent(child);
		else
			group_check_orphaned(child, p);
	}
}

void vfork_init(struct vfork *v, struct process *child)
{
	v->child = child;
	waitq_init(&v->done);
	child->vfork = v;
}

void vfork_wait(struct vfork *v)
{
	lock_acquire(&process_lock);
	while (v->child && !waitq_sleep_killable(&v->done, &process_lock))
		;
	if (v->child)
		v->child->vfork = NULL;
	lock_release(&process_lock);
}

void process_vfork_done(struct process *p)
{
	lock_acquire(&process_lock);
	if (p->vfork) {
		p->vfork->child = NULL;
		waitq_wake_all(&p->vfork->done);
		p->vfork = NULL;
	}
	lock_release(&process_lock);
}

/* The thread uses the space no more. */
static void leave_space(struct thread *self)
{
	irq_disable();
	self->aspace = NULL;
	tlb_switch(NULL);
	irq_enable();
}

/* Before anybody can know that the caller ends: whoever begins to end last gives the process its status. */
static void begin_to_end(struct process *p, i32 status)
{
	lock_acquire(&process_lock);
	if (--p->thread_live == 0 && !p->exiting)
		p->wait_status = status;
	lock_release(&process_lock);
}

/* False: the caller is the last, and has become the process. */
static bool leave_process(struct process *p, struct thread *self)
{
	bool last;

	lock_acquire(&process_lock);
	last = p->thread_count == 1;
	if (!last) {
		process_drop_thread_locked(self);
		signal_thread_left_locked(p);
		if (p->thread_count == 1)
			waitq_wake_all(&p->alone);
	}
	lock_release(&process_lock);
	return !last;
}

/* What nobody else looks at goes first, without process_lock. */
static void give_back(struct process *p)
{
	struct aspace *as = p->aspace;

	process_release(p);
	process_vfork_done(p);
	lock_acquire(&process_lock);
	usage_update(p);
	p->aspace = NULL; /* others look at it under process_lock */
	lock_release(&process_lock);
	aspace_unref(as);
}

static void become_zombie(struct process *p, struct thread *self)
{
	lock_acquire(&process_lock);
	process_drop_thread_locked(self);
	usage_update(p);
	p->zombie = true;
	p->stopped = false;
	p->wait_events = 0;
	group_check_orphaned(p, p);
	adopt_children(p);
	tell_parent(p);
	lock_release(&process_lock);
}

static void check_not_init(const struct process *p, i32 status)
{
	if (p == init_process)
		panic("process 1 ended, status %#x", (u32)status);
}

void thread_end(i32 status)
{
	struct thread *self = thread_current();
	struct process *p = self->process;

	begin_to_end(p, status);
	futex_thread_ends(self);
	leave_space(self);
	if (leave_process(p, self))
		thread_exit();
	trace_record(TRACE_PROCESS, (u64)p->pid, 3);
	check_not_init(p, p->wait_status);
	give_back(p);
	become_zombie(p, self);
	thread_exit();
}

/* The first reason counts; who is killed by an exec takes nobody along. */
void process_exit(i32 status)
{
	struct thread *self = thread_current();
	struct process *p = self->process;

	check_not_init(p, status); /* while its stack can be read */
	lock_acquire(&process_lock);
	if (!p->exiting && (!p->single || p->single == self)) {
		p->exiting = true;
		p->wait_status = status;
		signal_kill_others_locked(p, self);
	}
	lock_release(&process_lock);
	thread_end(status);
}

int process_make_single(void)
{
	struct thread *self = thread_current();
	struct process *p = self->process;
	int err = 0;

	lock_acquire(&process_lock);
	if (signal_kill_pending()) {
		err = -EINTR;
	} else if (p->thread_count > 1) {
		p->single = self;
		signal_kill_others_locked(p, self);
		while (p->thread_count > 1 && !err)
			err = waitq_sleep_killable(&p->alone, &process_lock);
		p->single = NULL;
	}
	if (!err) {
		p->leader = self;
		self->tid = p->pid;
	}
	lock_release(&process_lock);
	return err;
}
