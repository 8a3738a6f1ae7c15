/*
 * signal.h - signals (Linux signal(7)): default actions, SIG_IGN, handlers, blocking.
 *
 * A signal is sent to a process, and then acts in whichever of its threads does not block it, or to one thread. It
 * acts when that thread returns to ring 3; if it sleeps, it leaves its queue with -EINTR first. What a signal does, it
 * does to the whole process: end, stop, go on. SIGKILL and SIGSTOP cannot be blocked or ignored. Process 1 gets only
 * what it would not die of. A handler is run by the top floor (kernel/sigframe.h): this one says which is due.
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
#define SA_RESTORER  0x04000000 /* must be: there is no code of the kernel's in ring 3 */
#define SA_RESTART   0x10000000
#define SA_NODEFER   0x40000000
#define SA_RESETHAND 0x80000000

/* si_code (sigaction(2)) for what the kernel sends on its own, and for kill and tkill. */
enum { SI_USER = 0, SI_KERNEL = 0x80, SI_TKILL = -6 };
enum { CLD_EXITED = 1, CLD_KILLED, CLD_DUMPED, CLD_TRAPPED, CLD_STOPPED, CLD_CONTINUED };

/* Why a signal was sent, for its handler's siginfo_t. */
struct sigorigin {
	i16 code;
	u16 status; /* of SIGCHLD; in thread.fault: the signal */
	u32 who[2]; /* the sender's pid and real uid; of a fault, the address */
};

struct sigstate {
	u64 pending; /* for whichever thread does not block it; atomic */
	struct sigaction_abi actions[SIGNALS];
	struct sigorigin origins[SIGNALS]; /* of those pending */
};

/* A signal whose handler is due: it is no longer pending, and its mask is in force. */
struct sigdelivery {
	int signal;
	struct sigaction_abi action;
	struct sigorigin origin;
	u64 blocked; /* to be restored by sigreturn */
};

/* Sends from the kernel or after permission was checked. process_lock held. */
void signal_send_locked(struct process *p, int signal);
void signal_send(struct process *p, int signal);       /* takes process_lock */
/* To one of its threads; `to` NULL: to the process. process_lock held. */
void signal_send_to_locked(struct process *p, struct thread *to, int signal, const struct sigorigin *from);
/* SIGCHLD, or what clone asked for, because of `child`, whose status is as wait4 gives it. process_lock held. */
void signal_send_child_locked(struct process *parent, int signal, const struct process *child, i32 status);
/* Takes a status of wait4's apart: CLD_ and exit code or signal. */
void wait_status_split(i32 status, i32 *code, i32 *value);
/* To the process of the running thread, from the timer interrupt, which may have come while process_lock is held: sets
 * the bit; what acts and what is ignored is judged on the way to ring 3. */
void signal_raise(struct thread *t, int signal);
/* To the calling thread, at once: a fault. Where no handler can run now it ends the process and does not return. */
void signal_fault(int signal, int code, u64 address);
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
/* What sigreturn does. */
void signal_set_blocked(u64 blocked);
/* Acts on pending signals of the calling thread on its way to ring 3; may not return. True: a handler is due, which
 * the caller sees to. */
bool signal_deliver(struct sigdelivery *out);
