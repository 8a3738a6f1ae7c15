/*
 * test_regions.c - random mmap, munmap, mprotect, mremap, madvise, brk, fork, exit, reads and writes on up to three
 * spaces against a plain model: an array of pages. Results, regions, rights and contents must agree; one allocation
 * in some fails, and then nothing has changed.
 *
 *      test_regions [OPERATIONS [SEED]]
 */
/* links: mm/aspace.c mm/advise.c mm/region.c mm/fault.c mm/fork.c mm/remap.c mm/pagetable.c kernel/lib/tree.c */
#include "tests/host/region_model.h"

enum { DONTNEED = 4, DONTFORK = 10, DOFORK, WIPEONFORK = 18, KEEPONFORK }; /* Linux's */

/* ---- operations: on the kernel and on the model */

static bool start_failing(void)
{
	failed = false;
	fail_in = below(8) ? 0 : (u32)below(5) + 1;
	return fail_in;
}

/* An allocation was made to fail, and the operation said so. */
static bool gave_up(i64 result)
{
	fail_in = 0;
	return failed && result == -ENOMEM;
}

static enum prot some_prot(void)
{
	return (enum prot)below(4);
}

/* What `prot` leaves for ever. */
static u64 trace_of(enum prot prot)
{
	return prot == PROT_RW ? HAD_WRITE : prot == PROT_RX ? HAD_EXECUTE : 0;
}

static void do_map(struct aspace *as, struct model *m)
{
	u64 count = below(8) + 1, at = below(PAGES - count + 1);
	struct page like = {.mapped = true, .prot = some_prot(), .kind = REGION_ANON};
	struct region_spec spec = {.start = BASE + at * PG, .length = count * PG, .prot = like.prot};
	int err;

	like.had = trace_of(like.prot);
	if (below(3) == 0) {
		like.kind = REGION_FILE;
		like.file = (int)below(FILES);
		like.index = below(sizes[like.file] / PG + 2);
		spec.backing = (struct backing){files[like.file], sizes[like.file], (i64)(like.index * PG)};
		spec.name = like.file ? "second" : "first";
	}
	spec.kind = like.kind;
	sprintf(last, "map %lu + %lu, prot %d, kind %d, file %d from page %lu", at, count, like.prot, like.kind,
		like.file, like.index);
	start_failing();
	err = aspace_map(as, &spec);
	if (gave_up(err))
		return;
	expect_eq(err, 0, "mmap");
	set(m, at, count, &like);
}

static void do_find_room(struct aspace *as, struct model *m)
{
	u64 count = below(12) + 1, hint = below(PAGES - count + 1);
	bool hinted = below(2);
	i64 want = hinted && is_free(m, (i64)hint, count) ? (i64)hint : room(m, count);

	sprintf(last, "room for %lu, hint %lu", count, hinted ? hint : 0);
	expect_eq((i64)aspace_find_room(as, hinted ? BASE + hint * PG : 0, count * PG), (i64)BASE + want * (i64)PG,
		  "room");
}

static void do_unmap(struct aspace *as, struct model *m)
{
	u64 count = below(10) + 1, at = below(PAGES - count + 1);
	int err;

	sprintf(last, "unmap %lu + %lu", at, count);
	start_failing();
	err = aspace_unmap(as, BASE + at * PG, count * PG);
	if (gave_up(err))
		return;
	expect_eq(err, 0, "munmap");
	memset(&m->page[at], 0, count * sizeof m->page[0]);
}

static u64 covered(const struct model *m, u64 at, u64 count)
{
	u64 n = 0;

	while (n < count && m->page[at + n].mapped)
		n++;
	return n;
}

static void do_protect(struct aspace *as, struct model *m)
{
	u64 count = below(10) + 1, at = below(PAGES - count + 1), n = covered(m, at, count);
	enum prot prot = some_prot();
	int want = n == count ? 0 : -ENOMEM, err;

	sprintf(last, "protect %lu + %lu, prot %d", at, count, prot);
	start_failing();
	err = aspace_protect(as, BASE + at * PG, count * PG, prot);
	if (gave_up(err))
		return;
	for (u64 i = 0; i < n; i++) {
		struct page *p = &m->page[at + i];

		if (trace_of(prot) && p->had && p->had != trace_of(prot)) {
			want = -EACCES;
			break;
		}
		p->prot = prot;
		p->had |= trace_of(prot);
	}
	expect_eq(err, want, "mprotect");
}

