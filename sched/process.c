/*
 * process.c - processes and their threads: birth, the tree, numbers. Death is in exit.c, waiting in wait.c, process
 * groups and sessions in group.c.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/string.h"
#include "kernel/lib/trace.h"
#include "mm/cache.h"
#include "sched/group.h"
#include "sched/limit.h"
#include "sched/sched.h"

#define PID_MAX   32768
#define PID_AGAIN 300 /* where numbering starts over, as on Linux */

struct spinlock process_lock = SPINLOCK(RANK_PROCESS, "process");
struct process *init_process;            /* group.h */

static struct list all = LIST_INIT(all); /* process_lock; ascending by pid */
static i32 last_pid;                     /* process_lock */
static u64 last_identity;                /* process_lock */
static u64 count, thread_count;          /* process_lock */
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

u64 process_thread_count(void)
{
	return thread_count;
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

static struct thread *find_thread(struct process *p, i32 tid)
{
	list_for(i, &p->threads) {
		struct thread *t = list_entry(i, struct thread, group_link);

		if (t->tid == tid)
			return t;
	}
	return NULL;
}

struct process *process_of_thread(i32 tid, struct thread **out)
{
	for (struct process *p = process_first(); p; p = process_next(p)) {
		*out = find_thread(p, tid);
		if (*out || p->pid == tid)
			return p;
	}
	return NULL;
}

/* Not in use by a thread, nor as the name of a process, group or session that outlived its leader. */
static bool pid_in_use(i32 pid)
{
	for (struct process *p = process_first(); p; p = process_next(p))
		if (p->pid == pid || p->pgid == pid || p->sid == pid || find_thread(p, pid))
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

static void thread_enlist(struct process *p, struct thread *t)
{
	list_push_back(&p->threads, &t->group_link);
	p->thread_count++;
	p->thread_live++;
}

/* From now on p gets what is sent to all of a group that the parent is in. */
static void conceive(struct process *parent, struct process *p)
{
	lock_acquire(&process_lock); /* a sibling may change them */
	memcpy(p->sig.actions, parent->sig.actions, sizeof p->sig.actions);
	p->cred = parent->cred;
	list_push_back(&parent->births, &p->sibling);
	lock_release(&process_lock);
}

struct process *process_create(struct process *parent)
{
	struct process *p = cache_alloc_zeroed(&process_cache);

	if (!p)
		return NULL;
	p->leader = thread_create_user(p);
	if (!p->leader) {
		cache_free(&process_cache, p);
		return NULL;
	}
	list_init(&p->threads);
	thread_enlist(p, p->leader);
	p->parent = parent;
	memcpy(p->limits, parent ? parent->limits : limits_default, sizeof p->limits);
	p->exit_signal = SIGCHLD;
	p->cred.umask = 022; /* process 1's */
	list_init(&p->children);
	list_init(&p->births);
	list_init(&p->sibling);
	list_init(&p->all_link);
	waitq_init(&p->child_exit);
	waitq_init(&p->alone);
	if (parent)
		conceive(parent, p);
	return p;
}

static void insert_by_pid(struct process *p)
{
	struct list *at = all.prev; /* mostly the highest so far */

	while (at != &all && list_entry(at, struct process, all_link)->pid > p->pid)
		at = at->prev;
	list_insert_before(at->next, &p->all_link);
}

bool process_publish(struct process *p)
{
	struct process *parent = p->parent;

	lock_acquire(&process_lock);
	if (parent && signal_kill_pending()) {
		lock_release(&process_lock);
		return false;
	}
	p->pid = p->leader->tid = pid_choose();
	thread_count++;
	p->identity = ++last_identity;
	insert_by_pid(p);
	count++;
	if (parent) {
		list_remove(&p->sibling);
		list_push_back(&parent->children, &p->sibling);
		p->pgid = parent->pgid;
		p->sid = parent->sid;
	} else {
		init_process = p;
		p->pgid = p->sid = p->pid;
	}
	lock_release(&process_lock);
	trace_record(TRACE_PROCESS, (u64)p->pid, 1);
	return true;
}

int process_add_thread(struct thread *t)
{
	struct process *p = t->process;
	int err = 0;

	lock_acquire(&process_lock);
	if (signal_kill_pending()) {
		err = -EINTR;
	} else {
		t->tid = pid_choose();
		thread_enlist(p, t);
		thread_count++;
		signal_thread_added_locked(t);
	}
	lock_release(&process_lock);
	return err;
}

void process_drop_thread_locked(struct thread *t)
{
	struct process *p = t->process;

	usage_thread_left(t);
	list_remove(&t->group_link);
	t->process = NULL; /* whose next tick must not look for it */
	if (p->leader == t)
		p->leader = NULL;
	p->thread_count--;
	thread_count--;
}

void process_discard(struct process *p)
{
	lock_acquire(&process_lock);
	list_remove(&p->sibling);
	lock_release(&process_lock);
	if (p->aspace)
		aspace_unref(p->aspace);
	thread_destroy(p->leader);
	cache_free(&process_cache, p);
}

/* process_lock held: p is a zombie that nobody will ask for any more. */
void process_reap_locked(struct process *p)
{
	ASSERT(p->zombie && list_empty(&p->threads) && list_empty(&p->children));
	list_remove(&p->sibling);
	list_remove(&p->all_link);
	count--;
	cache_free(&process_cache, p);
}
