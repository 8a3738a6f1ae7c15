/*
 * test_cache.c - kernel objects: caches and kmalloc over them.
 */
#include "kernel/lib/config.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/string.h"
#include "kernel/lib/test.h"
#include "mm/cache.h"
#include "mm/frame.h"
#include "tests/kernel/support.h"

#define OBJECTS 100

static struct cache odd, aligned; /* caches live for ever */

/* Filled with its number, an object that overlaps another is noticed. */
static bool fill_all(u8 *objects[], u32 size)
{
	for (u32 i = 0; i < OBJECTS; i++)
		memset(objects[i], (int)i + 1, size);
	for (u32 i = 0; i < OBJECTS; i++)
		for (u32 k = 0; k < size; k++)
			if (objects[i][k] != i + 1)
				return false;
	return true;
}

static void check_cache(struct cache *c, u32 size, u32 align)
{
	static u8 *objects[OBJECTS];
	u64 frames = cache_frames(), total = cache_live_total();

	for (u32 i = 0; i < OBJECTS; i++) {
		objects[i] = cache_alloc(c);
		REQUIRE(objects[i]);
		EXPECT(IS_ALIGNED((u64)objects[i], align));
	}
	EXPECT_EQ(c->live, OBJECTS);
	EXPECT_EQ(cache_live_total(), total + OBJECTS);
	EXPECT_EQ(cache_frames(), frames + (OBJECTS + c->per_slab - 1) / c->per_slab);
	EXPECT(fill_all(objects, size));
	for (u32 i = 0; i < OBJECTS; i += 2)
		cache_free(c, objects[i]);
	for (u32 i = 0; i < OBJECTS; i += 2)
		objects[i] = cache_alloc(c);
	EXPECT(fill_all(objects, size));
	for (u32 i = 0; i < OBJECTS; i++)
		cache_free(c, objects[i]);
	EXPECT_EQ(c->live, 0);
	EXPECT(cache_frames() <= frames + 1); /* C2: one empty slab may stay */
}

KTEST(cache_objects)
{
	cache_init(&odd, "test 200", 200, 0);
	check_cache(&odd, 200, 16);
	EXPECT(odd.per_slab >= 18);
}

KTEST(cache_alignment)
{
	cache_init(&aligned, "test 576", 576, 64);
	check_cache(&aligned, 576, 64);
}

/* The contents that the last owner left never reach the next one of a zeroed object. */
KTEST(cache_zeroed)
{
	static struct cache c;
	u8 *p;
	u32 dirty = 0;

	cache_init(&c, "test zeroed", 96, 0);
	p = cache_alloc(&c);
	REQUIRE(p);
	memset(p, 0xff, 96);
	cache_free(&c, p);
	p = cache_alloc_zeroed(&c);
	REQUIRE(p);
	for (u32 i = 0; i < 96; i++)
		dirty += p[i] != 0;
	EXPECT_EQ(dirty, 0);
	cache_free(&c, p);
}

KTEST(cache_poison)
{
	u8 *p;
	u32 wrong = 0;

	if (!BUILD_TEST || BUILD_KASAN) {
		ktest_skip("freed objects are poisoned in test builds only, and KASAN lets nobody read them");
		return;
	}
	p = kmalloc(256);
	REQUIRE(p);
	memset(p, 0x11, 256);
	kfree(p);
	for (u32 i = sizeof(void *); i < 256; i++) /* the first word is the list's */
		wrong += p[i] != 0x6b;
	EXPECT_EQ(wrong, 0);
	p = kmalloc(256);
	for (u32 i = sizeof(void *); p && i < 256; i++)
		wrong += p[i] != 0x6b;
	EXPECT_EQ(wrong, 0);
	kfree(p);
}

KTEST(kmalloc_sizes)
{
	static const u16 sizes[] = {1,   16,  31,  32,   33,   64,   65,   128,  129,  256,
				    257, 496, 497, 1008, 1009, 2016, 2017, 2048, 2049, 4096};
	u8 *p[ARRAY_SIZE(sizes)];

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		p[i] = kmalloc(sizes[i]);
		EXPECT(p[i] && IS_ALIGNED((u64)p[i], 16));
		if (p[i])
			memset(p[i], (int)i + 1, sizes[i]);
	}
	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++)
		EXPECT(p[i] && p[i][0] == i + 1 && p[i][sizes[i] - 1] == i + 1);
	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++)
		kfree(p[i]);
	kfree(NULL);
}

KTEST(kmalloc_whole_frames)
{
	u64 used = frame_used(), live = cache_live_total();
	u8 *p = kmalloc_zeroed(4096);
	u32 dirty = 0;

	REQUIRE(p);
	EXPECT(IS_ALIGNED((u64)p, PAGE_SIZE));
	for (u32 i = 0; i < 4096; i++)
		dirty += p[i] != 0;
	EXPECT_EQ(dirty, 0);
	EXPECT_EQ(frame_used(), used + 1);
	EXPECT_EQ(cache_live_total(), live + 1);
	kfree(p);
	EXPECT_EQ(frame_used(), used);
}

/* Both the object's and its new slab's allocation can fail; nothing is lost by it. */
KTEST(cache_alloc_planned_failure)
{
	static struct cache c;
	void *p;

	if (!BUILD_TEST) {
		ktest_skip("allocations fail on demand in test builds only");
		return;
	}
	cache_init(&c, "test failing", 3000, 0);
	for (u64 nth = 1; nth <= 2; nth++) {
		alloc_fail_set(nth);
		p = cache_alloc(&c);
		EXPECT(!p && alloc_fail_hit());
	}
	alloc_fail_set(3);
	p = cache_alloc(&c);
	EXPECT(p && !alloc_fail_hit());
	alloc_fail_set(1);
	EXPECT(!kmalloc(40));
	alloc_fail_set(0);
	EXPECT_EQ(c.live, 1);
	cache_free(&c, p);
}
