/*
 * thread.c - making and unmaking threads. A new thread's stack is laid out so that the first switch to it
 * lands in context_start(), which calls sched_thread_entry().
 */
#include "kernel/lib/layout.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/string.h"
#include "kernel/x86/fpu.h"
#include "mm/cache.h"
#include "mm/kstack.h"
#include "sched/sched.h"

static struct cache thread_cache, fpu_cache;

void thread_init(void)
{
	cache_init(&thread_cache, "thread", sizeof(struct thread), 0);
	cache_init(&fpu_cache, "fpu", (u32)fpu_size(), 64);
}

/* What context_switch() pops (switch.S draws it); below the trap frame of a user thread. */
static void stack_prepare(struct thread *t)
{
	struct context *c = (struct context *)thread_frame(t) - 1;

	*c = (struct context){.r12 = (u64)sched_thread_entry, .r13 = (u64)t, .rip = (u64)context_start};
	t->saved_rsp = (u64)c;
}

/* The creator's share and CPUs; and its virtual time, so that nobody gets rid of what it owes by a fork. Each is one
 * word, which others may be changing: either value will do. */
static void inherit(struct thread *t, const struct thread *from)
{
	t->affinity = from ? from->affinity : ~0u;
	t->nice = from ? from->nice : 0;
	t->class = from ? from->class : SCHED_OTHER;
	t->level = from ? from->level : 0;
	t->order = from ? from->order : 0;
}

static struct thread *create(void)
{
	struct thread *t = cache_alloc_zeroed(&thread_cache);

	if (!t)
		return NULL;
	t->stack_top = kstack_alloc();
	if (!t->stack_top) {
		cache_free(&thread_cache, t);
		return NULL;
	}
	t->state = THREAD_NEW;
	list_init(&t->run_link);
	list_init(&t->group_link);
	t->cpu = cpu_this()->id;
	inherit(t, thread_current());
	stack_prepare(t);
	return t;
}

struct thread *thread_create_user(struct process *p)
{
	struct thread *t = create();

	if (!t)
		return NULL;
	t->process = p;
	t->fpu = cache_alloc(&fpu_cache);
	if (!t->fpu) {
		thread_destroy(t);
		return NULL;
	}
	fpu_reset(t->fpu);
	return t;
}

struct thread *thread_create_kernel(void (*entry)(void *), void *argument)
{
	struct thread *t = create();

	if (!t)
		return NULL;
	t->entry = entry;
	t->argument = argument;
	return t;
}

void thread_destroy(struct thread *t)
{
	ASSERT(t->state == THREAD_NEW || t->state == THREAD_DEAD);
	if (t->fpu)
		cache_free(&fpu_cache, t->fpu);
	kstack_free(t->stack_top);
	cache_free(&thread_cache, t);
}
