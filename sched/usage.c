/*
 * usage.c - see usage.h.
 */
#include "kernel/x86/clock.h"
#include "sched/process.h"
#include "sched/runq.h"

u64 thread_cpu_ns(const struct thread *t)
{
	bool irq;
	struct runq *q = runq_lock_of(t, &irq); /* or a charge between two of the reads would count twice */
	u64 ns = t->cpu_ns, now;

	if (t->state == THREAD_RUNNING) {
		now = clock_now();
		ns += now - MIN(now, t->run_since);
	}
	lock_release_irq(&q->lock, irq);
	return ns;
}

static void work_add(struct work *w, const struct thread *t)
{
	w->cpu_ns += thread_cpu_ns(t);
	w->faults += t->faults;
	for (int i = 0; i < 2; i++) {
		w->ticks[i] += t->ticks[i];
		w->switches[i] += t->switches[i];
	}
}

static struct work work_of(const struct process *p)
{
	struct work w = p->ended;

	list_for(i, (struct list *)&p->threads)
		work_add(&w, list_entry(i, struct thread, group_link));
	return w;
}

u64 process_cpu_ns(const struct process *p)
{
	return work_of(p).cpu_ns;
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

static void tell(struct usage *u, const struct work *w)
{
	split_time(u, w->cpu_ns, w->ticks);
	u->faults = w->faults;
	u->voluntary = w->switches[0];
	u->involuntary = w->switches[1];
}

void usage_update(struct process *p)
{
	const struct work w = work_of(p);
	struct usage *u = &p->own;

	if (p->aspace)
		u->peak_pages = MAX(u->peak_pages, MAX(p->aspace->peak, p->aspace->resident));
	tell(u, &w);
}

void usage_update_thread(struct thread *t)
{
	struct work w = {0};

	usage_update(t->process);
	work_add(&w, t);
	tell(&t->own, &w);
	t->own.peak_pages = t->process->own.peak_pages; /* as on Linux: memory is the process's */
}

void usage_thread_left(struct thread *t)
{
	work_add(&t->process->ended, t);
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
static void check_cpu_limit(struct thread *t, u64 seconds)
{
	struct rlimit_abi *l = &t->process->limits[LIMIT_CPU];

	if (l->soft == LIMIT_NONE)
		return;
	if (seconds >= l->hard) {
		signal_raise(t, SIGKILL);
	} else if (seconds >= l->soft) {
		signal_raise(t, SIGXCPU);
		l->soft++;
	}
}

/* The process's time is summed up as its threads are found running: the tick does not go through them all. */
void usage_tick(struct thread *t, bool from_user)
{
	u64 more = t->cpu_ns - t->charged_ns, ns;

	t->ticks[!from_user]++;
	t->charged_ns = t->cpu_ns;
	ns = __atomic_add_fetch(&t->process->charged_ns, more, __ATOMIC_RELAXED);
	check_cpu_limit(t, ns / NS_PER_SECOND);
}
