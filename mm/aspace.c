/*
 * aspace.c - address spaces: birth, death, and what mmap, munmap, mprotect and brk do (aspace.h: A1 to A4).
 *
 * Each change decodes first (checks, and allocates the region objects that it may need), then commits.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/log.h"
#include "kernel/lib/panic.h"
#include "mm/cache.h"
#include "mm/frame.h"
#include "mm/kmap.h"
#include "mm/pagetable.h"
#include "mm/region.h"
#include "mm/tlb_model.h"
#include "mm/user_pte.h"

#define STACK_ROOM (128ul << 20) /* Linux's least; a larger RLIMIT_STACK at exec makes it larger */

static struct cache aspace_cache;
static struct spinlock all_lock = SPINLOCK(RANK_QUIET, "spaces");
static struct list all = {&all, &all}; /* all_lock */

void aspace_init(void)
{
	cache_init(&aspace_cache, "aspace", sizeof(struct aspace), 0);
	region_init();
}

struct aspace *aspace_create(void)
{
	struct aspace *as = cache_alloc_zeroed(&aspace_cache);

	if (!as)
		return NULL;
	as->root = frame_alloc_zeroed();
	if (!as->root.v) {
		cache_free(&aspace_cache, as);
		return NULL;
	}
	kmap_share(as->root);
	lock_init(&as->lock.guard, RANK_MUTEX, "aspace");
	list_init(&as->lock.waiters);
	region_tree_init(&as->regions);
	lock_init(&as->futexes.lock, RANK_FUTEX, "futex");
	for (u32 i = 0; i < FUTEX_LISTS; i++)
		list_init(&as->futexes.lists[i]);
	as->refs = 1;
	aspace_set_limits(as, NULL, 0);
	lock_acquire(&all_lock);
	list_push_front(&all, &as->all_link);
	lock_release(&all_lock);
	return as;
}

static struct aspace *space_at(const struct list *link)
{
	return link == &all ? NULL : list_entry((struct list *)link, struct aspace, all_link);
}

struct aspace *aspace_first(void)
{
	return space_at(all.next);
}

struct aspace *aspace_next(const struct aspace *as)
{
	return space_at(as->all_link.next);
}

void aspace_set_limits(struct aspace *as, const struct rlimit_abi *limits, u64 lower)
{
	u64 room = limits ? limit_soft(limits, LIMIT_STACK) : 0;

	as->limits = limits;
	room = MIN(MAX(room, STACK_ROOM), USER_TOP / 6);
	as->mmap_top = ALIGN_DOWN(USER_TOP - room - STACK_GAP, PAGE_SIZE) - lower;
}

void aspace_ref(struct aspace *as)
{
	__atomic_add_fetch(&as->refs, 1, __ATOMIC_RELAXED);
}

static int drop_run(struct pt_walk *w, pte_t *first, u64 va, u32 count)
{
	u32 used = 0;

	for (u32 i = 0; i < count; i++) {
		if (!first[i].v)
			continue;
		frame_unref(pte_frame(first[i]));
		used++;
	}
	*pt_entries_used(first) -= used;
	return 0;
}

static int drop_table(struct pt_walk *w, pte_t *at, u64 va, int level)
{
	if (*frame_note(pte_frame(*at)))
		return 0; /* the next region has pages in it as well */
	frame_unref(pte_frame(*at));
	at->v = 0;
	--*pt_entries_used(at);
	return 0;
}

/* No flush: no CPU has the space loaded, and its PCIDs are flushed before another space gets them (T1). */
void aspace_unref(struct aspace *as)
{
	struct tree_node *at = NULL, *n;

	if (__atomic_sub_fetch(&as->refs, 1, __ATOMIC_ACQ_REL))
		return;
	tlb_leave_all(as);
	ASSERT(!as->tlb.active);
	TLB_TELL(end(as));
	while ((n = tree_take_leaf(&as->regions, &at))) {
		struct region *r = tree_entry(n, struct region, node);
		struct pt_walk w = {.start = r->start, .end = r->end, .run = drop_run, .table_done = drop_table};

		pt_walk_range(as->root, &w);
		region_free(r);
	}
	ASSERT(*frame_note(as->root) == 0); /* A2: there was nothing outside the regions */
	lock_acquire(&all_lock);
	list_remove(&as->all_link);
	lock_release(&all_lock);
	frame_unref(as->root);
	cache_free(&aspace_cache, as);
}

bool prot_from_linux(u64 bits, enum prot *out)
{
	bool write = bits & 2, execute = bits & 4;

	if (write && execute)
		return false;
	*out = write ? PROT_RW : execute ? PROT_RX : bits & 1 ? PROT_R : PROT_NOTHING;
	return true;
}

u32 prot_to_linux(enum prot p)
{
	static const u8 bits[] = {[PROT_NOTHING] = 0, [PROT_R] = 1, [PROT_RW] = 3, [PROT_RX] = 5};

	return bits[p];
}

