/*
 * test_tlb.c - all orders in which two CPUs can switch between spaces, take entries away from them and from the
 * kernel's half, fall idle, and end spaces: no TLB is used for what it should not hold any more, the model has no
 * complaint, nobody waits for ever (tlb_world.h). Depth first; a state that was seen before is not gone into again.
 *
 *      test_tlb [OPERATIONS [WORLD]]        so many more of each CPU; world 0, 1 ... alone
 */
#include "tests/host/seen.h"
#include "tests/host/tlb_world.h"

/* What a CPU can be told. An operation on a space carries its number in the low bits. */
enum { IRQ = 0, GO = 1, SWITCH = 0x10, TAKE = 0x20, TAKE_KERNEL = 0x30, REST = 0x40, END = 0x50, DRAIN = 0x60 };
#define KERNEL SPACES /* in place of a space: the kernel's tables; the entry of CPU 0 */
#define DEPTH  400

#define PCID    {.pcid = true, .pge = true}
#define INVPCID {.pcid = true, .pge = true, .invpcid = true}

static const struct world {
	const char *name;
	u32 pcids, spaces;
	u32 budget[CPUS]; /* operations */
	u32 kinds;        /* BIT(operation >> 4) */
	u64 pages;        /* of a take-away: single ones are flushed by INVLPG */
	struct cpu_features has;
} worlds[] = {
	{"pages of spaces are taken away", 3, 2, {2, 3}, BIT(SWITCH >> 4) | BIT(TAKE >> 4), 1, INVPCID},
	{"long ranges are", 3, 2, {2, 3}, BIT(SWITCH >> 4) | BIT(TAKE >> 4), 100, INVPCID},
	{"PCIDs run out", 2, 3, {1, 4}, BIT(SWITCH >> 4) | BIT(TAKE >> 4), 1, INVPCID},
	{"kernel entries are taken away", 3, 2, {2, 2}, BIT(SWITCH >> 4) | BIT(TAKE_KERNEL >> 4), 1, INVPCID},
	{"the same without INVPCID", 3, 2, {2, 2}, BIT(SWITCH >> 4) | BIT(TAKE_KERNEL >> 4), 1, PCID},
	{"CPUs rest in spaces that end", 3, 2, {3, 3}, BIT(SWITCH >> 4) | BIT(REST >> 4) | BIT(END >> 4), 1, INVPCID},
	{"everything, without PCID and PGE", 3, 2, {2, 2}, ~0u, 1, {0}},
	{"everything", 3, 3, {2, 2}, ~0u, 1, INVPCID},
};

struct choice {
	u8 cpu, command;
};

struct node {
	u32 count, taken;
	struct choice choices[24];
};

static const struct world *world;
static struct node path[DEPTH];
static u32 depth;

/* What the search knows of the threads. */
static struct {
	u32 left[CPUS];
	u32 resting;          /* CPUs whose thread has left the space that is loaded */
	u32 busy[SPACES + CPUS]; /* CPUs that change the entry: it has a mutex */
	bool ending[SPACES];
	u32 used;             /* spaces that were ever loaded: the others are all alike */
} threads;

static u64 steps;

/* ---- operations */

static void take(u32 entry)
{
	struct aspace *as = entry >= KERNEL ? NULL : &spaces[entry];
	pte_t old = entries[entry];
	struct pt_batch b;

	pt_batch_init(&b, as);
	pt_commit(&b, &entries[entry], (pte_t){old.v + PAGE_SIZE}, as ? PAGE_SIZE : BIT(63), 1);
	b.end += (world->pages - 1) * PAGE_SIZE;
	pt_batch_free(&b, pte_frame(old));
	pt_batch_finish(&b);
	tlb_model_none_owed("it returns to ring 3");
	threads.busy[entry] = 0;
}

static void new_space(u32 n)
{
	memset(&spaces[n].tlb, 0, sizeof spaces[n].tlb);
	spaces[n].root = pa((n + 1) * PAGE_SIZE);
	done[n] = version_of(n) + 1;
	entries[n] = pte_make(pa((u64)n << 20 | done[n] << PAGE_SHIFT), PTE_P | PTE_W | PTE_U);
}

static void end_space(u32 n)
{
	tlb_leave_all(&spaces[n]);
	tlb_model_end(&spaces[n]);
	for (u32 i = 0; i < CPUS; i++)
		if (number_of_space(machine[i].cr3 & PTE_FRAME) == n + 1)
			found("the tables that a CPU has loaded are freed");
	new_space(n);
	threads.ending[n] = false;
}

static void switch_to(u32 n)
{
	arch_irq_save();
	tlb_switch(n == KERNEL ? NULL : &spaces[n]);
	arch_irq_restore(true);
}

