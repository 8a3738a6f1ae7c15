/*
 * runq.c - the lines of ready threads, and where to look for work elsewhere (runq.h: Q1 to Q3).
 */
#include "sched/policy.h"
#include "kernel/lib/string.h"

struct runq runqs[MAX_CPUS];
const struct policy *policy = &fair;

bool policy_choose(const char *name)
{
	const struct policy *const all[] = {&fair, &round_robin};

	for (u32 i = 0; i < ARRAY_SIZE(all); i++) {
		if (!strcmp(all[i]->name, name)) {
			policy = all[i];
			return true;
		}
	}
	return false;
}

void runq_init(struct runq *q)
{
	lock_init(&q->lock, RANK_RUNQ, "runq");
	list_init(&q->ready);
	q->first = ORDER_NONE;
	q->slice_end = TIME_NEVER;
}

static struct thread *entry(struct list *l)
{
	return list_entry(l, struct thread, run_link);
}

struct runq *runq_lock_of(const struct thread *t, bool *irq)
{
	for (;;) {
		u32 cpu = __atomic_load_n(&t->cpu, __ATOMIC_RELAXED);

		*irq = lock_acquire_irq(&runqs[cpu].lock);
		if (likely(t->cpu == cpu))
			return &runqs[cpu];
		lock_release_irq(&runqs[cpu].lock, *irq);
	}
}

void runq_put(struct runq *q, struct thread *t, enum reason reason)
{
	struct list *after = q->ready.prev;

	if (reason != STAYS)
		policy->place(q, t, reason);
	while (after != &q->ready && entry(after)->order > t->order)
		after = after->prev;
	list_insert_before(after->next, &t->run_link);
	runq_publish(q);
}

u64 runq_limit(const struct runq *q)
{
	u64 best;

	if (!q->running)
		return ORDER_NONE;
	best = MIN(q->running->order, q->first);
	return best - MIN(best, policy->margin(q));
}

int runq_victim(struct runq *q, u32 cpu, u64 tried)
{
	u64 first = ORDER_NONE;
	int victim = -1;

	for (u32 i = 0; i < cpu_count; i++) {
		u64 published = __atomic_load_n(&runqs[i].first, __ATOMIC_RELAXED);

		if (i != cpu && !(tried & BIT(i)) && published < first) {
			first = published;
			victim = (int)i;
		}
	}
	if (victim >= 0 && q->running)
		policy->compare(q, &runqs[victim]);
	return first < runq_limit(q) ? victim : -1;
}

struct thread *runq_steal(struct runq *from, u32 cpu, u64 limit)
{
	list_for(i, &from->ready) {
		struct thread *t = entry(i);

		if (t->order >= limit)
			break;
		if (t->affinity & BIT(cpu)) {
			runq_remove(from, t);
			return t;
		}
	}
	return NULL;
}
