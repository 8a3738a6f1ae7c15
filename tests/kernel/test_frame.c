/*
 * test_frame.c - physical memory: counts, references, reuse, zeroing, notes, exhaustion and planned failure.
 */
#include "boot/handoff.h"
#include "kernel/lib/config.h"
#include "kernel/lib/string.h"
#include "kernel/lib/test.h"
#include "mm/frame.h"
#include "tests/kernel/support.h"

KTEST(frame_alloc_counts)
{
	u64 used = frame_used(), free = frame_free();
	pa_t a = frame_alloc(), b = frame_alloc();

	REQUIRE(a.v && b.v);
	EXPECT(a.v != b.v && IS_ALIGNED(a.v, PAGE_SIZE) && IS_ALIGNED(b.v, PAGE_SIZE));
	EXPECT_EQ(frame_used(), used + 2);
	EXPECT_EQ(frame_free(), free - 2);
	EXPECT_EQ(frame_total(), frame_used() + frame_free());
	frame_unref(a);
	frame_unref(b);
	EXPECT_EQ(frame_used(), used);
}

KTEST(frame_references)
{
	u64 used = frame_used();
	pa_t f = frame_alloc();

	REQUIRE(f.v);
	EXPECT_EQ(frame_refs(f), 1);
	frame_ref(f);
	frame_ref(f);
	EXPECT_EQ(frame_refs(f), 3);
	frame_unref(f);
	frame_unref(f);
	EXPECT_EQ(frame_refs(f), 1);
	EXPECT_EQ(frame_used(), used + 1);
	frame_unref(f);
	EXPECT_EQ(frame_refs(f), 0);
	EXPECT_EQ(frame_used(), used);
}

/* The frame freed last is handed out next; its note starts at 0 again. */
KTEST(frame_reuse)
{
	pa_t a = frame_alloc(), b = frame_alloc(), c;

	REQUIRE(a.v && b.v);
	*frame_note(a) = 77;
	EXPECT_EQ(*frame_note(b), 0);
	frame_unref(b);
	frame_unref(a);
	c = frame_alloc();
	EXPECT(c.v == a.v || BUILD_KASAN); /* which takes fresh ones as long as there are any */
	EXPECT_EQ(*frame_note(c), 0);
	frame_unref(c);
}

static u64 words_other_than(pa_t f, u64 word)
{
	const u64 *p = frame_ptr(f);
	u64 n = 0;

	for (u32 i = 0; i < PAGE_SIZE / 8; i++)
		n += p[i] != word;
	return n;
}

KTEST(frame_zeroed)
{
	pa_t f = frame_alloc();

	REQUIRE(f.v);
	memset(frame_ptr(f), 0xff, PAGE_SIZE);
	frame_unref(f);
	f = frame_alloc_zeroed();
	REQUIRE(f.v);
	EXPECT_EQ(words_other_than(f, 0), 0);
	memset(frame_ptr(f), 0xff, PAGE_SIZE);
	frame_unref(f);
	f = frame_alloc_user();
	REQUIRE(f.v);
	EXPECT_EQ(words_other_than(f, 0), 0);
	frame_unref(f);
}

KTEST(frame_poison)
{
	pa_t f;

	if (!BUILD_TEST || BUILD_WALLS || BUILD_KASAN) {
		ktest_skip("freed frames are poisoned in the test build only, and KASAN lets nobody read them");
		return;
	}
	f = frame_alloc_zeroed();
	REQUIRE(f.v);
	frame_unref(f);
	EXPECT_EQ(words_other_than(f, 0xdbdbdbdbdbdbdbdb), 0);
}

KTEST(frame_alloc_planned_failure)
{
	pa_t a, b, c;

	if (!BUILD_TEST) {
		ktest_skip("allocations fail on demand in test builds only");
		return;
	}
	alloc_fail_set(2);
	a = frame_alloc();
	EXPECT(!alloc_fail_hit());
	b = frame_alloc_zeroed();
	EXPECT(alloc_fail_hit());
	c = frame_alloc_user();
	alloc_fail_set(0);
	EXPECT(a.v && !b.v && c.v && !alloc_fail_hit());
	frame_unref(a);
	frame_unref(c);
}

static bool in_ram(pa_t f)
{
	for (u32 i = 0; i < boot_handoff->range_count; i++) {
		const struct range *r = &boot_handoff->ranges[i];

		if (f.v >= r->base && f.v + PAGE_SIZE <= r->base + r->length)
			return true;
	}
	return false;
}

static bool in_module(pa_t f)
{
	for (u32 i = 0; i < boot_handoff->module_count; i++)
		if (f.v + PAGE_SIZE > boot_handoff->modules[i].base &&
		    f.v < boot_handoff->modules[i].base + boot_handoff->modules[i].length)
			return true;
	return false;
}

extern const char __kernel_end[];

/* All memory there is, to the last frame: each is RAM, nobody else's and handed out once. */
KTEST(frame_exhaustion)
{
	u64 used = frame_used(), n = 0, bad = 0;
	pa_t last = pa(0), f;

	if (frame_total() > 20000) {
		ktest_skip("only where memory is small (boot/mem32)");
		return;
	}
	while ((f = frame_alloc()).v) {
		bad += !in_ram(f) || in_module(f) || f.v < (u64)__kernel_end - KERNEL_BASE || frame_refs(f) != 1;
		*(u64 *)frame_ptr(f) = last.v;
		last = f;
		n++;
	}
	EXPECT_EQ(bad, 0);
	EXPECT_EQ(n, frame_total() - used);
	EXPECT_EQ(frame_free(), 0);
	EXPECT(!frame_alloc_zeroed().v && !frame_alloc_user().v);
	while (last.v) {
		f = last;
		last = pa(*(u64 *)frame_ptr(f));
		frame_unref(f);
	}
	EXPECT_EQ(frame_used(), used);
}
