/*
 * test_exec.c - building a program's space: where a position-independent one lies, how its stack grows, and what
 * happens when memory ends on the way.
 */
#include "kernel/exec.h"
#include "kernel/lib/config.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/layout.h"
#include "kernel/lib/string.h"
#include "kernel/x86/trapframe.h"
#include "mm/frame.h"
#include "mm/region.h"
#include "tests/kernel/support.h"

#define PG PAGE_SIZE

static bool failures_can_be_planned(void)
{
	if (!BUILD_TEST)
		ktest_skip("allocations fail on demand in test builds only");
	return BUILD_TEST;
}

static int prepare(const char *path, const struct rlimit_abi *limits, struct exec_image *image)
{
	const struct archive_entry *file;
	struct exec_args a;
	int err = exec_args_init(&a);

	if (err)
		return err;
	a.limits = limits;
	err = exec_find(path, a.cred, &file);
	if (!err)
		err = exec_args_kernel(&a, path, &a.argc);
	if (!err)
		err = exec_prepare(file, path, &a, image);
	exec_args_free(&a);
	return err;
}

static int prepare_unmoved(const char *path, const struct rlimit_abi *limits, struct exec_image *image)
{
	bool randomizes = exec_randomizes;
	int err;

	exec_randomizes = false;
	err = prepare(path, limits, image);
	exec_randomizes = randomizes;
	return err;
}

/* /bin/hello is a static PIE, /bin/true is not: the base is chosen in one place, and the heap follows the image. */
KTEST(exec_pie_base)
{
	struct exec_image image;
	struct region *first;

	EXPECT_EQ(prepare_unmoved("/bin/hello", NULL, &image), 0);
	first = region_first(image.aspace);
	EXPECT_EQ(first->start, PIE_BASE);
	EXPECT(image.entry > PIE_BASE && image.entry < image.aspace->brk_start);
	EXPECT(image.aspace->brk_start > PIE_BASE && image.aspace->brk_start < PIE_BASE + (1 << 20));
	EXPECT(region_find(image.aspace, image.entry)->prot == PROT_RX);
	aspace_unref(image.aspace);
	EXPECT_EQ(prepare("/bin/true", NULL, &image), 0);
	first = region_first(image.aspace);
	EXPECT(first->start == 0x400000 && image.entry < 0x500000);
	aspace_unref(image.aspace);
}

static pa_t frame_at(const struct aspace *as, u64 va)
{
	return pte_frame((pte_t){space_entry(as, va)});
}

/* Two processes run on the archive's own frames, which neither can write; around the page that is asked for, too. */
KTEST(exec_shares_text)
{
	struct exec_image one, two;
	u64 text, entries = 0;
	pa_t f;

	EXPECT_EQ(prepare("/bin/sh", NULL, &one), 0);
	EXPECT_EQ(prepare("/bin/sh", NULL, &two), 0);
	text = ALIGN_DOWN(one.entry, PG);
	EXPECT(!space_fault(one.aspace, text, PF_FETCH) && !space_fault(two.aspace, text, PF_FETCH));
	f = frame_at(one.aspace, text);
	EXPECT(f.v && f.v == frame_at(two.aspace, text).v && frame_refs(f) == 3);
	EXPECT(!(space_entry(one.aspace, text) & PTE_W));
	for (u64 va = ALIGN_DOWN(text, 16 * PG); va < ALIGN_DOWN(text, 16 * PG) + 16 * PG; va += PG)
		entries += space_entry(one.aspace, va) != 0;
	EXPECT(entries > 1);
	aspace_unref(one.aspace);
	EXPECT_EQ(frame_refs(f), 2);
	aspace_unref(two.aspace);
	EXPECT_EQ(frame_refs(f), 1);
}

static struct region *stack_of(struct aspace *as)
{
	return tree_entry(tree_end(as->regions.root, 1), struct region, node);
}

