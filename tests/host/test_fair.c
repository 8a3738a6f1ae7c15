/*
 * test_fair.c - the scheduling policies in random worlds of 1 to 4 CPUs and 2 to 32 threads (world.h): shares within
 * 2 % of ideal, nobody starves, nobody is lost, and the rules of fair.c.
 */
/* links: sched/runq.c sched/fair.c sched/round_robin.c */
#include "tests/host/world.h"

/* One CPU at a time is simulated: locks are always free. */
u32 cpu_count;

void lock_init(struct spinlock *l, enum lock_rank rank, const char *name)
{
	*l = (struct spinlock)SPINLOCK(rank, name);
}

bool lock_acquire_irq(struct spinlock *l)
{
	return false;
}

void lock_release_irq(struct spinlock *l, bool were_on)
{
}

static double worst_error(bool print)
{
	double worst = 0;

	for (u32 i = 0; i < worker_count; i++) {
		const struct worker *w = &workers[i];
		double error = (double)w->t.cpu_ns / w->done - 1;

		if (print)
			printf("# nice %3d, %s: ideal %.5f, got %.5f (%+.2f %%)\n", w->t.level,
			       w->period ? "sleeps" : "computes", w->done / (double)now,
			       (double)w->t.cpu_ns / (double)now, 100 * error);
		worst = MAX(worst, MAX(error, -error));
	}
	return worst;
}

/* One in four of those beyond `busy` asks for half of its share and sleeps in between. */
static void some_sleep(u32 busy)
{
	for (u32 i = busy; i < worker_count; i++) {
		struct worker *w = &workers[i];

		if (below(4))
			continue;
		w->period = 2 * MS + below(40 * MS);
		w->work = (u64)((double)w->period * w->rate / 2) + 1;
	}
}

/*
 * Nobody waits longer than three of the longest steps of virtual time take all the others, and a slice of each. (The
 * lightest makes the longest.)
 */
static u64 patience(void)
{
	double weights = 0;
	u64 wait = 0;

	for (u32 i = 0; i < worker_count; i++) {
		weights += weight_of(&workers[i]);
		wait += policy->slice(&workers[i].t) + TICK_NS;
	}
	return wait + (policy == &fair ? (u64)(weights * 3 * 35 * MS) : 0);
}

/*
 * The worst error of anybody's share. So many compute, if any sleep, that no share is ever more than a CPU: one that is
 * so only while others sleep for some ms has saved up SAVED slices (fair.c), and gets up to 5 % more than the fluid
 * gives it.
 */
static double run_world(u32 n, u32 threads, int nice_range, bool sleepers)
{
	double least = 1;
	u64 time;

	world_new(n, threads);
	for (u32 i = 0; i < threads; i++)
		workers[i].t.level = (i8)((int)below(2 * (u64)nice_range + 1) - nice_range);
	find_rates();
	for (u32 i = 0; i < threads; i++)
		least = MIN(least, workers[i].rate);
	if (sleepers)
		some_sleep(4 * n);
	time = MAX(20 * SECOND, (u64)(300 * (double)policy->slice(&workers[0].t) / least));
	world_start();
	run_until(time);
	expect(longest_wait <= patience(), "nobody starves");
	return worst_error(false);
}

static void test_shares(int nice_range, bool sleepers)
{
	double worst = 0;
	char what[96];

	for (u32 c = 1; c <= CPUS; c++) {
		for (u32 n = 2; n <= THREADS; n += 1 + n / 4) {
			double error = run_world(c, n, nice_range, sleepers);

			if (error > .02 || broken) {
				printf("# %u CPUs, %u threads: %s\n", c, n, broken ? broken : "unfair");
				worst_error(true);
				check(0, broken ? broken : "shares");
				return;
			}
			worst = MAX(worst, error);
		}
	}
	snprintf(what, sizeof what, "%s: shares within 2 %%, nice within %d, %s", policy->name, nice_range,
		 sleepers ? "some sleep" : "all compute");
	printf("# worst %.2f %%\n", 100 * worst);
	check(1, what);
}

/* ---- whatever may happen */

static void yield(u32 c)
{
	struct runq *q = &runqs[c];
	struct thread *t = q->running, *to = runq_take(q);

	if (!to)
		return;
	account(c);
	put(c, t, YIELDS);
	expect(q->running != to, "who yields lets another run");
	switch_to(c, to);
}

static void hand_off(u32 c, struct thread *to)
{
	struct runq *q = &runqs[c];
	struct thread *t = q->running;
	u64 slice_end = q->slice_end;

	runq_remove(q, to);
	account(c);
	put(c, t, STAYS);
	switch_to(c, to);
	q->slice_end = slice_end;
}

