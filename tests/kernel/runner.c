/*
 * runner.c - runs the registered tests and prints KTAP (Documentation/dev-tools/ktap in Linux's tree).
 */
#include "ipc/handle.h"
#include "ipc/mqueue.h"
#include "kernel/lib/log.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/string.h"
#include "kernel/lib/test.h"
#include "kernel/x86/power.h"
#include "mm/audit.h"
#include "mm/cache.h"
#include "mm/frame.h"
#include "mm/kstack.h"
#include "sched/process.h"
#include "sched/sched.h"
#include "sched/stop.h"
#include "sched/wake.h"
#include "tests/kernel/support.h"

#define WATCHES 16
#define SETTLE_NS 20000000000ull
#define PLANT_PREFIX "plant/"

extern const struct ktest __ktests_start[], __ktests_end[];

struct watch {
	const char *name;
	u64 (*count)(void);
	u64 before;
};

static struct watch watches[WATCHES];
static u32 watch_count;
static u32 failures; /* of the running test */
static const char *skipped;

static void watch(const char *name, u64 (*count)(void))
{
	ASSERT(watch_count < WATCHES);
	watches[watch_count++] = (struct watch){name, count, 0};
}

void ktest_skip(const char *why)
{
	skipped = why;
}

void ktest_check(bool ok, const char *file, int line, const char *what)
{
	if (ok)
		return;
	failures++;
	log_raw("# %s:%d: expected: %s\n", file, line, what);
}

void ktest_check_eq(u64 actual, u64 expected, const char *file, int line, const char *what)
{
	if (actual == expected)
		return;
	failures++;
	log_raw("# %s:%d: %s: expected %ld (0x%lx), actual %ld (0x%lx)\n", file, line, what, expected, expected,
		actual, actual);
}

static void check_watches(void)
{
	for (u32 i = 0; i < watch_count; i++) {
		u64 now = watches[i].count();

		if (now == watches[i].before)
			continue;
		failures++;
		log_raw("# leak: %s: before the test %lu, after it %lu\n", watches[i].name, watches[i].before, now);
	}
}

/* What a test has left on other CPUs comes to its end there. */
static void settle(void)
{
	u64 end = clock_now() + SETTLE_NS;

	while (!wake_others_idle() && clock_now() < end)
		thread_yield();
}

static void check_audit(void)
{
	struct audit_result results[AUDIT_RULES];

	if (!stop_begin())
		return;
	if (!audit_run(results)) {
		failures++;
		log_raw("# the audit finds rules broken after the test\n");
	}
	stop_end();
	settle();
}

static bool run_one(const struct ktest *t, u32 number)
{
	failures = 0;
	skipped = NULL;
	log_raw("# running %s\n", t->name);
	for (u32 i = 0; i < watch_count; i++)
		watches[i].before = watches[i].count();
	t->run();
	settle();
	check_audit();
	check_watches();
	if (failures)
		log_raw("# rerun alone: make ktest T=%s\n", t->name);
	log_raw("%sok %u %s%s%s\n", failures ? "not " : "", number, t->name, skipped ? " # SKIP " : "",
		skipped ? skipped : "");
	return !failures;
}

static bool matches(const char *name, const char *pattern)
{
	size_t n = strlen(pattern);

	for (; strlen(name) >= n; name++)
		if (!strncmp(name, pattern, n))
			return true;
	return false;
}

static u32 run_matching(const char *pattern)
{
	u32 planned = 0, number = 0, failed = 0;

	for (const struct ktest *t = __ktests_start; t < __ktests_end; t++)
		planned += matches(t->name, pattern);
	log_raw("KTAP version 1\n1..%u\n", planned);
	for (const struct ktest *t = __ktests_start; t < __ktests_end; t++)
		if (matches(t->name, pattern))
			failed += !run_one(t, ++number);
	log_raw("# CR3 kept %lu flushed %lu, invlpg %lu, invpcid %lu, wraps %lu, shootdowns %lu\n",
		counter_sum(COUNT_CR3_KEPT), counter_sum(COUNT_CR3_FLUSHED), counter_sum(COUNT_INVLPG),
		counter_sum(COUNT_INVPCID), counter_sum(COUNT_PCID_WRAPS), counter_sum(COUNT_SHOOTDOWNS));
	log_raw("# ktest: %u passed, %u failed\n", planned - failed, failed);
	return failed;
}

static void run_tests(void *pattern)
{
	if (!strncmp(pattern, PLANT_PREFIX, strlen(PLANT_PREFIX))) {
		plant_run((char *)pattern + strlen(PLANT_PREFIX));
		power_exit(1);
	}
	watch("frames", frames_held);
	watch("objects", cache_live_total);
	watch("handles", handles_live);
	watch("queues", mq_queues_live);
	power_exit(run_matching(pattern) ? 1 : 0);
}

/* The tests run as process 1, in the kernel: so they can have children, wait for them and own handles. */
void ktest_start(char *pattern)
{
	struct process *p = process_create(NULL);

	if (p)
		p->handles = handles_create();
	if (!p || !p->handles)
		panic("no memory for the test process");
	p->leader->entry = run_tests;
	p->leader->argument = pattern;
	p->leader->affinity = 1; /* the tests count on who runs when */
	process_publish(p);
	thread_start(p->leader);
}
