/*
 * audit.c - see audit.h. Three passes: the kernel's tables and those of each space leave marks with the frames that
 * they reach, and then each frame's marks must agree with each other and with its record.
 */
#include "mm/audit.h"

#include "kernel/lib/layout.h"
#include "kernel/lib/log.h"
#include "mm/frame.h"
#include "mm/kmap.h"
#include "mm/pagetable.h"
#include "mm/region.h"

extern const char __entry_text_start[], __entry_text_end[], __entry_data_start[], __entry_data_end[];

#define HALF       (PT_ENTRIES / 2)
#define PTE_TYPE   (PTE_PCD | PTE_PWT)
#define PTE_GRANTS (PTE_W | PTE_U)

/* What is marked with a frame (frame_marks()). */
#define MARK_ENTRIES  0xffffffu /* of ring 3's tables, with or without P */
#define MARK_USER_W   BIT(24)
#define MARK_KERNEL_W BIT(25)
#define MARK_KERNEL_X BIT(26)
#define MARK_CACHED   BIT(27)
#define MARK_UNCACHED BIT(28)
#define MARK_TABLE    BIT(29)
#define MARK_KERNEL   BIT(30) /* the kernel uses it under another address than the direct map's */

/* Of nearly all frames: RAM that the kernel reaches through the direct map. There is nothing to compare. */
#define MARKS_PLAIN (MARK_KERNEL_W | MARK_CACHED)

struct audit {
	struct audit_result *results;
	struct aspace *as; /* whose tables these are; NULL: the kernel's */
	u64 leaves;
};

static void expect(struct audit *a, enum audit_rule rule, bool holds, u64 where)
{
	static const char *const what[] = {
#define AUDIT_WHAT(symbol, name, what) what,
		AUDIT_LIST(AUDIT_WHAT)
#undef AUDIT_WHAT
	};
	struct audit_result *r = &a->results[rule];

	r->checked++;
	if (!holds && !r->broken++)
		log_error("audit: %s: \"%s\" does not hold for %lx", r->name, what[rule], where);
}

/* Rights as the CPU adds them up (SDM 3A 4.6.1): W and U if all levels grant them, NX if one has it. */
static u64 rights_below(u64 above, pte_t e)
{
	return (above & e.v & PTE_GRANTS) | ((above | e.v) & PTE_NX);
}

static void check_entry(struct audit *a, pte_t e, u64 rights, u64 va)
{
	bool entry_region = (va >= (u64)__entry_text_start && va < (u64)__entry_text_end) ||
			    (va >= (u64)__entry_data_start && va < (u64)__entry_data_end);

	expect(a, AUDIT_W_XOR_X, !(rights & PTE_W) || (rights & PTE_NX), va);
	expect(a, AUDIT_GLOBAL, !(e.v & PTE_G) || entry_region, va);
}

static void kernel_leaf(struct audit *a, pte_t e, int level, u64 va, u64 rights)
{
	u64 from = pte_frame(e).v, marks = e.v & PTE_TYPE ? MARK_UNCACHED : MARK_CACHED;

	marks |= (rights & PTE_W ? MARK_KERNEL_W : 0) | (rights & PTE_NX ? 0 : MARK_KERNEL_X);
	marks |= va >= KSTACK_BASE ? MARK_KERNEL : 0;
	check_entry(a, e, rights, va);
	for (u64 at = from; at < from + pt_span(level) && at < frame_end().v; at += PAGE_SIZE)
		*frame_marks(pa(at)) |= (u32)marks;
}

static void check_region(struct audit *a, bool present, u64 va, u64 rights)
{
	const struct region *r = region_find(a->as, va);
	enum prot prot = r ? r->prot : PROT_NOTHING;

	expect(a, AUDIT_REGIONS, r && (!present || prot != PROT_NOTHING), va);
	expect(a, AUDIT_REGIONS, !present || !(rights & PTE_W) || prot == PROT_RW, va);
	expect(a, AUDIT_REGIONS, !present || (rights & PTE_NX) || prot == PROT_RX, va);
}

static void user_leaf(struct audit *a, pte_t e, u64 va, u64 rights)
{
	pa_t f = pte_frame(e);
	bool present = pte_present(e), ram = f.v && f.v < frame_end().v;

	a->leaves++;
	check_region(a, present, va, rights);
	expect(a, AUDIT_KERNEL_FRAMES, ram, va);
	if (!ram)
		return;
	*frame_marks(f) += 1;
	if (!present)
		return;
	check_entry(a, e, rights, va);
	*frame_marks(f) |= (rights & PTE_W ? MARK_USER_W : 0) | (e.v & PTE_TYPE ? MARK_UNCACHED : MARK_CACHED);
}

