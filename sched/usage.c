/*
 * usage.c - see usage.h.
 */
#include "kernel/x86/clock.h"
#include "sched/process.h"

u64 thread_cpu_ns(const struct thread *t)
{
	return t->cpu_ns + (t->state == THREAD_RUNNING ? clock_now() - t->run_since : 0);
}

/* As Linux's cputime_adjust(): what ticks say of the kernel's share may shrink, what was told may not. */
static void split_time(struct usage *u, u64 cpu, const u64 ticks[2])
{
	u64 all = ticks[0] + ticks[1];
	u64 system = all ? cpu / all * ticks[1] + cpu % all * ticks[1] / all : 0;

	if (cpu <= u->user_ns + u->system_ns)
		return;
	system = MAX(system, u->system_ns);
	u->user_ns = MAX(cpu - system, u->user_ns);
	u->system_ns = cpu - u->user_ns;
}

void usage_update(struct process *p)
{
	const struct thread *t = p->thread;
	struct usage *u = &p->own;

	if (p->aspace)
		u->peak_pages = MAX(u->peak_pages, MAX(p->aspace->peak, p->aspace->resident));
	if (!t)
		return;
	split_time(u, thread_cpu_ns(t), t->ticks);
	u->faults = t->faults;
	u->voluntary = t->switches[0];
	u->involuntary = t->switches[1];
}

void usage_add(struct usage *to, const struct usage *from)
{
	to->user_ns += from->user_ns;
	to->system_ns += from->system_ns;
	to->faults += from->faults;
	to->voluntary += from->voluntary;
	to->involuntary += from->involuntary;
	to->peak_pages = MAX(to->peak_pages, from->peak_pages);
}

/* As Linux: SIGKILL at the hard limit; at the soft one SIGXCPU, and again each second. */
static void check_cpu_limit(struct process *p, u64 seconds)
{
	struct rlimit_abi *l = &p->limits[LIMIT_CPU];

	if (l->soft == LIMIT_NONE)
		return;
	if (seconds >= l->hard) {
		signal_raise(p, SIGKILL);
	} else if (seconds >= l->soft) {
		signal_raise(p, SIGXCPU);
		l->soft++;
	}
}

void usage_tick(struct thread *t, bool from_user)
{
	t->ticks[!from_user]++;
	check_cpu_limit(t->process, thread_cpu_ns(t) / NS_PER_SECOND);
}
