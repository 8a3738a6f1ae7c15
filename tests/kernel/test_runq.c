/*
 * test_runq.c - the line of ready threads.
 */
#include "sched/policy.h"
#include "sched/sched.h"
#include "tests/kernel/support.h"

static void nothing(void *argument)
{
	(void)argument;
}

/* Q2, whatever the policy: ascending, and first come, first served among equals. */
KTEST(runq_policy)
{
	struct thread *a = thread_create_kernel(nothing, NULL), *b = thread_create_kernel(nothing, NULL);
	static struct runq q;

	REQUIRE(a && b);
	b->order = a->order; /* their creator's, which a tick between the two changes */
	runq_init(&q);
	EXPECT(runq_empty(&q) && !runq_take(&q) && q.first == ORDER_NONE);
	runq_put(&q, a, WAKES);
	runq_put(&q, b, WAKES);
	EXPECT(runq_first(&q) == a && q.first == a->order && a->order == b->order);
	runq_remove(&q, a);
	runq_put(&q, a, WAKES);
	EXPECT(runq_take(&q) == b && runq_take(&q) == a && runq_empty(&q) && q.first == ORDER_NONE);
	thread_destroy(a);
	thread_destroy(b);
}

/* Who yields lets at least one go first, however little it has had. */
KTEST(fair_yield_stands_behind)
{
	struct thread *a = thread_create_kernel(nothing, NULL), *b = thread_create_kernel(nothing, NULL);
	static struct runq q;

	REQUIRE(a && b);
	runq_init(&q);
	a->order = 1000000;
	fair.place(&q, a, WAKES);
	runq_put(&q, a, STAYS);
	q.running = b;
	b->order = 0;
	fair.place(&q, b, YIELDS);
	runq_put(&q, b, STAYS);
	EXPECT(runq_take(&q) == a && runq_take(&q) == b);
	thread_destroy(a);
	thread_destroy(b);
}
