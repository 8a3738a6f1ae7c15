/*
 * frame.c - the frame allocator: one small record per frame of RAM, a list of freed frames, and a cursor over
 * RAM that nobody has used yet (so that start-up does not touch all of it).
 *
 * F1  refs == 0 exactly if the frame is free, or reserved for ever. Those of the modules are reserved with one.
 * F2  A free frame is on the list or ahead of the cursor, never both.
 * Lock: frame_lock (RANK_FRAME) guards the list, the cursor and the counts; refs are atomic.
 */
#include "boot/handoff.h"
#include "kernel/lib/config.h"
#include "kernel/lib/lock.h"
#include "kernel/lib/log.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/string.h"
#include "kernel/lib/wall.h"
#include "kernel/x86/cpu.h"
#include "mm/frame.h"
#include "mm/kasan.h"
#include "mm/tlb_model.h"

#define LOW_MEMORY  0x100000ul /* firmware and start-up of further CPUs */
#define SPANS       (HANDOFF_RANGES + HANDOFF_MODULES + 4)
#define MINIMUM     (4ul << 20)
#define NO_FRAME    0u /* frame 0 is never handed out */
#define POISON      0xdb

struct frame {
	u32 refs;
	u32 note;  /* allocated: the owner's; free: the next free frame */
	u32 marks; /* mm/audit.c's */
};

struct span {
	u64 start, end; /* physical, page-aligned */
};

static struct spinlock frame_lock = SPINLOCK(RANK_FRAME, "frame");
static struct frame *frames;
static u64 frame_limit;          /* records */
static struct span spans[SPANS]; /* usable RAM */
static u32 span_count;
static struct span modules[HANDOFF_MODULES];
static u32 module_count;
static u32 free_list = NO_FRAME; /* frame_lock */
static u32 cursor_span;          /* frame_lock */
static u64 cursor;               /* frame_lock */
static u64 total, used;          /* used: frame_lock */

static u64 fail_countdown;              /* 0: off */
static const struct thread *fail_thread; /* whose allocations count; NULL: everybody's */
static bool fail_hit;

void alloc_fail_set_for(const struct thread *only, u64 nth)
{
	fail_countdown = nth;
	fail_thread = only;
	fail_hit = false;
}

bool alloc_fail_hit_by(const struct thread *only)
{
	return fail_hit && fail_thread == only;
}

bool alloc_should_fail(void)
{
	if (!BUILD_TEST || likely(!fail_countdown))
		return false;
	if ((fail_thread && fail_thread != cpu_current()) || --fail_countdown)
		return false;
	fail_hit = true;
	return true;
}

/* Takes [start, end) out of the spans. */
static void reserve(u64 start, u64 end)
{
	start = ALIGN_DOWN(start, PAGE_SIZE);
	end = ALIGN_UP(end, PAGE_SIZE);
	for (u32 i = 0; i < span_count; i++) {
		struct span *s = &spans[i];

		if (start >= s->end || end <= s->start)
			continue;
		if (start > s->start && end < s->end) {
			ASSERT(span_count < SPANS);
			memmove(s + 1, s, (span_count - i) * sizeof *s);
			span_count++;
			s[0].end = start;
			s[1].start = end;
		} else if (start > s->start) {
			s->end = start;
		} else {
			s->start = MIN(end, s->end);
		}
	}
}

static void spans_from(const struct handoff *h)
{
	for (u32 i = 0; i < h->range_count; i++) {
		const struct range *r = &h->ranges[i];
		u64 start = ALIGN_UP(r->base, PAGE_SIZE), end = ALIGN_DOWN(r->base + r->length, PAGE_SIZE);

		if (start < end && end - 1 < 1ull << 46)
			spans[span_count++] = (struct span){start, end};
	}
}

/* Room for the table in a span that the early page tables reach. 0: none. */
static u64 place_table(u64 bytes)
{
	for (u32 i = 0; i < span_count; i++) {
		struct span *s = &spans[i];

		if (s->end - s->start >= bytes && s->start + bytes <= EARLY_MAPPED)
			return s->start;
	}
	return 0;
}

/* The whole frames of a module, if it lies in RAM that the memory map knows. */
static void hold(const struct range *module)
{
	u64 start = ALIGN_UP(module->base, PAGE_SIZE), end = ALIGN_DOWN(module->base + module->length, PAGE_SIZE);

	if (start >= end || end >> PAGE_SHIFT > frame_limit)
		return;
	modules[module_count++] = (struct span){start, end};
	for (u64 n = start >> PAGE_SHIFT; n < end >> PAGE_SHIFT; n++)
		frames[n].refs = 1;
}

