/*
 * process.h - the process control block, the tree, groups and sessions, life and death.
 *
 * One lock, process_lock (RANK_PROCESS), guards the tree: the fields so marked of every process. A
 * process is found by pid under it; it stays allocated while anything refers to it:
 *
 *   R1  the tree holds it from process_publish() until its parent has waited for it;
 *   R2  its living threads hold it.
 *
 * Its threads share all that it owns. The leader is the one whose tid is the pid. A thread leaves the list under
 * process_lock before it is freed, so whoever holds the lock may use those on the list; the last stays on it until
 * the process is a zombie. The leader may leave first: the process lives on, under the same pid, without one.
 */
#pragma once

#include "kernel/lib/limits.h"
#include "kernel/lib/lock.h"
#include "sched/cred.h"
#include "sched/futex.h"
#include "sched/signal.h"
#include "sched/thread.h"
#include "sched/usage.h"
#include "sched/waitq.h"

struct handle_table; /* ipc/handle.h: the top floor attaches it */

#define PROCESS_NAME 16
#define PROCESS_PATH 256

struct process {
	/* process_lock */
	i32 pid, pgid, sid;
	struct process *parent;
	struct list children, sibling, all_link;
	struct list births;      /* children that are not in the tree yet, by `sibling`: kill.c */
	bool zombie;
	i32 wait_status;         /* as wait4 gives it: exit_group's, a signal's, or the last thread's */
	u32 wait_events;         /* WAIT_STOPPED, WAIT_CONTINUED not yet reported */
	i32 stop_signal;
	i32 exit_signal;         /* told to the parent; SIGCHLD, or 0 */
	struct waitq child_exit; /* parents in wait4 */
	struct list threads;     /* struct thread, the leader first */
	u32 thread_count;        /* on the list */
	u32 thread_live;         /* of them: those that have not begun to end */
	struct thread *leader;   /* NULL once it has ended */
	bool exiting;            /* all threads end: exit_group, a signal */
	struct thread *single;   /* waits for all others to end: exec ... */
	struct waitq alone;      /* ... here */
	struct vfork *vfork;     /* who waits in vfork() for this process, or NULL */
	bool executed;           /* has called execve: setpgid by the parent is EACCES */
	bool stopped;            /* or about to be: ... */
	u32 parked;              /* ... threads that have stopped */
	struct sigstate sig;
	struct work ended;       /* what threads used that have ended */
	struct usage own;        /* as last asked for; final once dead */
	struct usage reaped;     /* of children that it has waited for, and theirs */
	struct rlimit_abi limits[LIMITS]; /* read without the lock (limits.h) */

	u64 charged_ns;          /* atomic: processor time as of the last ticks */

	/* owned by the process itself; others read under process_lock where noted */
	struct aspace *aspace;
	struct handle_table *handles;
	struct cred cred;
	u64 identity;            /* never reused */
	char name[PROCESS_NAME]; /* process_lock */
	char path[PROCESS_PATH]; /* of the running program: /proc/self/exe */
	u64 unknown_calls[8];    /* atomic: which ENOSYS has been logged; a bit a number, the last word shared */
};

enum { WAIT_STOPPED = 1, WAIT_CONTINUED = 2 };

extern struct spinlock process_lock;

static inline struct process *process_current(void)
{
	return thread_current()->process;
}

const struct cred *cred_current(void); /* a kernel thread's are root's */

void process_init(void);
/* A child of `parent` (NULL: process 1) with a leader that has not started, no space and no handles yet; limits, signal
 * actions and credentials are the parent's. Not in the tree before process_publish(): a failure in between is undone by
 * process_discard(). */
struct process *process_create(struct process *parent);
/* False, and nothing has changed: the caller is being killed. Its whole group may be, and this child was not in it. */
bool process_publish(struct process *p);
void process_discard(struct process *p);

/* Under process_lock: */
struct process *process_find(i32 pid);
struct process *process_of_thread(i32 tid, struct thread **out); /* *out NULL: of a leader that has ended */
struct process *process_first(void);                  /* ascending by pid */
struct process *process_next(struct process *p);
bool process_group_exists(i32 pgid, i32 sid);

/* Gives the calling process one more thread, `t`, that has not started, and `t` its tid. -EINTR: the caller is to
 * die, and so no thread may be added. */
int process_add_thread(struct thread *t);

/* exit.c: the end of the calling thread; if it is the last, of its process, which then gives back what it owns, hands
 * its children to process 1, becomes a zombie and tells its parent. `status` as wait4 gives it. */
_Noreturn void thread_end(i32 status);
/* The end of all threads of the calling process. */
_Noreturn void process_exit(i32 status);
/* Ends all other threads and makes the caller the leader. -EINTR: a signal or another thread was faster, and the
 * caller is to die. */
int process_make_single(void);
/* Set once by the top floor: gives back what floors above sched own of a dying process. */
extern void (*process_release)(struct process *p);

/* A thread in vfork(), on its stack. */
struct vfork {
	struct process *child; /* NULL once it has executed a program or ended; process_lock */
	struct waitq done;
};

/* The child is to be waited for; it has not started. */
void vfork_init(struct vfork *v, struct process *child);
/* The calling thread sleeps until the child execs or ends, or the caller is killed. */
void vfork_wait(struct vfork *v);
/* Ends a vfork: the parent goes on. At exec and exit. */
void process_vfork_done(struct process *p);

struct wait_result {
	i32 pid;
	i32 status;
	u32 uid;
	struct usage usage;
};

#define WNOHANG    1
#define WUNTRACED  2 /* for waitid: WSTOPPED */
#define WEXITED    4
#define WCONTINUED 8
#define WNOWAIT    0x01000000

#define WAIT_ANY INT32_MIN
/* selector: WAIT_ANY, 0 own group, < 0 that group, > 0 one process. 0 and a result with pid 0: nothing
 * yet (WNOHANG). -ECHILD, -EINTR. */
int process_wait(i32 selector, u32 options, struct wait_result *out);

int process_set_group(i32 pid, i32 pgid); /* setpgid: -ESRCH, -EPERM, -EACCES, -EINVAL */
i32 process_new_session(void);            /* setsid: the sid or -EPERM */
u64 process_count(void);
u64 process_thread_count(void);            /* of all processes */

static inline i32 status_exited(int code)
{
	return (code & 0xff) << 8;
}

static inline i32 status_stopped(int signal)
{
	return 0x7f | signal << 8;
}

#define STATUS_CONTINUED 0xffff

static inline i32 status_signalled(int signal)
{
	return signal & 0x7f;
}
