/*
 * support.h - what several of the in-kernel tests need: a temporary address space, ring-3 children, threads
 * that can be joined, and loops over every allocation that can fail.
 *
 * The suite runs as process 1, in the kernel (kernel/main.c): it may have children, wait for them and map memory.
 */
#pragma once

#include "kernel/lib/test.h"
#include "mm/aspace.h"
#include "mm/frame.h"
#include "sched/process.h"

#define CODE_AT  0x400000ul /* where ring3.S is mapped in children made by child_create() */
#define STACK_AT 0x600000ul /* their stack: two pages below STACK_TOP */
#define STACK_TOP (STACK_AT + 2 * PAGE_SIZE)

/* ---- address spaces. The functions take the space's mutex as the kernel's own callers do. */

/* A new space, loaded for the running thread; NULL: out of memory. space_leave() undoes it. */
struct aspace *space_enter(void);
void space_leave(void);
/* Loads `as` (NULL: the kernel's tables) on this CPU without the thread owning it. */
void space_load(struct aspace *as);

/* A space, not loaded, with one region of so many pages; NULL: out of memory. */
struct aspace *space_of(u64 start, u64 pages, enum prot prot);
/* Writes to each of so many pages, as ring 3 would. */
void space_touch(struct aspace *as, u64 start, u64 pages);
int space_map(struct aspace *as, u64 start, u64 pages, enum prot prot);
int space_unmap(struct aspace *as, u64 start, u64 pages);
int space_protect(struct aspace *as, u64 start, u64 pages, enum prot prot);
int space_fault(struct aspace *as, u64 va, u64 error);
i64 space_remap(struct aspace *as, u64 from, u64 old_pages, u64 new_pages, u64 flags, u64 to);
struct aspace *space_fork(struct aspace *as);
u32 space_regions(const struct aspace *as);
/* The level-1 entry for va; zero where there is none. */
u64 space_entry(const struct aspace *as, u64 va);
/* The frame that va leads to, as the kernel sees it; NULL where there is none. */
u8 *space_bytes(const struct aspace *as, u64 va);

/* ---- ring-3 children */

extern const char ring3_start[], ring3_end[];

/* A child of the suite that will run `program` of ring3.S with these in rdi and rsi; NULL: out of memory. */
struct process *child_create(const char *program, u64 rdi, u64 rsi);
void child_start(struct process *p); /* publishes it and lets it run */
/* The wait status of child `pid` (-1: of any); -ECHILD as a negative number. */
i32 child_wait(i32 pid);
/* All of it: the wait status of one run, or -1. */
i32 child_run(const char *program, u64 rdi, u64 rsi);

/* ---- threads */

/* Starts a kernel thread, on this CPU only: tests count on who runs when. It is gone before anything else runs here
 * that it has woken or yielded to last. */
struct thread *thread_launch(void (*entry)(void *), void *argument);
struct thread *thread_launch_on(u32 cpu, void (*entry)(void *), void *argument);
u32 other_cpu(void);
bool several_cpus(void); /* if not, the test is marked as skipped */
/* Lets others run until *counter has reached n; false if that takes more than 20 s. */
bool wait_until(const volatile u32 *counter, u32 n);

/* Frames that are in use and not kept for later: the leak check's. */
u64 frames_held(void);

/* ---- every allocation can fail: runs op with the first, second, ... allocation failing until it succeeds */

struct fail_loop {
	u64 nth, frames, objects;
	bool done;
};

#define FAIL_LOOP_MAX 2000

static inline void alloc_fail_set(u64 nth)
{
	alloc_fail_set_for(NULL, nth);
}

static inline bool alloc_fail_hit(void)
{
	return alloc_fail_hit_by(NULL);
}

void fail_loop_begin(struct fail_loop *l);
/* Before and after one try. `ok`: the operation says it succeeded; its effect must be undone by then. */
void fail_loop_arm(struct fail_loop *l);
void fail_loop_disarm(struct fail_loop *l);
void fail_loop_check(struct fail_loop *l, bool ok);

/*
 *      FAIL_LOOP(l) {
 *              ok = operation();
 *              fail_loop_disarm(&l);
 *              ... undo what was done ...
 *              fail_loop_check(&l, ok);
 *      }
 */
#define FAIL_LOOP(l) \
	struct fail_loop l; \
	for (fail_loop_begin(&l); !l.done && (fail_loop_arm(&l), true);)

/* ---- plants.c: runs the planted bug of that name, which is to end the machine; returns if it does not */
void plant_run(const char *name);