static void do_discard(struct aspace *as, struct model *m)
{
	u64 count = below(10) + 1, at = below(PAGES - count + 1);

	sprintf(last, "discard %lu + %lu", at, count);
	expect_eq(aspace_advise(as, BASE + at * PG, count * PG, DONTNEED), covered(m, at, count) == count ? 0 : -ENOMEM,
		  "madvise");
	for (u64 i = at; i < at + count; i++)
		m->page[i].byte = first_byte(&m->page[i]);
}

static void do_advise_fork(struct aspace *as, struct model *m)
{
	static const int advices[] = {DONTFORK, DOFORK, WIPEONFORK, KEEPONFORK};
	u64 count = below(10) + 1, at = below(PAGES - count + 1);
	int advice = advices[below(4)], want = 0, err;

	sprintf(last, "advice %d for %lu + %lu", advice, at, count);
	err = aspace_advise(as, BASE + at * PG, count * PG, advice);
	for (u64 i = at; i < at + count && want != -EINVAL; i++) {
		struct page *p = &m->page[i];

		if (!p->mapped)
			want = -ENOMEM;
		else if (advice == WIPEONFORK && p->kind == REGION_FILE)
			want = -EINVAL;
		else if (advice == DONTFORK || advice == WIPEONFORK)
			p->on_fork |= advice == DONTFORK ? FORK_OMIT : FORK_WIPE;
		else
			p->on_fork &= ~(advice == DOFORK ? FORK_OMIT : FORK_WIPE);
	}
	expect_eq(err, want, "madvise");
}

static void do_brk(struct aspace *as, struct model *m)
{
	u64 wanted = HEAP_AT * PG + below(20 * PG), end = ALIGN_UP(wanted, PG) / PG;
	u64 old_end = ALIGN_UP(m->brk, PG) / PG;
	struct page like = {.mapped = true, .prot = PROT_RW, .kind = REGION_HEAP, .had = HAD_WRITE};
	u64 result;

	sprintf(last, "brk %lu, was %lu", end, old_end);
	start_failing();
	result = aspace_brk(as, BASE + wanted) - BASE;
	fail_in = 0;
	if (failed && result == m->brk)
		return;
	if (end > old_end && !is_free(m, (i64)old_end, end - old_end + 1))
		wanted = m->brk;
	else if (end > old_end)
		set(m, old_end, end - old_end, &like);
	else
		memset(&m->page[end], 0, (old_end - end) * sizeof like);
	m->brk = wanted;
	expect_eq((i64)result, (i64)m->brk, "brk");
}

static void do_remap(struct aspace *as, struct model *m)
{
	static const u64 all_flags[] = {0, MREMAP_MAYMOVE, MREMAP_MAYMOVE, MREMAP_MAYMOVE | MREMAP_FIXED,
					MREMAP_MAYMOVE | MREMAP_DONTUNMAP,
					MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP};
	struct move v = {.old = below(8), .new = below(8) + 1, .flags = all_flags[below(ARRAY_SIZE(all_flags))]};
	i64 to, want, result;

	if (v.flags & MREMAP_DONTUNMAP)
		v.old = v.new;
	v.from = below(PAGES - 8);
	v.to = below(PAGES - 8);
	want = model_remap(m, &v, &to);
	if (to < 0)
		return;
	sprintf(last, "remap %lu + %lu to %lu + %lu, flags %lu", v.from, v.old, v.to, v.new, v.flags);
	start_failing();
	result = aspace_remap(as, BASE + v.from * PG, v.old * PG, v.new * PG, v.flags, BASE + v.to * PG);
	if (gave_up(result))
		return;
	expect_eq(result, want ? want : (i64)BASE + to * (i64)PG, "mremap");
	if (want)
		return;
	if (to != (i64)v.from) {
		model_move(m, &v, (u64)to);
	} else if (v.new < v.old) {
		memset(&m->page[v.from + v.new], 0, (v.old - v.new) * sizeof m->page[0]);
	} else {
		for (u64 i = v.old; i < v.new; i++) {
			struct page like = m->page[v.from + i - 1];

			like.index++;
			set(m, v.from + i, 1, &like);
		}
	}
}