/* Down to RLIMIT_STACK and no further, nor nearer than STACK_GAP to what is below. */
KTEST(exec_stack_grows)
{
	struct rlimit_abi limits[LIMITS];
	struct exec_image image;
	struct aspace *as;
	u64 start;

	for (int i = 0; i < LIMITS; i++)
		limits[i] = (struct rlimit_abi){LIMIT_NONE, LIMIT_NONE};
	limits[LIMIT_STACK].soft = 4 << 20;
	EXPECT_EQ(prepare_unmoved("/bin/true", limits, &image), 0);
	as = image.aspace;
	start = stack_of(as)->start;
	EXPECT(USER_TOP - start >= 128 << 10 && USER_TOP - start < 256 << 10);
	EXPECT(as->mmap_top <= USER_TOP - (128 << 20));
	EXPECT_EQ(space_fault(as, USER_TOP - (1 << 20), PF_WRITE), 0);
	EXPECT_EQ(stack_of(as)->start, USER_TOP - (1 << 20));
	EXPECT_EQ(space_fault(as, USER_TOP - (4 << 20) - 1, PF_WRITE), -EFAULT);
	EXPECT(!space_map(as, USER_TOP - (4 << 20), 1, PROT_R));
	EXPECT_EQ(space_fault(as, USER_TOP - (3 << 20), PF_WRITE), -EFAULT); /* not a whole gap away */
	EXPECT_EQ(space_fault(as, USER_TOP - (3 << 20) + PG, PF_WRITE), 0);
	EXPECT(!space_unmap(as, USER_TOP - (4 << 20), 1));
	limits[LIMIT_AS].soft = 4 << 20; /* the program has its share of it */
	EXPECT_EQ(space_fault(as, USER_TOP - (4 << 20), PF_WRITE), -EFAULT);
	limits[LIMIT_AS].soft = 8 << 20;
	EXPECT_EQ(space_fault(as, USER_TOP - (4 << 20), PF_WRITE), 0);
	EXPECT_EQ(USER_TOP - stack_of(as)->start, 4 << 20);
	aspace_unref(as);
}

/* A program that does not fit is refused while the old one still runs. */
KTEST(exec_limits)
{
	struct rlimit_abi limits[LIMITS];
	struct exec_image image;

	for (int i = 0; i < LIMITS; i++)
		limits[i] = (struct rlimit_abi){LIMIT_NONE, LIMIT_NONE};
	limits[LIMIT_AS].soft = 16 << 10;
	EXPECT_EQ(prepare("/bin/true", limits, &image), -ENOMEM);
	limits[LIMIT_AS].soft = LIMIT_NONE;
	limits[LIMIT_DATA] = (struct rlimit_abi){0, 0};
	EXPECT_EQ(prepare("/bin/true", limits, &image), -ENOMEM);
	limits[LIMIT_DATA].hard = LIMIT_NONE; /* a soft limit of 0 is the break's alone */
	EXPECT_EQ(prepare("/bin/true", limits, &image), 0);
	aspace_unref(image.aspace);
}

/* execve up to the point of no return, with arguments over several frames. */
static void fail_exec_of(const char *path)
{
	static char text[3000];

	memset(text, 'x', sizeof text - 1);
	FAIL_LOOP(l) {
		struct exec_image image = {0};
		const struct archive_entry *file;
		struct exec_args a;
		int err = exec_args_init(&a);

		if (!err) {
			EXPECT_EQ(exec_find(path, a.cred, &file), 0);
			for (u32 i = 0; i < 5 && !err; i++)
				err = exec_args_kernel(&a, text, i < 3 ? &a.argc : &a.envc);
			if (!err)
				err = exec_prepare(file, path, &a, &image);
			exec_args_free(&a);
		}
		fail_loop_disarm(&l);
		EXPECT(!err || err == -ENOMEM);
		if (!err)
			aspace_unref(image.aspace);
		fail_loop_check(&l, !err);
	}
	EXPECT(l.nth >= 15);
}

KTEST(fail_exec)
{
	if (failures_can_be_planned())
		fail_exec_of("/bin/true");
}

KTEST(fail_exec_pie)
{
	if (failures_can_be_planned())
		fail_exec_of("/bin/hello");
}
