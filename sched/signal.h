/*
 * signal.h - signals as far as they are here: default actions, SIG_IGN, blocking (Linux signal(7)).
 *
 * A pending signal that is neither blocked nor ignored acts when the process returns to ring 3; a
 * sleeper that such a signal reaches leaves its queue with -EINTR first. SIGKILL and SIGSTOP cannot be
 * blocked or ignored. Process 1 gets only what it would not die of. State is guarded by process_lock.
 */
#pragma once

#include "kernel/lib/types.h"

struct process;
struct trapframe;

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
	u64 pending, blocked;
	u64 blocked_before;      /* what ppoll or sigsuspend replaced for the time of the call ... */
	bool suspended;          /* ... if one did */
	struct sigaction_abi actions[SIGNALS]; /* as set; handlers are stored, not run (docs: differences) */
};

/* Sends from the kernel or after permission was checked. process_lock held. */
void signal_send_locked(struct process *p, int signal);
void signal_send(struct process *p, int signal);       /* takes process_lock */
/* To the running process, from the timer interrupt, which may have come while process_lock is held: sets the bit;
 * what acts and what is ignored is judged on the way to ring 3. */
void signal_raise(struct process *p, int signal);
/* To the calling process, at once and not to be ignored or blocked: a fault. */
void signal_fault(int signal);
/* Every process of the group; how many. */
u32 signal_group(i32 pgid, int signal);
/* kill(2): all forms of pid; signal 0 only checks. -ESRCH, -EINVAL, -EPERM. */
int signal_kill(i32 pid, int signal);
/* Is there something that the calling process must act on (or leave a sleep for)? */
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
/* Acts on pending signals of the calling process on its way to ring 3; may not return. */
void signal_deliver(void);