static bool range_ok(u64 start, u64 length)
{
	return IS_ALIGNED(start, PAGE_SIZE) && length && length <= USER_TOP && start <= USER_TOP - length;
}

static int unmap_leaf(struct pt_walk *w, pte_t *at, u64 va, int level)
{
	struct aspace *as = w->context;
	pa_t f = pte_frame(*at);

	pt_commit(w->batch, at, (pte_t){0}, va, level);
	pt_batch_free(w->batch, f);
	as->resident--;
	return 0;
}

void aspace_drop_pages(struct aspace *as, u64 start, u64 end, pt_visit table_done)
{
	struct pt_batch b;
	struct pt_walk w = {.start = start, .end = end, .leaf = unmap_leaf, .table_done = table_done,
			    .batch = &b, .context = as};

	as->peak = MAX(as->peak, as->resident);
	pt_batch_init(&b, as);
	pt_walk_range(as->root, &w);
	pt_batch_finish(&b);
}

/* `spare` are two region objects, of which it may use some. */
void aspace_unmap_commit(struct aspace *as, u64 start, u64 end, struct region *spare[2], pt_visit table_done)
{
	struct region *r, *next;

	region_split(as, start, &spare[0]);
	region_split(as, end, &spare[1]);
	for (r = region_at_or_after(as, start); r && r->start < end; r = next) {
		next = region_following(r);
		region_remove(as, r);
	}
	aspace_drop_pages(as, start, end, table_done);
}

/* Bytes mapped in [start, end): all, or those that RLIMIT_DATA counts. */
static u64 mapped(struct aspace *as, u64 start, u64 end, bool data)
{
	u64 n = 0;

	for (struct region *r = region_at_or_after(as, start); r && r->start < end; r = region_following(r))
		if (!data || (r->prot == PROT_RW && r->kind != REGION_STACK))
			n += MIN(r->end, end) - MAX(r->start, start);
	return n;
}

static bool fits(struct aspace *as, bool data, u64 limit, u64 more, u64 less)
{
	return limit == LIMIT_NONE || mapped(as, 0, USER_TOP, data) + more <= ALIGN_DOWN(limit, PAGE_SIZE) + less;
}

/* As Linux: a soft limit of 0 holds for the break alone, and mappings may go up to the hard one. */
static u64 data_limit(const struct aspace *as)
{
	u64 limit = limit_soft(as->limits, LIMIT_DATA);

	return limit ? limit : as->limits[LIMIT_DATA].hard;
}

bool aspace_may_grow(struct aspace *as, const struct region_spec *spec, u64 bytes)
{
	u64 total = limit_soft(as->limits, LIMIT_AS), replaced;
	u64 data = spec->prot == PROT_RW && spec->kind != REGION_STACK ? data_limit(as) : LIMIT_NONE;

	if (total == LIMIT_NONE && data == LIMIT_NONE)
		return true;
	replaced = mapped(as, spec->start, spec->start + spec->length, false);
	return fits(as, false, total, bytes, replaced) && fits(as, true, data, bytes, replaced);
}

int aspace_map(struct aspace *as, const struct region_spec *spec)
{
	struct region *spare[2], *r;
	u64 end = spec->start + spec->length;

	if (!range_ok(spec->start, spec->length) || spec->start < USER_BOTTOM)
		return -EINVAL;
	if (!aspace_may_grow(as, spec, spec->length))
		return -ENOMEM;
	r = region_alloc();
	if (!r)
		return -ENOMEM;
	if (!aspace_is_free(as, spec->start, spec->length)) {
		if (!region_spares(as, spec->start, end, spare)) {
			region_free(r);
			return -ENOMEM;
		}
		aspace_unmap_commit(as, spec->start, end, spare, pt_free_empty_table);
		region_spares_free(spare);
	}
	*r = (struct region){.start = spec->start, .end = end, .prot = spec->prot, .kind = spec->kind,
			     .had = had_with(0, spec->prot), .backing = spec->backing, .name = spec->name};
	region_insert(as, r);
	region_merge(as, spec->start, end);
	return 0;
}

bool aspace_is_free(struct aspace *as, u64 start, u64 length)
{
	struct region *r = region_at_or_after(as, start);

	return range_ok(start, length) && (!r || r->start >= start + length);
}

u64 aspace_find_room_below(struct aspace *as, u64 top, u64 length)
{
	u64 end = length <= USER_TOP ? region_room(as, MIN(as->mmap_top, top), length) : 0;

	return end ? end - length : 0;
}

u64 aspace_find_room(struct aspace *as, u64 hint, u64 length)
{
	const struct region *r = region_at_or_after(as, hint);

	if (hint >= USER_BOTTOM && range_ok(hint, length) && (!r || region_low(r) >= hint + length))
		return hint;
	return aspace_find_room_below(as, as->mmap_top, length);
}

