/*
 * signal.h - signals as far as they are here: default actions, SIG_IGN, blocking (Linux signal(7)).
 *
 * A signal is sent to a process, and then acts in whichever of its threads does not block it, or to one thread. It
 * acts when that thread returns to ring 3; if it sleeps, it leaves its queue with -EINTR first. What a signal does, it
 * does to the whole process: end, stop, go on. SIGKILL and SIGSTOP cannot be blocked or ignored. Process 1 gets only
 * what it would not die of.
 *
 *   G1  All of it changes under process_lock, but for the atomic words that signal_raise() sets.
 *   G2  thread.signalled is set whenever its thread must look; only that thread clears it, and looks afterwards.
 */
#pragma once

#include "kernel/lib/types.h"

struct process;
struct thread;

enum {
	SIGHUP = 1, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGUSR1, SIGSEGV,
	SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGSTKFLT, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU,
	SIGURG, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGWINCH, SIGIO, SIGPWR, SIGSYS, SIGNALS = 65
};

#define SIG_BIT(n) BIT((n) - 1)

/* Linux's kernel struct sigaction for x86-64. */
struct sigaction_abi {
	u64 handler, flags, restorer, mask;
};
#define SIG_DFL_ABI 0
#define SIG_IGN_ABI 1
#define SA_NOCLDSTOP 1
#define SA_NOCLDWAIT 2

struct sigstate {
	u64 pending; /* for whichever thread does not block it; atomic */
	struct sigaction_abi actions[SIGNALS]; /* as set; handlers are stored, not run (docs: differences) */
};

/* Sends from the kernel or after permission was checked. process_lock held. */
void signal_send_locked(struct process *p, int signal);
void signal_send(struct process *p, int signal);       /* takes process_lock */
/* To one of its threads; `to` NULL: to the process. process_lock held. */
void signal_send_to_locked(struct process *p, struct thread *to, int signal);
/* To the process of the running thread, from the timer interrupt, which may have come while process_lock is held: sets
 * the bit; what acts and what is ignored is judged on the way to ring 3. */
void signal_raise(struct thread *t, int signal);
/* To the calling process, at once and not to be ignored or blocked: a fault. */
void signal_fault(int signal);
/* SIGKILL to each thread of the process but one: exit_group, exec. process_lock held. */
void signal_kill_others_locked(struct process *p, const struct thread *but);
/* A thread was added, and has not started; or the calling thread has left. process_lock held. */
void signal_thread_added_locked(struct thread *t);
void signal_thread_left_locked(struct process *p);
/* Every process of the group; how many. */
u32 signal_group(i32 pgid, int signal);
/* kill(2): all forms of pid; signal 0 only checks. -ESRCH, -EINVAL, -EPERM. */
int signal_kill(i32 pid, int signal);
/* tgkill(2), or with a tgid of 0 tkill(2). -ESRCH, -EINVAL, -EPERM. */
int signal_kill_thread(i32 tgid, i32 tid, int signal);
/* Is there something that the calling thread must act on (or leave a sleep for)? */
bool signal_pending(void);
bool signal_kill_pending(void); /* SIGKILL */
/* rt_sigaction and rt_sigprocmask: 0 or -EINVAL. */
int signal_set_action(int signal, const struct sigaction_abi *act, struct sigaction_abi *old);
int signal_set_mask(int how, const u64 *set, u64 *old);
/* ppoll, sigsuspend: another set is blocked while the call sleeps; signal_resume_mask() brings the old one back. */
void signal_suspend_mask(u64 mask);
void signal_resume_mask(void);
/* What exec does: blocked and ignored stay, everything else goes back to the default. */
void signal_exec(struct process *p);
/* Acts on pending signals of the calling thread on its way to ring 3; may not return. */
void signal_deliver(void);