static void live(void)
{
	for (;;) {
		u32 command, n;

		machine[running].past = 0;
		stop(AT_BOUNDARY, 0);
		command = machine[running].command & ~0xfu;
		n = machine[running].command & 0xf;
		if (command == SWITCH)
			switch_to(n);
		else if (command == END)
			end_space(n);
		else if (command != REST)
			take(n);
	}
}

/* Before the first step of it: what the kernel's locks would do. */
static void begin(u32 cpu, u32 command)
{
	u32 n = command & 0xf;

	threads.left[cpu]--;
	if ((command & ~0xfu) == SWITCH) {
		threads.resting &= ~(1u << cpu);
		threads.used = n < SPACES ? MAX(threads.used, n + 1) : threads.used;
	} else if (command == REST) {
		threads.resting |= 1u << cpu;
	} else if ((command & ~0xfu) == END) {
		threads.ending[n] = true;
	} else {
		threads.busy[n] = 1u << cpu;
	}
}

/* ---- choices */

static void offer(struct node *at, u32 cpu, u32 command)
{
	at->choices[at->count++] = (struct choice){(u8)cpu, (u8)command};
}

static bool offers(u32 kind)
{
	return world->kinds & BIT(kind >> 4);
}

/* Nobody runs in it: where it is loaded, the CPU rests, or is the one that ends it. */
static bool can_end(u32 n)
{
	for (u32 i = 0; i < CPUS; i++)
		if (cpus[i].aspace == &spaces[n] && !(threads.resting & 1u << i))
			return false;
	return !threads.ending[n] && !threads.busy[n];
}

/* Is the CPU on its way into the space? Then cpus[].aspace does not say so yet. */
static bool on_its_way(u32 cpu)
{
	return machine[cpu].stop != AT_BOUNDARY && !machine[cpu].irq_on;
}

static void offer_operations(struct node *at, u32 cpu)
{
	struct aspace *in = cpus[cpu].aspace;
	u32 spaces_now = MIN(threads.used + 1, world->spaces);

	for (u32 n = 0; n < spaces_now; n++) {
		if (offers(SWITCH) && !threads.ending[n] && (in != &spaces[n] || threads.resting & 1u << cpu))
			offer(at, cpu, SWITCH | n);
		if (offers(TAKE) && n < threads.used && !threads.ending[n] && !threads.busy[n])
			offer(at, cpu, TAKE | n);
		if (offers(END) && n < threads.used && can_end(n) && !on_its_way(1 - cpu))
			offer(at, cpu, END | n);
	}
	if (offers(SWITCH) && in)
		offer(at, cpu, SWITCH | KERNEL);
	if (offers(REST) && in && !(threads.resting & 1u << cpu))
		offer(at, cpu, REST);
	if (offers(TAKE_KERNEL))
		offer(at, cpu, TAKE_KERNEL | (KERNEL + cpu));
}

static void find_choices(struct node *at)
{
	at->count = at->taken = 0;
	for (u32 i = 0; i < CPUS; i++) {
		struct machine_cpu *m = &machine[i];

		if (m->stop == AT_POINT || (m->stop == AT_WAIT && !requests[i].pending))
			offer(at, i, GO);
		if (m->stop == AT_BOUNDARY && threads.left[i])
			offer_operations(at, i);
		if (m->irq_on && m->ipi)
			offer(at, i, IRQ);
		if (m->stores)
			offer(at, i, DRAIN);
	}
}

static void take_choice(struct choice c)
{
	steps++;
	if (c.command == DRAIN) {
		drain_one(c.cpu);
	} else {
		if (c.command != IRQ && c.command != GO)
			begin(c.cpu, c.command);
		running = c.cpu;
		machine[running].command = c.command;
		in_search = false;
		stack_switch(&search_rsp, machine[running].rsp);
	}
	for (u32 i = 0; i < CPUS; i++)
		look_at_tlb(i);
}

/* ---- the first state */

