/*
 * runq.c - round robin: first come, first served, SLICE_NS each (runq.h).
 */
#include "sched/runq.h"

struct runq runqs[MAX_CPUS];

void runq_init(struct runq *q)
{
	lock_init(&q->lock, RANK_RUNQ, "runq");
	list_init(&q->ready);
}

void runq_add(struct runq *q, struct thread *t)
{
	list_push_back(&q->ready, &t->run_link);
}

struct thread *runq_take(struct runq *q)
{
	struct list *l = list_pop_front(&q->ready);

	return l ? list_entry(l, struct thread, run_link) : NULL;
}

void runq_remove(struct runq *q, struct thread *t)
{
	(void)q;
	list_remove(&t->run_link);
}

bool runq_empty(const struct runq *q)
{
	return list_empty(&q->ready);
}
