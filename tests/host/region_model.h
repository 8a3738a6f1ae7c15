/*
 * region_model.h - what test_regions.c compares the kernel with: a space as an array of pages, and what must hold of a
 * space beside it: the tree of regions in balance and equal to the array, each frame's references accounted for.
 */
#pragma once

#include "tests/host/memory.h"

#define PG      PAGE_SIZE
#define BASE    0x20000000ul
#define PAGES   64 /* the model's window; mmap's top is its end, and all below is free */
#define HEAP_AT 40
#define SPACES  3
#define SAMPLE  100 /* the byte of a page that is looked at */
#define FILES   2

struct page {
	bool mapped;
	enum prot prot;
	enum region_kind kind;
	int file;  /* of a REGION_FILE */
	u64 index; /* which of its pages */
	u64 on_fork, had;
	u8 byte;
};

struct model {
	struct page page[PAGES];
	u64 brk; /* bytes above BASE */
};

static u8 *files[FILES]; /* the first is a module's, the second is not on a page */
static const u64 sizes[FILES] = {20 * PG, 5 * PG + 200};

static struct aspace *spaces[SPACES];
static struct model models[SPACES];
static char last[200]; /* what was done last */

static u64 below(u64 n)
{
	return random_next() % n;
}

static void wrong(const char *what)
{
	printf("# after %s: %s\nnot ok - the kernel and the model agree\n", last, what);
	exit(1);
}

static void expect_eq(i64 got, i64 want, const char *what)
{
	if (got == want)
		return;
	printf("# %s: got %#lx, want %#lx\n", what, got, want);
	wrong(what);
}

/* ---- the model */

static bool past_end(const struct page *p)
{
	return p->kind == REGION_FILE && p->index * PG >= sizes[p->file];
}

static u8 first_byte(const struct page *p)
{
	u64 at = p->index * PG + SAMPLE;

	return p->kind == REGION_FILE && at < sizes[p->file] ? files[p->file][at] : 0;
}

static bool is_free(const struct model *m, i64 start, u64 count)
{
	for (i64 i = MAX(start, 0); i < start + (i64)count; i++)
		if (i >= PAGES || m->page[i].mapped)
			return false;
	return true;
}

/* The highest place, perhaps below the window. */
static i64 room(const struct model *m, u64 count)
{
	i64 start = PAGES - (i64)count;

	while (!is_free(m, start, count))
		start--;
	return start;
}

/* Do pages i and i + 1 belong to one region? */
static bool joined(const struct model *m, u64 i)
{
	const struct page *a = &m->page[i], *b = a + 1;

	return i + 1 < PAGES && a->mapped && b->mapped && a->prot == b->prot && a->kind == b->kind &&
	       a->on_fork == b->on_fork && a->had == b->had &&
	       (a->kind != REGION_FILE || (a->file == b->file && a->index + 1 == b->index));
}

static u64 region_end(const struct model *m, u64 i)
{
	while (joined(m, i))
		i++;
	return i + 1;
}

static void set(struct model *m, u64 start, u64 count, const struct page *like)
{
	for (u64 i = 0; i < count; i++) {
		m->page[start + i] = *like;
		m->page[start + i].index += i;
		m->page[start + i].byte = first_byte(&m->page[start + i]);
	}
}

/* ---- mremap */

struct move {
	u64 from, old, new, to, flags;
};

/* Takes the pages along; what is new continues the last. */
static void model_move(struct model *m, const struct move *v, u64 to)
{
	struct page moved[PAGES], like = m->page[v->from];
	u64 kept = MIN(v->old, v->new);

	memcpy(moved, &m->page[v->from], kept * sizeof like);
	if (v->flags & MREMAP_DONTUNMAP)
		for (u64 i = 0; i < v->old; i++)
			m->page[v->from + i].byte = first_byte(&m->page[v->from + i]);
	else
		memset(&m->page[v->from], 0, v->old * sizeof like);
	if (like.kind == REGION_HEAP)
		like.kind = REGION_ANON;
	set(m, to, v->new, &like);
	for (u64 i = 0; i < kept; i++)
		m->page[to + i].byte = moved[i].byte;
}

