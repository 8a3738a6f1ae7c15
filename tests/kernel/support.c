/*
 * support.c - see support.h.
 */
#include "tests/kernel/support.h"
#include "ipc/handle.h"
#include "kernel/lib/config.h"
#include "kernel/lib/errno.h"
#include "kernel/x86/asm.h"
#include "mm/cache.h"
#include "mm/frame.h"
#include "mm/kstack.h"
#include "mm/region.h"
#include "mm/pagetable.h"
#include "sched/mutex.h"
#include "sched/sched.h"

#define PATIENCE_NS (20 * NS_PER_SECOND)

void space_load(struct aspace *as)
{
	irq_disable();
	tlb_switch(as);
	irq_enable();
}

struct aspace *space_enter(void)
{
	struct thread *self = thread_current();
	struct aspace *as = aspace_create();

	EXPECT(as);
	EXPECT(!self->aspace);
	if (!as)
		return NULL;
	space_load(as);
	self->aspace = as;
	return as;
}

void space_leave(void)
{
	struct thread *self = thread_current();
	struct aspace *as = self->aspace;

	self->aspace = NULL;
	space_load(NULL);
	if (as)
		aspace_unref(as);
}

int space_map(struct aspace *as, u64 start, u64 pages, enum prot prot)
{
	const struct region_spec spec = {.start = start, .length = pages * PAGE_SIZE, .prot = prot};
	int err;

	mutex_lock(&as->lock);
	err = aspace_map(as, &spec);
	mutex_unlock(&as->lock);
	return err;
}

int space_unmap(struct aspace *as, u64 start, u64 pages)
{
	int err;

	mutex_lock(&as->lock);
	err = aspace_unmap(as, start, pages * PAGE_SIZE);
	mutex_unlock(&as->lock);
	return err;
}

int space_protect(struct aspace *as, u64 start, u64 pages, enum prot prot)
{
	int err;

	mutex_lock(&as->lock);
	err = aspace_protect(as, start, pages * PAGE_SIZE, prot);
	mutex_unlock(&as->lock);
	return err;
}

int space_fault(struct aspace *as, u64 va, u64 error)
{
	int err;

	mutex_lock(&as->lock);
	err = aspace_fault(as, va, error);
	mutex_unlock(&as->lock);
	return err;
}

struct aspace *space_of(u64 start, u64 pages, enum prot prot)
{
	struct aspace *as = aspace_create();

	EXPECT(as && !space_map(as, start, pages, prot));
	return as;
}

void space_touch(struct aspace *as, u64 start, u64 pages)
{
	for (u64 i = 0; i < pages; i++)
		EXPECT_EQ(space_fault(as, start + i * PAGE_SIZE, PF_WRITE), 0);
}

i64 space_remap(struct aspace *as, u64 from, u64 old_pages, u64 new_pages, u64 flags, u64 to)
{
	i64 result;

	mutex_lock(&as->lock);
	result = aspace_remap(as, from, old_pages * PAGE_SIZE, new_pages * PAGE_SIZE, flags, to);
	mutex_unlock(&as->lock);
	return result;
}

struct aspace *space_fork(struct aspace *as)
{
	struct aspace *copy;

	mutex_lock(&as->lock);
	copy = aspace_fork(as);
	mutex_unlock(&as->lock);
	return copy;
}

u32 space_regions(const struct aspace *as)
{
	u32 n = 0;

	for (const struct region *r = region_first(as); r; r = region_following(r))
		n++;
	return n;
}

u64 space_entry(const struct aspace *as, u64 va)
{
	const pte_t *at = pt_find(as->root, va);

	return at ? at->v : 0;
}

u8 *space_bytes(const struct aspace *as, u64 va)
{
	u64 e = space_entry(as, va);

	return e ? (u8 *)frame_ptr(pte_frame((pte_t){e})) + (va & PAGE_MASK) : NULL;
}

