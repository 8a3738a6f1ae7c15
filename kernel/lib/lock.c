/*
 * lock.c - ticket spinlocks and the run-time check of their ranks (lock.h: L1 to L5).
 */
#include "kernel/lib/arch.h"
#include "kernel/lib/config.h"
#include "kernel/lib/lock.h"
#include "kernel/lib/panic.h"

#define STUCK_NS   30000000000ull
#define LOOK_SPINS (1u << 20) /* between looks at the clock */
#define LOOK_NS    1000000000ull /* and what one of them counts for at the most: hosts stall */

void lock_init(struct spinlock *l, enum lock_rank rank, const char *name)
{
	*l = (struct spinlock)SPINLOCK(rank, name);
}

/* L1, asserted before the ticket is drawn: a dead lock would tell nobody. Interrupts are off: a handler takes locks,
 * and between the two stores would see what the slot held before. */
static void check_rank(struct spinlock *l, const void *ip)
{
	struct lock_state *s = arch_lock_state();
	bool on = arch_irq_save();

	if (s->depth && s->held[s->depth - 1]->rank >= l->rank)
		panic("lock rank: %s (%d) taken at %p while %s (%d), taken at %p, is held", l->name, l->rank, ip,
		      s->held[s->depth - 1]->name, s->held[s->depth - 1]->rank, s->held[s->depth - 1]->owner_ip);
	if (s->depth == LOCK_DEPTH)
		panic("lock depth: %s is the %dth", l->name, LOCK_DEPTH + 1);
	s->held[s->depth++] = l;
	arch_irq_restore(on);
}

static void forget(struct spinlock *l)
{
	struct lock_state *s = arch_lock_state();

	if (!s->depth || s->held[s->depth - 1] != l)
		panic("lock order: %s released, but it is not the innermost held", l->name);
	s->depth--;
}

static struct lock_stat *stat_of(const struct spinlock *l)
{
	struct lock_stat *s = &arch_lock_state()->stats[l->rank];

	s->name = l->name;
	return s;
}

bool lock_queues = true;

/* Draws a ticket only if it is served at once: next is still what serving was, so serving is, too. */
static bool try(struct spinlock *l)
{
	u32 served = __atomic_load_n(&l->serving, __ATOMIC_ACQUIRE);

	return __atomic_compare_exchange_n(&l->next, &served, served + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Looking does not take the line of the cache away from who has the lock. */
static bool is_held(const struct spinlock *l)
{
	return __atomic_load_n(&l->next, __ATOMIC_RELAXED) != __atomic_load_n(&l->serving, __ATOMIC_RELAXED);
}

/* Returns `pass`, so that the callers have nothing to keep across the call, which is rare. L5 */
static __attribute__((noinline)) bool wait_turn(struct spinlock *l, const void *ip, bool pass)
{
	u64 spins = 0, waited = 0, last = arch_ns(), now;
	bool queue = lock_queues;
	u32 ticket = queue ? __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED) : 0;
	struct lock_stat *s;

	while (queue ? __atomic_load_n(&l->serving, __ATOMIC_ACQUIRE) != ticket : is_held(l) || !try(l)) {
		__builtin_ia32_pause();
		if (++spins % LOOK_SPINS)
			continue;
		now = arch_ns();
		waited += MIN(now - last, LOOK_NS);
		last = now;
		if (waited >= STUCK_NS)
			panic("lock %s: waiting at %p for 30 s; taken at %p by CPU %u", l->name, ip, l->owner_ip,
			      l->owner);
	}
	s = stat_of(l);
	s->contended++;
	s->spins += spins;
	return pass;
}

/* Returns `pass`. */
static bool take(struct spinlock *l, const void *ip, bool pass)
{
	if (BUILD_TEST && !panicking())
		check_rank(l, ip);
	if (unlikely(!try(l)))
		pass = wait_turn(l, ip, pass);
	if (BUILD_TEST) {
		l->owner_ip = ip;
		l->owner = arch_cpu();
		stat_of(l)->acquired++;
	}
	return pass;
}

static void give(struct spinlock *l)
{
	if (BUILD_TEST && !panicking())
		forget(l);
	__atomic_store_n(&l->serving, l->serving + 1, __ATOMIC_RELEASE);
}

void lock_acquire(struct spinlock *l)
{
	ASSERT_TEST(l->rank < RANK_IRQ_CLASS);
	take(l, __builtin_return_address(0), false);
}

void lock_release(struct spinlock *l)
{
	give(l);
}

bool lock_acquire_irq(struct spinlock *l)
{
	bool on = arch_irq_save();

	ASSERT_TEST(l->rank > RANK_IRQ_CLASS);
	return take(l, __builtin_return_address(0), on);
}

void lock_release_irq(struct spinlock *l, bool were_on)
{
	give(l);
	arch_irq_restore(were_on);
}

void lock_check_none_held(const char *who)
{
	const struct lock_state *s = arch_lock_state();

	if (s->depth)
		panic("%s with %s held, taken at %p", who, s->held[s->depth - 1]->name,
		      s->held[s->depth - 1]->owner_ip);
}
