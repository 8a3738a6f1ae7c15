/*
 * lock.c - ticket spinlocks and the run-time check of their ranks (lock.h: L1, L2, L3).
 */
#include "kernel/lib/arch.h"
#include "kernel/lib/config.h"
#include "kernel/lib/lock.h"
#include "kernel/lib/panic.h"

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

static void take(struct spinlock *l, const void *ip)
{
	u32 ticket;

	if (BUILD_TEST && !panicking())
		check_rank(l, ip);
	ticket = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);
	while (__atomic_load_n(&l->serving, __ATOMIC_ACQUIRE) != ticket)
		__builtin_ia32_pause();
	if (BUILD_TEST)
		l->owner_ip = ip;
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
	take(l, __builtin_return_address(0));
}

void lock_release(struct spinlock *l)
{
	give(l);
}

bool lock_acquire_irq(struct spinlock *l)
{
	bool on = arch_irq_save();

	ASSERT_TEST(l->rank > RANK_IRQ_CLASS);
	take(l, __builtin_return_address(0));
	return on;
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
