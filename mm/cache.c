/*
 * cache.c - slabs: a frame begins with a struct slab, the rest is cut into objects; a free object's first
 * word links to the next free one.
 *
 * C1  A slab is on its cache's partial list exactly if it has a free object.
 * C2  At most one empty slab per cache is kept; further ones go back to the frame allocator.
 * Lock: each cache's own (RANK_CACHE).
 */
#include "kernel/lib/config.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/string.h"
#include "mm/cache.h"
#include "mm/frame.h"
#include "mm/kasan.h"

#define CACHES      200
#define WHOLE_FRAME 0xffffffffu /* note of a kmalloc frame */
#define POISON_FREE 0x6b

struct slab {
	struct list link;
	void *free;
	u32 used;
};

static struct cache *caches[CACHES + 1]; /* by number; 0 is none */
static u32 cache_count;
static u64 slab_frames, whole_frames; /* atomic */

void cache_init(struct cache *c, const char *name, u32 size, u32 align)
{
	*c = (struct cache){.name = name, .size = size, .align = align ? align : 16};
	ASSERT(size <= CACHE_MAX_SIZE && cache_count < CACHES);
	c->stride = (u32)ALIGN_UP(MAX(size + KASAN_REDZONE, 16u), c->align);
	c->per_slab = (u32)((PAGE_SIZE - ALIGN_UP(sizeof(struct slab), c->align)) / c->stride);
	ASSERT(c->per_slab > 0);
	lock_init(&c->lock, RANK_CACHE, name);
	list_init(&c->partial);
	c->number = ++cache_count;
	caches[c->number] = c;
}

static bool grow(struct cache *c)
{
	pa_t f = frame_alloc();
	struct slab *s = frame_ptr(f);
	u8 *object;

	if (!f.v)
		return false;
	*frame_note(f) = c->number;
	*s = (struct slab){0};
	object = (u8 *)s + ALIGN_UP(sizeof *s, c->align);
	for (u32 i = 0; i < c->per_slab; i++, object += c->stride) {
		if (BUILD_TEST)
			memset(object, POISON_FREE, c->stride);
		*(void **)object = s->free;
		s->free = object;
		kasan_mark(object, c->stride, KASAN_FREED_OBJECT);
	}
	list_push_front(&c->partial, &s->link);
	__atomic_add_fetch(&slab_frames, 1, __ATOMIC_RELAXED);
	return true;
}

static void check_poison(const struct cache *c, const u8 *object)
{
	for (u32 i = sizeof(void *); i < c->stride; i++)
		if (object[i] != POISON_FREE)
			panic("cache %s: object %p was written at byte %u after it was freed", c->name, object, i);
}

void *cache_alloc(struct cache *c)
{
	void *object = NULL;
	struct slab *s;

	if (alloc_should_fail())
		return NULL;
	lock_acquire(&c->lock);
	if (!list_empty(&c->partial) || grow(c)) {
		s = list_first(&c->partial, struct slab, link);
		object = s->free;
		kasan_mark(object, c->stride, KASAN_USABLE);
		s->free = *(void **)object;
		s->used++;
		c->live++;
		if (!s->free)
			list_remove(&s->link); /* C1 */
	}
	lock_release(&c->lock);
	if (BUILD_TEST && object)
		check_poison(c, object);
	return kasan_mark_object(object, c->size, c->stride);
}

void *cache_alloc_zeroed(struct cache *c)
{
	void *object = cache_alloc(c);

	if (object)
		memset(object, 0, c->size);
	return object;
}

void cache_free(struct cache *c, void *object)
{
	struct slab *s = (struct slab *)ALIGN_DOWN((u64)object, PAGE_SIZE);
	bool empty;

	ASSERT(*frame_note(frame_of(s)) == c->number);
	if (BUILD_KASAN)
		kasan_check_free(object);
	kasan_mark(object, c->stride, KASAN_USABLE);
	if (BUILD_TEST)
		memset(object, POISON_FREE, c->stride);
	lock_acquire(&c->lock);
	if (!s->free)
		list_push_front(&c->partial, &s->link);
	*(void **)object = s->free;
	s->free = object;
	kasan_mark(object, c->stride, KASAN_FREED_OBJECT);
	c->live--;
	empty = --s->used == 0 && s->link.next != s->link.prev; /* C2: not the only one on the list */
	if (empty)
		list_remove(&s->link);
	lock_release(&c->lock);
	if (empty) {
		frame_unref(frame_of(s));
		__atomic_sub_fetch(&slab_frames, 1, __ATOMIC_RELAXED);
	}
}

u64 cache_live_total(void)
{
	u64 n = __atomic_load_n(&whole_frames, __ATOMIC_RELAXED);

	for (u32 i = 1; i <= cache_count; i++)
		n += caches[i]->live;
	return n;
}

u64 cache_frames(void)
{
	return __atomic_load_n(&slab_frames, __ATOMIC_RELAXED);
}

/* Sizes that leave little of a frame unused beside its struct slab. */
static const u32 class_size[] = {32, 64, 128, 256, 496, 1008, 2016};
static struct cache classes[ARRAY_SIZE(class_size)];

void kmalloc_init(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(classes); i++)
		cache_init(&classes[i], "kmalloc", class_size[i], 0);
}

void *kmalloc(size_t n)
{
	pa_t f;

	for (u32 i = 0; i < ARRAY_SIZE(classes); i++)
		if (n <= class_size[i])
			return kasan_mark_object(cache_alloc(&classes[i]), n, class_size[i]);
	ASSERT(n <= PAGE_SIZE);
	f = frame_alloc();
	if (!f.v)
		return NULL;
	*frame_note(f) = WHOLE_FRAME;
	__atomic_add_fetch(&whole_frames, 1, __ATOMIC_RELAXED);
	return kasan_mark_object(frame_ptr(f), n, PAGE_SIZE);
}

void *kmalloc_zeroed(size_t n)
{
	void *p = kmalloc(n);

	if (p)
		memset(p, 0, n);
	return p;
}

void kfree(void *p)
{
	pa_t f = pa(ALIGN_DOWN(frame_of(p).v, PAGE_SIZE));
	u32 note;

	if (!p)
		return;
	note = *frame_note(f);
	if (note != WHOLE_FRAME) {
		ASSERT(note && note <= cache_count);
		cache_free(caches[note], p);
		return;
	}
	__atomic_sub_fetch(&whole_frames, 1, __ATOMIC_RELAXED);
	frame_unref(f);
}
