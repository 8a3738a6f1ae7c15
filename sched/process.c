/*
 * process.c - processes: birth, the tree, death. Waiting is in wait.c, groups and sessions in group.c.
 *
 * A process dies in this order: give back what nobody else sees (handles, space), then under process_lock
 * become a zombie and tell the parent, then end the thread, which touches the process no more (R1, R2).
 */
#include "kernel/lib/panic.h"
#include "kernel/lib/string.h"
#include "kernel/lib/trace.h"
#include "kernel/x86/asm.h"
#include "mm/cache.h"
#include "mm/usercopy.h"
#include "sched/group.h"
#include "sched/limit.h"
#include "sched/sched.h"

#define PID_MAX   32768
#define PID_AGAIN 300 /* where numbering starts over, as on Linux */

struct spinlock process_lock = SPINLOCK(RANK_PROCESS, "process");
void (*process_release)(struct process *p);

static struct list all = LIST_INIT(all); /* process_lock; ascending by pid */
static i32 last_pid;                     /* process_lock */
static u64 last_identity;                /* process_lock */
static u64 count;                        /* process_lock */
static struct process *init_process;     /* written once */
static struct cache process_cache;

void process_init(void)
{
	cache_init(&process_cache, "process", sizeof(struct process), 0);
}

const struct cred *cred_current(void)
{
	static const struct cred root;
	const struct process *p = process_current();

	return p ? &p->cred : &root;
}

u64 process_count(void)
{
	return count;
}

struct process *process_first(void)
{
	return list_empty(&all) ? NULL : list_first(&all, struct process, all_link);
}

struct process *process_next(struct process *p)
{
	return p->all_link.next == &all ? NULL : list_first(&p->all_link, struct process, all_link);
}

struct process *process_find(i32 pid)
{
	for (struct process *p = process_first(); p; p = process_next(p))
		if (p->pid == pid)
			return p;
	return NULL;
}

/* Not in use as a pid, nor as the name of a group or session that outlived its leader. */
static bool pid_in_use(i32 pid)
{
	for (struct process *p = process_first(); p; p = process_next(p))
		if (p->pid == pid || p->pgid == pid || p->sid == pid)
			return true;
	return false;
}

static i32 pid_choose(void)
{
	do
		last_pid = last_pid >= PID_MAX - 1 ? PID_AGAIN : last_pid + 1;
	while (pid_in_use(last_pid));
	return last_pid;
}

struct process *process_create(struct process *parent)
{
	struct process *p = cache_alloc_zeroed(&process_cache);

	if (!p)
		return NULL;
	p->thread = thread_create_user(p);
	if (!p->thread) {
		cache_free(&process_cache, p);
		return NULL;
	}
	p->parent = parent;
	memcpy(p->limits, parent ? parent->limits : limits_default, sizeof p->limits);
	p->exit_signal = SIGCHLD;
	p->cred.umask = 022; /* process 1's */
	list_init(&p->children);
	list_init(&p->sibling);
	list_init(&p->all_link);
	waitq_init(&p->child_exit);
	waitq_init(&p->vfork_done);
	return p;
}

static void insert_by_pid(struct process *p)
{
	struct list *at = all.prev; /* mostly the highest so far */

	while (at != &all && list_entry(at, struct process, all_link)->pid > p->pid)
		at = at->prev;
	list_insert_before(at->next, &p->all_link);
}

void process_publish(struct process *p)
{
	struct process *parent = p->parent;

	lock_acquire(&process_lock);
	p->pid = p->thread->tid = pid_choose();
	p->identity = ++last_identity;
	insert_by_pid(p);
	count++;
	if (parent) {
		list_push_back(&parent->children, &p->sibling);
		p->pgid = parent->pgid;
		p->sid = parent->sid;
	} else {
		init_process = p;
		p->pgid = p->sid = p->pid;
	}
	lock_release(&process_lock);
	trace_record(TRACE_PROCESS, (u64)p->pid, 1);
}

void process_discard(struct process *p)
{
	if (p->aspace)
		aspace_unref(p->aspace);
	thread_destroy(p->thread);
	cache_free(&process_cache, p);
}

/* process_lock held: p is a zombie that nobody will ask for any more. */
void process_reap_locked(struct process *p)
{
	ASSERT(p->zombie && !p->thread && list_empty(&p->children));
	list_remove(&p->sibling);
	list_remove(&p->all_link);
	count--;
	cache_free(&process_cache, p);
}

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
		signal_send_locked(parent, p->exit_signal);
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
		child->vfork_parent = NULL;
		child->exit_signal = SIGCHLD;
		list_push_back(&init_process->children, &child->sibling);
		if (child->zombie)
			tell_parent(child);
		else
			group_check_orphaned(child, p);
	}
}

void process_vfork_done(struct process *p)
{
	lock_acquire(&process_lock);
	if (p->vfork_parent) {
		p->vfork_parent->vfork_waiting = false;
		waitq_wake_all(&p->vfork_parent->vfork_done);
		p->vfork_parent = NULL;
	}
	lock_release(&process_lock);
}

void process_vfork_wait(void)
{
	struct process *p = process_current();

	lock_acquire(&process_lock);
	while (p->vfork_waiting)
		if (waitq_sleep_killable(&p->vfork_done, &process_lock))
			break;
	lock_release(&process_lock);
}

/* What nobody else looks at goes first, without process_lock. */
static void give_back(struct process *p)
{
	static const u32 zero;
	struct thread *t = p->thread;
	struct aspace *as = p->aspace;

	if (t->clear_tid.v)
		(void)copy_to_user(t->clear_tid, &zero, sizeof zero);
	process_release(p);
	process_vfork_done(p);
	lock_acquire(&process_lock);
	usage_update(p);
	p->aspace = NULL; /* others look at it under process_lock */
	lock_release(&process_lock);
	t->aspace = NULL;
	irq_disable();
	tlb_switch(NULL);
	irq_enable();
	aspace_unref(as);
}

void process_exit(i32 status)
{
	struct process *p = process_current();

	trace_record(TRACE_PROCESS, (u64)p->pid, 3);
	if (p == init_process)
		panic("process 1 ended, status %#x", (u32)status);
	give_back(p);
	lock_acquire(&process_lock);
	usage_update(p);
	p->thread->process = NULL; /* whose next tick must not look for it */
	p->thread = NULL;
	p->zombie = true;
	p->stopped = false;
	p->wait_events = 0;
	p->wait_status = status;
	group_check_orphaned(p, p);
	adopt_children(p);
	tell_parent(p);
	lock_release(&process_lock);
	thread_exit();
}