/* True: it is a table that nobody else has. */
static bool mark_table(struct audit *a, pa_t f, u64 va)
{
	bool new = f.v < frame_end().v && !(*frame_marks(f) & MARK_TABLE);

	expect(a, AUDIT_TABLES, new, va);
	if (new)
		*frame_marks(f) |= MARK_TABLE;
	return new;
}

/* Entries [first, end) of the table at `level` whose first entry maps va. As deep as the levels. */
static void walk(struct audit *a, pa_t table, int level, u32 first, u32 end, u64 va, u64 above)
{
	const pte_t *entries = frame_ptr(table);
	u32 used = 0;

	for (u32 i = first; i < end; i++) {
		pte_t e = entries[i];
		u64 at = va + i * pt_span(level), rights = rights_below(above, e);

		used += e.v != 0;
		if (!e.v)
			continue;
		if (!a->as)
			expect(a, AUDIT_USER_HALF, !(e.v & PTE_U), at);
		if (level > 1 && !(e.v & PTE_PS)) {
			if (mark_table(a, pte_frame(e), at))
				walk(a, pte_frame(e), level - 1, 0, PT_ENTRIES, at, rights);
		} else if (a->as) {
			user_leaf(a, e, at, rights);
		} else {
			kernel_leaf(a, e, level, at, rights);
		}
	}
	expect(a, AUDIT_TABLES, used == *frame_note(table), va);
}

static void check_space(struct audit *a, struct aspace *as)
{
	const pte_t *kernel = frame_ptr(kmap_root()), *own = frame_ptr(as->root);

	a->as = as;
	a->leaves = 0;
	if (mark_table(a, as->root, 0))
		walk(a, as->root, PT_LEVELS, 0, HALF, 0, PTE_GRANTS);
	expect(a, AUDIT_TABLES, a->leaves == as->resident, as->root.v);
	for (u32 i = HALF; i < PT_ENTRIES; i++)
		expect(a, AUDIT_TABLES, own[i].v == kernel[i].v, i * pt_span(PT_LEVELS));
}

static void check_frame(struct audit *a, pa_t f)
{
	u32 marks = *frame_marks(f), entries = marks & MARK_ENTRIES, refs = frame_refs(f);
	bool module = frame_of_module(frame_ptr(f)).v;

	if (entries) {
		bool kernels = (marks & (MARK_KERNEL | MARK_TABLE)) || *frame_note(f);

		expect(a, AUDIT_KERNEL_FRAMES, !kernels, f.v);
		expect(a, AUDIT_REFERENCES, refs == entries + module, f.v);
		expect(a, AUDIT_ONE_WRITER, !(marks & MARK_USER_W) || entries + module == 1, f.v);
	}
	if (marks & MARK_TABLE)
		expect(a, AUDIT_TABLES, refs == 1, f.v);
	if (marks & MARK_KERNEL_X)
		expect(a, AUDIT_KERNEL_TEXT, !(marks & (MARK_USER_W | MARK_KERNEL_W)), f.v);
	expect(a, AUDIT_MEMORY_TYPE, !(marks & MARK_CACHED) || !(marks & MARK_UNCACHED), f.v);
}

bool audit_run(struct audit_result results[AUDIT_RULES])
{
	static const char *const names[] = {
#define AUDIT_NAME(symbol, name, what) name,
		AUDIT_LIST(AUDIT_NAME)
#undef AUDIT_NAME
	};
	struct audit a = {.results = results};
	u64 broken = 0;

	for (u32 i = 0; i < AUDIT_RULES; i++)
		results[i] = (struct audit_result){.name = names[i]};
	for (u64 at = 0; at < frame_end().v; at += PAGE_SIZE)
		*frame_marks(pa(at)) = 0;
	mark_table(&a, kmap_root(), 0);
	walk(&a, kmap_root(), PT_LEVELS, HALF, PT_ENTRIES, ~0ul << 48, PTE_GRANTS);
	for (struct aspace *as = aspace_first(); as; as = aspace_next(as))
		check_space(&a, as);
	for (u64 at = PAGE_SIZE; at < frame_end().v; at += PAGE_SIZE)
		if (*frame_marks(pa(at)) & ~MARKS_PLAIN)
			check_frame(&a, pa(at));
	for (u32 i = 0; i < AUDIT_RULES; i++)
		broken += results[i].broken;
	return !broken;
}