/* What Linux's mremap says; to a place in *to, which may be below the window. */
static i64 model_remap(struct model *m, const struct move *v, i64 *to)
{
	u64 kept = MIN(v->old, v->new);
	bool elsewhere = v->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP);

	*to = (i64)v->from;
	if (!m->page[v->from].mapped)
		return -EFAULT;
	if (elsewhere && v->from + v->old > v->to && v->to + v->new > v->from)
		return -EINVAL;
	if (!elsewhere && v->new <= v->old)
		return 0;
	if (!v->old)
		return -EINVAL;
	if (region_end(m, v->from) < v->from + kept)
		return -EFAULT;
	if (v->flags & MREMAP_FIXED)
		*to = (i64)v->to;
	else if (v->flags & MREMAP_DONTUNMAP)
		*to = is_free(m, (i64)v->to, v->new) ? (i64)v->to : room(m, v->new);
	else if (region_end(m, v->from) == v->from + v->old && is_free(m, (i64)(v->from + v->old), v->new - v->old))
		return 0;
	else if (v->flags & MREMAP_MAYMOVE)
		*to = room(m, v->new);
	else
		return -ENOMEM;
	return 0;
}

/* ---- what must hold */

/* The height of the subtree. */
static int check_tree(const struct tree_node *n, const struct tree_node *parent)
{
	const struct region *r = tree_entry(n, struct region, node);
	int left, right;

	if (!n)
		return 0;
	if (n->parent != parent)
		wrong("a node hangs elsewhere than it thinks");
	left = check_tree(n->child[0], n);
	right = check_tree(n->child[1], n);
	if (left - right > 1 || right - left > 1 || n->height != 1 + MAX(left, right))
		wrong("the tree is out of balance");
	if (r->low != tree_entry(tree_end((struct tree_node *)n, 0), struct region, node)->start ||
	    r->high != tree_entry(tree_end((struct tree_node *)n, 1), struct region, node)->end)
		wrong("a summary is old");
	return n->height;
}

static void check_regions(const struct aspace *as, const struct model *m)
{
	const struct region *r = region_first(as);

	check_tree(as->regions.root, NULL);
	for (u64 i = 0; i < PAGES;) {
		u64 end = region_end(m, i);
		const struct page *p = &m->page[i];

		if (p->mapped) {
			if (!r)
				wrong("a region is missing");
			expect_eq((i64)r->start, (i64)(BASE + i * PG), "a region's start");
			expect_eq((i64)r->end, (i64)(BASE + end * PG), "its end");
			expect_eq(r->prot, p->prot, "its rights");
			expect_eq(r->kind, p->kind, "its kind");
			expect_eq((i64)r->on_fork, (i64)p->on_fork, "what fork does with it");
			expect_eq((i64)r->had, (i64)p->had, "the rights that it has had");
			r = region_following(r);
		}
		i = end;
	}
	if (r)
		wrong("there is a region too many");
}

static int count_entry(struct pt_walk *w, pte_t *at, u64 va, int level)
{
	u32 *seen = w->context;
	pa_t f = pte_frame(*at);

	(void)va, (void)level;
	seen[frame_number(f)]++;
	if ((at->v & PTE_W) && frame_refs(f) > 1)
		wrong("a shared frame is writable");
	return 0;
}

/* Each frame's references are the entries that lead to it; `resident` counts them. */
static void check_frames(void)
{
	static u32 seen[FRAMES];
	u64 all = 0, resident = 0;

	memset(seen, 0, sizeof seen);
	for (int s = 0; s < SPACES; s++) {
		struct pt_walk w = {.start = 0, .end = USER_TOP, .leaf = count_entry, .context = seen};

		if (!spaces[s])
			continue;
		pt_walk_range(spaces[s]->root, &w);
		resident += spaces[s]->resident;
	}
	for (u32 i = 0; i < FRAMES; i++) {
		if (seen[i] && seen[i] + (i < module_pages) != refs[i])
			wrong("a frame's references are not its entries");
		all += seen[i];
	}
	if (all != resident)
		wrong("resident is not what is present");
}