static void disturb(void)
{
	u32 c = (u32)below(cpu_count), n = (u32)below(worker_count);
	struct runq *q = &runqs[c];
	struct thread *t = &workers[n].t;

	switch (below(8)) {
	case 0:
		if (q->running)
			yield(c);
		break;
	case 1:
		if (t->state == THREAD_SLEEPING && !workers[n].period)
			wake(t);
		break;
	case 2:
		if (q->running && !worker_of(q->running)->period)
			block(c);
		break;
	case 3:
		t->level = (i8)((int)below(40) + NICE_MIN);
		break;
	case 4:
		if (t->state == THREAD_READY && t->cpu == c && q->running && policy->may_jump(q, t))
			hand_off(c, t);
		break;
	case 5:
		t->affinity = below(3) ? ~0u : (u32)BIT(t->cpu);
		break;
	}
}

static void test_disturbed(void)
{
	char what[96];

	for (u32 n = 2; n <= THREADS && !broken; n += 5) {
		world_new(1 + n % CPUS, n);
		find_rates();
		some_sleep(1);
		world_start();
		for (u32 i = 0; i < 100000 && !broken; i++) {
			step();
			disturb();
			check_lines();
		}
	}
	snprintf(what, sizeof what, "%s: %s", policy->name,
		 broken ? broken : "nobody is lost, twice there, or where it may not be, whatever happens");
	check(!broken, what);
}

/* ---- rules of their own */

/* F2: who has slept for long has no more than the others from then on, and no less; but it runs at once. */
static void test_sleeper(void)
{
	u64 before;

	world_new(1, 2);
	wake(&workers[0].t);
	run_until(10 * SECOND + 3 * MS);
	wake(&workers[1].t);
	check(runqs[0].running == &workers[1].t, "fair: who was asleep goes before who computes");
	before = workers[0].t.cpu_ns;
	run_until(12 * SECOND);
	check(workers[0].t.cpu_ns - before > 950 * MS && workers[1].t.cpu_ns > 950 * MS,
	      "fair: sleeping for ten seconds earns nothing");
}

/* F2: two chains, in each of which a thread runs for a moment, starts the next and ends, against one that computes. */
static void test_chains(void)
{
	struct runq *q = &runqs[0];

	world_new(1, 5);
	for (u32 i = 0; i < 5; i += 2)
		wake(&workers[i].t);
	while (now < 10 * SECOND) {
		u64 me = (u64)(worker_of(q->running) - workers);

		now += MS / 3;
		account(0);
		if (me) {
			put(0, &workers[me % 2 ? me + 1 : me - 1].t, BEGINS);
			block(0);
		} else if (now >= q->slice_end) {
			q->slice_over = true;
			look(0);
		}
	}
	check(workers[0].t.cpu_ns > 3 * SECOND, "fair: a chain of short-lived threads has one thread's share");
}

/* F3: 1 can have no more than one CPU, and may not claim what it missed once there is more. */
static void test_capped(void)
{
	u64 before[5];

	world_new(2, 5);
	workers[1].t.level = workers[4].t.level = -10;
	for (u32 i = 0; i < 4; i++)
		wake(&workers[i].t);
	run_until(30 * SECOND);
	wake(&workers[4].t);
	longest_wait = 0;
	for (u32 i = 0; i < 5; i++)
		before[i] = workers[i].t.cpu_ns;
	run_until(70 * SECOND);
	for (u32 i = 0; i < 5; i++)
		before[i] = workers[i].t.cpu_ns - before[i];
	check(longest_wait < SECOND && before[1] - before[4] + 2 * SECOND < 4 * SECOND,
	      "fair: a share that is more than a CPU is not saved up");
	check(before[0] > 3500 * MS, "fair: and the light ones go on as they are entitled to");
}

/* Who owes cannot be handed the CPU by its friends. */
static void test_jump(void)
{
	world_new(1, 3);
	for (u32 i = 0; i < 3; i++)
		wake(&workers[i].t);
	workers[2].t.order += 5 * MS;
	check(!policy->may_jump(&runqs[0], &workers[2].t) && policy->may_jump(&runqs[0], &workers[1].t),
	      "fair: who has had more than a slice too much is not handed the CPU");
}

int main(void)
{
	policy = &round_robin;
	test_shares(0, false);
	test_disturbed();
	policy = &fair;
	test_shares(0, false);
	test_shares(3, true);
	test_shares(10, false);
	test_disturbed();
	test_sleeper();
	test_chains();
	test_capped();
	test_jump();
	printf("1..%d\n", number);
	return failures != 0;
}