static void reset(void)
{
	memset(machine, 0, sizeof machine);
	memset(&threads, 0, sizeof threads);
	memcpy(threads.left, world->budget, sizeof threads.left);
	memset(cpus, 0, CPUS * sizeof cpus[0]);
	memset(requests, 0, sizeof requests);
	memset(pool, 0, sizeof pool);
	memset(debts, 0, CPUS * sizeof debts[0]);
	memset(in_cr3, 0, sizeof in_cr3);
	for (u32 i = 0; i < CPUS; i++)
		memset(tenant[i], 0, NUMBERS * sizeof tenant[i][0]);
	open_debts = 0;
	cpu_features = world->has;
	memset(entries, 0, sizeof entries);
	for (u32 i = 0; i < SPACES; i++)
		new_space(i);
	for (u32 i = KERNEL; i < KERNEL + CPUS; i++) {
		entries[i] = pte_make(pa((u64)i << 20 | PAGE_SIZE), PTE_P | PTE_W);
		done[i] = 1;
	}
	__asan_unpoison_memory_region(stacks, sizeof stacks);
	in_search = true;
	tlb_init(pa(0), world->pcids);
	for (u32 i = 0; i < CPUS; i++) {
		u64 *top = (u64 *)(stacks[i] + STACK) - 10;

		cpus[i].id = cpus[i].apic_id = i;
		running = i;
		sim_flush_all();
		machine[i].irq_on = true;
		machine[i].cr4 = CR4_PGE;
		memset(top, 0, 80);
		top[6] = (u64)live;
		machine[i].rsp = (u64)top;
		in_search = false;
		stack_switch(&search_rsp, machine[i].rsp);
	}
}

/* ---- states */

static u64 hash_debts(u64 h, const struct debt *d)
{
	for (u32 i = 0; i < BATCHES; i++, d++) {
		if (!d->batch)
			continue;
		h = mix(h, &d->as, sizeof d->as);
		h = mix(h, d->owed, CPUS * sizeof d->owed[0]);
	}
	return h * 3;
}

static u64 state(void)
{
	u64 h = mix(1, &threads, sizeof threads);

	for (u32 i = 0; i < CPUS; i++) {
		struct machine_cpu m = machine[i];

		m.rsp = m.command = 0;
		h = mix(h, &m, sizeof m);
		h = mix(h, &cpus[i].aspace, 8);
		h = mix(h, tenant[i], NUMBERS * 8);
		h = hash_debts(h, debts[i]);
	}
	for (u32 i = 0; i < SPACES; i++)
		h = mix(mix(h, spaces[i].tlb.slots, CPUS * 8), &spaces[i].tlb.active, 4 + CPUS * 2);
	h = mix(h, entries, sizeof entries);
	h = mix(h, done, sizeof done);
	h = mix(h, requests, CPUS * sizeof requests[0]);
	h = mix(h, pool, CPUS * sizeof pool[0]);
	return mix(h, in_cr3, CPUS * 8);
}

/* ---- the search */

static void found(const char *what)
{
	static const char *const names[] = {"", "switches to space", "takes from space", "takes from the kernel",
					    "rests", "ends space", "a store gets to memory"};

	printf("not ok %d - %s: %s\n", ++number, world->name, what);
	for (u32 i = 0; i < depth; i++) {
		struct choice c = path[i].choices[path[i].taken];

		if (c.command == IRQ || c.command == GO)
			printf("#  CPU %u %s\n", c.cpu, c.command == IRQ ? "takes the interrupt" : "goes on");
		else
			printf("#  CPU %u %s %u\n", c.cpu, names[c.command >> 4], c.command & 0xf);
	}
	exit(1);
}

static bool all_done(void)
{
	for (u32 i = 0; i < CPUS; i++)
		if (machine[i].stop != AT_BOUNDARY || machine[i].ipi)
			return false;
	return true;
}

/* Goes on from here as far as the states are new. */
static void go_down(void)
{
	while (seen_add(state())) {
		if (depth == DEPTH)
			found("no end");
		find_choices(&path[depth]);
		if (!path[depth].count && !all_done())
			found("nobody can go on");
		if (!path[depth].count)
			return;
		depth++;
		take_choice(path[depth - 1].choices[0]);
	}
}

static bool go_back(void)
{
	while (depth && path[depth - 1].taken + 1 == path[depth - 1].count)
		depth--;
	if (!depth)
		return false;
	path[depth - 1].taken++;
	reset();
	for (u32 i = 0; i < depth; i++)
		take_choice(path[i].choices[path[i].taken]);
	return true;
}

static void search(const struct world *w, u32 more)
{
	static struct world bigger;
	char what[120];

	bigger = *w;
	for (u32 i = 0; i < CPUS; i++)
		bigger.budget[i] += more;
	world = &bigger;
	steps = depth = 0;
	seen_clear();
	reset();
	do
		go_down();
	while (go_back());
	snprintf(what, sizeof what, "%s: %lu states, %lu steps", w->name, seen_count, steps);
	check(1, what);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	u32 more = argc > 1 ? (u32)atoi(argv[1]) : 0;

	for (u32 i = 0; i < ARRAY_SIZE(worlds); i++)
		if (argc < 3 || i == (u32)atoi(argv[2]))
			search(&worlds[i], more);
	printf("1..%d\n", number);
	return failures;
}