static int child_map(struct aspace *as)
{
	u64 length = (u64)(ring3_end - ring3_start);
	const struct region_spec code = {
		.start = CODE_AT, .length = ALIGN_UP(length, PAGE_SIZE), .prot = PROT_RX, .kind = REGION_IMAGE,
		.backing = {(const u8 *)ring3_start, length, 0},
	};
	const struct region_spec stack = {.start = STACK_AT, .length = STACK_TOP - STACK_AT, .prot = PROT_RW};
	int err;

	mutex_lock(&as->lock);
	err = aspace_map(as, &code);
	if (!err)
		err = aspace_map(as, &stack);
	mutex_unlock(&as->lock);
	return err;
}

struct process *child_create(const char *program, u64 rdi, u64 rsi)
{
	struct process *p = process_create(process_current());

	if (!p)
		return NULL;
	p->aspace = aspace_create();
	if (!p->aspace || child_map(p->aspace))
		goto fail;
	p->handles = handles_create();
	if (!p->handles)
		goto fail;
	p->leader->aspace = p->aspace;
	p->leader->affinity = 1u << cpu_this()->id;
	*thread_frame(p->leader) = (struct trapframe){
		.vector = TRAP_SYSCALL, .rip = CODE_AT + (u64)(program - ring3_start), .rsp = STACK_TOP,
		.cs = SEL_USER_CODE, .ss = SEL_USER_DATA, .rflags = RFLAGS_IF | RFLAGS_FIXED, .rdi = rdi, .rsi = rsi,
	};
	return p;
fail:
	process_discard(p);
	return NULL;
}

void child_start(struct process *p)
{
	process_publish(p);
	thread_start(p->leader);
}

i32 child_wait(i32 pid)
{
	struct wait_result r;
	int err = process_wait(pid, WEXITED, &r);

	return err ? err : r.status;
}

i32 child_run(const char *program, u64 rdi, u64 rsi)
{
	struct process *p = child_create(program, rdi, rsi);

	if (!p)
		return -ENOMEM;
	child_start(p);
	return child_wait(p->pid);
}

struct thread *thread_launch_on(u32 cpu, void (*entry)(void *), void *argument)
{
	struct thread *t = thread_create_kernel(entry, argument);

	EXPECT(t);
	if (!t)
		return NULL;
	t->affinity = 1u << cpu;
	thread_start(t);
	return t;
}

struct thread *thread_launch(void (*entry)(void *), void *argument)
{
	return thread_launch_on(cpu_this()->id, entry, argument);
}

u32 other_cpu(void)
{
	return (cpu_this()->id + 1) % cpu_count;
}

bool several_cpus(void)
{
	if (cpu_count == 1)
		ktest_skip("this machine has one CPU");
	return cpu_count > 1;
}

bool wait_until(const volatile u32 *counter, u32 n)
{
	u64 end = clock_now() + PATIENCE_NS;

	while (*counter < n && clock_now() < end) {
		thread_yield();
		cpu_pause();
	}
	thread_yield(); /* whoever counted last may end now */
	return *counter >= n;
}

u64 frames_held(void)
{
	return frame_used() - cache_frames() - kstack_kept_frames();
}

void fail_loop_begin(struct fail_loop *l)
{
	*l = (struct fail_loop){.frames = frames_held(), .objects = cache_live_total()};
}

void fail_loop_arm(struct fail_loop *l)
{
	alloc_fail_set(++l->nth);
}

void fail_loop_disarm(struct fail_loop *l)
{
	l->done = !alloc_fail_hit();
	alloc_fail_set(0);
}

void fail_loop_check(struct fail_loop *l, bool ok)
{
	if (l->done)
		EXPECT(ok);
	EXPECT_EQ(frames_held(), l->frames);
	EXPECT_EQ(cache_live_total(), l->objects);
	EXPECT(l->nth < FAIL_LOOP_MAX);
	l->done |= l->nth >= FAIL_LOOP_MAX || frames_held() != l->frames || cache_live_total() != l->objects;
}