int aspace_unmap(struct aspace *as, u64 start, u64 length)
{
	struct region *spare[2];

	length = ALIGN_UP(length, PAGE_SIZE);
	if (!range_ok(start, length))
		return -EINVAL;
	if (aspace_is_free(as, start, length))
		return 0;
	if (!region_spares(as, start, start + length, spare))
		return -ENOMEM;
	aspace_unmap_commit(as, start, start + length, spare, pt_free_empty_table);
	region_spares_free(spare);
	return 0;
}

static int protect_leaf(struct pt_walk *w, pte_t *at, u64 va, int level)
{
	enum prot prot = *(enum prot *)w->context;
	pa_t f = pte_frame(*at);
	u64 bits = user_pte_bits(prot);

	if (frame_refs(f) > 1)
		bits &= ~PTE_W; /* A3: shared, to be copied by the next write */
	pt_commit(w->batch, at, pte_make(f, bits), va, level);
	return 0;
}

static void protect_commit(struct aspace *as, u64 start, u64 end, enum prot prot, struct region *spare[2])
{
	struct pt_batch b;
	struct pt_walk w = {.start = start, .end = end, .leaf = protect_leaf, .batch = &b, .context = &prot};

	region_split(as, start, &spare[0]);
	region_split(as, end, &spare[1]);
	for (struct region *r = region_at_or_after(as, start); r && r->start < end; r = region_following(r)) {
		r->prot = prot;
		r->had = had_with(r->had, prot);
	}
	region_merge(as, start, end);
	pt_batch_init(&b, as);
	pt_walk_range(as->root, &w);
	pt_batch_finish(&b);
}

/* How far [start, end) may become `prot`: all of it, or up to a hole or a region that may not, and what to say then. */
static u64 protectable_until(struct aspace *as, u64 start, u64 end, enum prot prot, int *err)
{
	for (struct region *r = region_at_or_after(as, start); r && r->start <= start && start < end;
	     r = region_following(r)) {
		if (!region_may_become(r, prot)) {
			*err = -EACCES;
			return start;
		}
		start = r->end;
	}
	*err = start < end ? -ENOMEM : 0;
	return MIN(start, end);
}

/* May all of [start, end), which is mapped, be writable? What is already counts as data. */
static bool may_be_writable(struct aspace *as, u64 start, u64 end)
{
	u64 had = mapped(as, start, end, true);

	return end - start == had || fits(as, true, data_limit(as), end - start, had);
}

/* Up to the first hole it is done, then -ENOMEM; or up to what A5 forbids, then -EACCES: as Linux stops half way. */
int aspace_protect(struct aspace *as, u64 start, u64 length, enum prot prot)
{
	u64 end = start + ALIGN_UP(length, PAGE_SIZE), covered;
	struct region *spare[2];
	int stop;

	if (!IS_ALIGNED(start, PAGE_SIZE))
		return -EINVAL;
	if (!length)
		return 0;
	if (!range_ok(start, ALIGN_UP(length, PAGE_SIZE)))
		return -ENOMEM;
	covered = protectable_until(as, start, end, prot, &stop);
	if (covered > start) {
		if (prot == PROT_RW && !may_be_writable(as, start, covered))
			return -ENOMEM;
		if (!region_spares(as, start, covered, spare))
			return -ENOMEM;
		protect_commit(as, start, covered, prot, spare);
		region_spares_free(spare);
	}
	return stop;
}

u64 aspace_brk(struct aspace *as, u64 wanted)
{
	u64 old_end = ALIGN_UP(as->brk, PAGE_SIZE), end = ALIGN_UP(wanted, PAGE_SIZE);
	struct region_spec spec = {.start = old_end, .length = end - old_end, .prot = PROT_RW, .kind = REGION_HEAP};

	if (wanted < as->brk_start || wanted >= as->mmap_top ||
	    wanted - as->brk_start > limit_soft(as->limits, LIMIT_DATA))
		return as->brk;
	/* a page stays free above the heap, as on Linux */
	if (end > old_end && (!aspace_is_free(as, old_end, spec.length + PAGE_SIZE) || aspace_map(as, &spec)))
		return as->brk;
	if (end < old_end && aspace_unmap(as, end, old_end - end))
		return as->brk;
	as->brk = wanted;
	return wanted;
}

void aspace_describe(struct aspace *as, u64 va, char *buf, size_t size)
{
	static const char *const rights[] = {
		[PROT_NOTHING] = "no access", [PROT_R] = "read-only", [PROT_RW] = "read-write",
		[PROT_RX] = "read-execute",
	};
	struct region *r = region_find(as, va);

	if (r)
		format(buf, size, "%s, %s", rights[r->prot], region_name(r));
	else
		format(buf, size, "not mapped");
}