static int allowed(const struct page *p, bool write)
{
	if (!p->mapped)
		return -EFAULT;
	if (write ? p->prot != PROT_RW : p->prot == PROT_NOTHING)
		return -EACCES;
	return past_end(p) ? -ENXIO : 0;
}

static void do_access(struct aspace *as, struct model *m, u64 i, bool write, bool may_fail)
{
	struct page *p = &m->page[i];
	int err = 0;
	u8 *byte;

	if (may_fail)
		start_failing();
	byte = touch(as, BASE + i * PG + SAMPLE, write, &err);
	if (gave_up(err))
		return;
	expect_eq(byte ? 0 : err, allowed(p, write), write ? "write" : "read");
	if (!byte)
		return;
	expect_eq(*byte, p->byte, "contents");
	if (write)
		*byte = p->byte = (u8)random_next();
}

static void do_fork(int from)
{
	int to = (int)below(SPACES);

	if (spaces[to])
		return;
	sprintf(last, "fork of %d to %d", from, to);
	start_failing();
	spaces[to] = aspace_fork(spaces[from]);
	models[to] = models[from];
	for (struct page *p = models[to].page; p < models[to].page + PAGES; p++) {
		if (p->on_fork & FORK_OMIT)
			memset(p, 0, sizeof *p);
		else if (p->on_fork)
			p->byte = first_byte(p);
	}
	fail_in = 0;
	if (!spaces[to] && !failed)
		wrong("fork failed");
}

static void do_exit(int who)
{
	for (int i = 0; i < SPACES; i++) {
		if (i == who || !spaces[i])
			continue;
		sprintf(last, "exit of %d", who);
		aspace_unref(spaces[who]);
		spaces[who] = NULL;
		return;
	}
}

static void check_contents(int s)
{
	for (u64 i = 0; i < PAGES; i++)
		do_access(spaces[s], &models[s], i, below(4) == 0, false);
}

static void step(u64 turn)
{
	int s = (int)below(SPACES);
	struct aspace *as = spaces[s];
	struct model *m = &models[s];

	if (!as)
		return;
	switch (below(12)) {
	case 0: case 1: do_map(as, m); break;
	case 2: do_unmap(as, m); break;
	case 3: case 4: do_protect(as, m); break;
	case 5: case 6: do_remap(as, m); break;
	case 7: below(2) ? do_discard(as, m) : do_advise_fork(as, m); break;
	case 8: do_brk(as, m); break;
	case 9: do_find_room(as, m); break;
	case 10: do_access(as, m, below(PAGES), below(2), true); break;
	default: below(2) ? do_fork(s) : do_exit(s); break;
	}
	if (spaces[s])
		check_regions(spaces[s], m);
	if (turn % 16 == 0)
		check_frames();
	if (turn % 8 == 0 && spaces[s])
		check_contents(s);
}

int main(int argc, char **argv)
{
	static u8 elsewhere[6 * PG];
	u64 sum = 0;
	u64 operations = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000000;

	for (u64 i = argc > 2 ? strtoul(argv[2], NULL, 0) : 0; i; i--)
		random_next();

	if (!machine_start())
		return printf("not ok - a machine\n"), 1;
	aspace_init();
	files[0] = make_module((u32)(sizes[0] / PG));
	files[1] = elsewhere + 1;
	for (int i = 0; i < FILES; i++)
		for (u64 k = 0; k < sizes[i]; k++)
			files[i][k] = (u8)(random_next() | 1);
	for (u64 i = 0; i < module_pages * PG; i++)
		sum += arena[i];
	spaces[0] = aspace_create();
	spaces[0]->mmap_top = BASE + PAGES * PG;
	spaces[0]->brk_start = spaces[0]->brk = BASE + HEAP_AT * PG;
	models[0].brk = HEAP_AT * PG;
	for (u64 i = 0; i < operations; i++)
		step(i);
	for (int s = 0; s < SPACES; s++)
		if (spaces[s])
			aspace_unref(spaces[s]);
	check(1, "the kernel and the model agree");
	check(objects_live == 0, "every object is given back");
	check(free_count == FRAMES - module_pages, "every frame, too");
	for (u64 i = 0; i < module_pages * PG; i++)
		sum -= arena[i];
	check(sum == 0, "nobody has written to the module");
	return failures != 0;
}