bool frame_init(const struct handoff *h, u64 image_end)
{
	u64 at, bytes;

	spans_from(h);
	for (u32 i = 0; i < span_count; i++)
		frame_limit = MAX(frame_limit, spans[i].end >> PAGE_SHIFT);
	reserve(0, LOW_MEMORY);
	reserve(KERNEL_LOAD, image_end);
	for (u32 i = 0; i < h->module_count; i++)
		reserve(h->modules[i].base, h->modules[i].base + h->modules[i].length);
	bytes = ALIGN_UP(frame_limit * sizeof *frames, PAGE_SIZE);
	at = place_table(bytes);
	if (at) {
		frames = frame_ptr(pa(at));
		memset(frames, 0, bytes);
		reserve(at, at + bytes);
		for (u32 i = 0; i < h->module_count; i++)
			hold(&h->modules[i]);
	}
	for (u32 i = 0; i < span_count; i++)
		total += (spans[i].end - spans[i].start) >> PAGE_SHIFT;
	cursor = spans[0].start;
	if (!at || total * PAGE_SIZE < MINIMUM) {
		log_error("memory: %lu KiB are free after the kernel and its archive; %lu KiB are needed",
			  total * PAGE_SIZE / 1024, MINIMUM / 1024);
		return false;
	}
	return true;
}

static struct frame *record(pa_t f)
{
	u64 n = f.v >> PAGE_SHIFT;

	ASSERT_TEST(n && n < frame_limit);
	return &frames[n];
}

static u64 take_fresh(void)
{
	while (cursor >= spans[cursor_span].end) {
		if (cursor_span + 1 >= span_count)
			return 0;
		cursor = spans[++cursor_span].start;
	}
	cursor += PAGE_SIZE;
	return cursor - PAGE_SIZE;
}

static pa_t take(void)
{
	u32 n = free_list;

	if (n == NO_FRAME || BUILD_KASAN) {
		u64 fresh = take_fresh(); /* KASAN: so that what was freed stays forbidden for long */

		if (fresh || n == NO_FRAME)
			return pa(fresh);
	}
	free_list = frames[n].note;
	return pa((u64)n << PAGE_SHIFT);
}

pa_t frame_alloc(void)
{
	struct frame *r;
	pa_t f;

	if (alloc_should_fail())
		return pa(0);
	lock_acquire(&frame_lock);
	f = take();
	if (f.v)
		used++;
	lock_release(&frame_lock);
	if (!f.v)
		return f;
	r = record(f);
	ASSERT(r->refs == 0); /* F1 */
	r->refs = 1;
	r->note = 0;
	kasan_mark(frame_ptr(f), PAGE_SIZE, KASAN_USABLE);
	return f;
}

pa_t frame_alloc_zeroed(void)
{
	pa_t f = frame_alloc();

	if (f.v)
		memset(frame_ptr(f), 0, PAGE_SIZE);
	return f;
}

pa_t frame_alloc_user(void)
{
	return likely(wall_up(WALL_ZERO)) ? frame_alloc_zeroed() : frame_alloc();
}

pa_t frame_of_module(const void *page)
{
	pa_t f = frame_of(page);

	for (u32 i = 0; i < module_count; i++)
		if (f.v >= modules[i].start && f.v < modules[i].end && IS_ALIGNED(f.v, PAGE_SIZE))
			return f;
	return pa(0);
}

void frame_ref(pa_t f)
{
	u32 before = __atomic_fetch_add(&record(f)->refs, 1, __ATOMIC_RELAXED);

	ASSERT(before > 0 && before < UINT32_MAX);
}

void frame_unref(pa_t f)
{
	struct frame *r = record(f);
	u32 before = __atomic_fetch_sub(&r->refs, 1, __ATOMIC_ACQ_REL);

	ASSERT(before > 0);
	TLB_TELL(none_owed("it gives a frame back"));
	if (before > 1)
		return;
	kasan_mark(frame_ptr(f), PAGE_SIZE, KASAN_USABLE); /* the objects in it are gone */
	if (BUILD_TEST && !BUILD_WALLS)
		memset(frame_ptr(f), POISON, PAGE_SIZE);
	kasan_mark(frame_ptr(f), PAGE_SIZE, KASAN_FREED_FRAME);
	lock_acquire(&frame_lock);
	r->note = free_list;
	free_list = (u32)(f.v >> PAGE_SHIFT);
	used--;
	lock_release(&frame_lock);
}

u32 frame_refs(pa_t f)
{
	return __atomic_load_n(&record(f)->refs, __ATOMIC_ACQUIRE);
}

u32 *frame_note(pa_t f)
{
	return &record(f)->note;
}

u32 *frame_marks(pa_t f)
{
	ASSERT_TEST(f.v >> PAGE_SHIFT < frame_limit);
	return &frames[f.v >> PAGE_SHIFT].marks;
}

pa_t frame_end(void)
{
	return pa(frame_limit << PAGE_SHIFT);
}

u64 frame_total(void)
{
	return total;
}

u64 frame_free(void)
{
	return total - used;
}

u64 frame_used(void)
{
	return used;
}
