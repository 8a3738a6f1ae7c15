/*
 * test_usercopy.c - the door between kernel and ring-3 memory (usercopy.h: U1 to U4), in a space of the test's own.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/layout.h"
#include "kernel/lib/string.h"
#include "kernel/lib/wall.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/features.h"
#include "mm/cache.h"
#include "mm/frame.h"
#include "mm/usercopy.h"
#include "sched/thread.h"
#include "tests/kernel/support.h"

#define A  0x20000000ul
#define PG PAGE_SIZE

/* A buffer of two pages with a pattern; at A two pages, then a hole. */
static u8 *enter(enum prot prot)
{
	struct aspace *as = space_enter();
	u8 *bytes = kmalloc(PG);

	EXPECT(as && bytes && !space_map(as, A, 2, prot));
	for (u32 i = 0; bytes && i < PG; i++)
		bytes[i] = (u8)(i * 13 + 5);
	return as ? bytes : NULL;
}

static void leave(u8 *bytes)
{
	EXPECT(!(read_rflags() & RFLAGS_AC)); /* SMAP is up again, whatever happened */
	kfree(bytes);
	space_leave();
}

KTEST(usercopy_range)
{
	static const struct {
		u64 at, n;
		bool ok;
	} rows[] = {
		{0, 0, true}, {0, 1, true}, {USER_TOP, 0, true}, {USER_TOP - 1, 1, true}, {USER_TOP - 1, 2, false},
		{USER_TOP, 1, false}, {USER_TOP + 1, 0, false}, {0, USER_TOP, true}, {0, USER_TOP + 1, false},
		{1, ~0ul, false}, {~0ul, 1, false}, {~0ul, 2, false}, {DIRECT_BASE, 0, false}, {KERNEL_BASE, 8, false},
		{0x800000000000, 1, false}, {A, ~0ul - A + 1, false},
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		if (user_range_ok(uva(rows[i].at), rows[i].n) != rows[i].ok)
			EXPECT_EQ(i, ~0u);
}

/* All alignments and lengths around words and the page edge, through pages that appear by the copy's faults. */
KTEST(usercopy_both_ways)
{
	u8 *bytes = enter(PROT_RW), *back = kmalloc(256);

	REQUIRE(bytes && back);
	for (u64 at = A + PG - 24; at < A + PG + 8; at++)
		for (u32 n = 0; n < 40; n++) {
			bool ok = !copy_to_user(uva(at), bytes + n, n);

			memset(back, 0, 64);
			ok &= !copy_from_user(back, uva(at), n) && !memcmp(back, bytes + n, n) && !back[n];
			if (!ok)
				EXPECT_EQ(at - A, n);
		}
	EXPECT_EQ(thread_current()->aspace->resident, 2);
	EXPECT(!copy_to_user(uva(A + 100), bytes, PG));
	EXPECT(!memcmp(space_bytes(thread_current()->aspace, A + 100), bytes, 64));
	kfree(back);
	leave(bytes);
}

/* Up to the hole behind page two, exactly. */
KTEST(usercopy_partial)
{
	u8 *bytes = enter(PROT_RW);
	u64 end = A + 2 * PG;

	REQUIRE(bytes);
	for (u32 before = 0; before < 20; before++)
		for (u32 n = before; n < before + 20; n++) {
			EXPECT_EQ(copy_to_user_some(uva(end - before), bytes, n), MIN(n, before));
			EXPECT_EQ(copy_from_user_some(bytes, uva(end - before), n), MIN(n, before));
		}
	EXPECT_EQ(copy_to_user(uva(end - 8), bytes, 9), -EFAULT);
	EXPECT_EQ(copy_from_user(bytes, uva(end - 8), 9), -EFAULT);
	EXPECT_EQ(copy_from_user(bytes, uva(end), 0), 0);
	EXPECT_EQ(copy_to_user_some(uva(A - 1), bytes, 10), 0);
	leave(bytes);
}

KTEST(usercopy_rights)
{
	u8 *bytes = enter(PROT_R);
	struct aspace *as = thread_current()->aspace;

	REQUIRE(bytes);
	EXPECT_EQ(copy_to_user(uva(A), bytes, 8), -EFAULT);
	EXPECT_EQ(copy_from_user(bytes, uva(A), 8), 0);
	EXPECT_EQ(copy_to_user(uva(A), bytes, 8), -EFAULT); /* present now, and CR0.WP holds for the kernel */
	EXPECT(!space_protect(as, A, 2, PROT_NOTHING));
	EXPECT_EQ(copy_from_user(bytes, uva(A), 8), -EFAULT);
	EXPECT(!space_protect(as, A, 2, PROT_RX));
	EXPECT(copy_to_user(uva(A), bytes, 8) == -EFAULT && !copy_from_user(bytes, uva(A), 8));
	leave(bytes);
}

/* Kernel addresses and the end of user space: refused before anything is touched. */
KTEST(usercopy_kernel_addresses)
{
	static u64 secret = 0x5ec2e7;
	u8 *bytes = enter(PROT_RW);
	u64 word = 1;

	REQUIRE(bytes);
	EXPECT_EQ(copy_from_user(&word, uva(&secret), 8), -EFAULT);
	EXPECT_EQ(copy_to_user(uva(&secret), &word, 8), -EFAULT);
	EXPECT_EQ(copy_from_user_some(&word, uva(&secret), 8), 0);
	EXPECT_EQ(copy_to_user_some(uva(&secret), &word, 8), 0);
	EXPECT_EQ(copy_from_user(&word, uva(0x800000000000), 8), -EFAULT);
	EXPECT_EQ(copy_string_from_user((char *)bytes, uva(&secret), 8), -EFAULT);
	EXPECT(word == 1 && secret == 0x5ec2e7);
	EXPECT(!space_map(thread_current()->aspace, USER_TOP - PG, 1, PROT_RW));
	EXPECT_EQ(copy_to_user(uva(USER_TOP - 4), bytes, 8), -EFAULT);
	EXPECT_EQ(copy_to_user_some(uva(USER_TOP - 4), bytes, 8), 4);
	EXPECT_EQ(copy_from_user_some(bytes, uva(USER_TOP - 4), ~0ul), 4);
	leave(bytes);
}

static i64 string_at(u64 at, const char *text, char *to, u64 size)
{
	EXPECT(!copy_to_user(uva(at), text, strlen(text) + 1));
	return copy_string_from_user(to, uva(at), size);
}

KTEST(usercopy_strings)
{
	u8 *bytes = enter(PROT_RW);
	char *text = (char *)bytes;
	u64 end = A + 2 * PG;

	REQUIRE(bytes);
	EXPECT(string_at(A, "hello", text, 64) == 5 && !strcmp(text, "hello"));
	EXPECT(string_at(A, "", text, 64) == 0 && !*text);
	EXPECT_EQ(string_at(A, "hello", text, 6), 5);
	EXPECT_EQ(string_at(A, "hello", text, 5), -ENAMETOOLONG);
	EXPECT(string_at(A + PG - 3, "across", text, 64) == 6 && !strcmp(text, "across"));
	EXPECT(string_at(end - 6, "fits!", text, 64) == 5 && !strcmp(text, "fits!"));
	EXPECT(!copy_to_user(uva(end - 5), "to the", 5));
	EXPECT_EQ(copy_string_from_user(text, uva(end - 5), 64), -EFAULT);
	EXPECT_EQ(copy_string_from_user(text, uva(end - 5), 5), -ENAMETOOLONG);
	EXPECT_EQ(copy_string_from_user(text, uva(0), 64), -EFAULT);
	leave(bytes);
}

/* A copy into a page that fork shares makes the copy, as a write from ring 3 would. */
KTEST(usercopy_breaks_cow)
{
	u8 *bytes = enter(PROT_RW);
	struct aspace *as = thread_current()->aspace, *child;

	REQUIRE(bytes);
	EXPECT(!copy_to_user(uva(A), "old", 4));
	child = space_fork(as);
	REQUIRE(child);
	EXPECT(!copy_to_user(uva(A), "new", 4));
	EXPECT(!strcmp((char *)space_bytes(as, A), "new") && !strcmp((char *)space_bytes(child, A), "old"));
	aspace_unref(child);
	leave(bytes);
}

KTEST(usercopy_fixups)
{
	EXPECT(!usercopy_fixup(0) && !usercopy_fixup((u64)memcpy) && !usercopy_fixup((u64)copy_to_user));
	EXPECT(!(read_rflags() & RFLAGS_AC));
	EXPECT(!cpu_features.smap || (read_cr4() & CR4_SMAP));
}

/* Ranges of A as struct iovec at A + PG. */
static int vector(struct uio *u, const u64 (*v)[2], u32 n)
{
	EXPECT(!copy_to_user(uva(A + PG), v, n * sizeof *v));
	return uio_vector(u, uva(A + PG), n);
}

KTEST(uio_moves_through_vectors)
{
	static const u64 v[][2] = {{A + 10, 5}, {A, 0}, {A + 100, 1}, {A + 200, 64}, {0, 0}};
	u8 *bytes = enter(PROT_RW);
	struct aspace *as = thread_current()->aspace;
	struct uio u;

	REQUIRE(bytes);
	EXPECT_EQ(vector(&u, v, 5), 0);
	EXPECT_EQ(u.left, 70);
	EXPECT_EQ(uio_to_user(&u, bytes, 3), 3);
	EXPECT_EQ(uio_to_user(&u, bytes + 3, 10), 10);
	EXPECT_EQ(uio_to_user(&u, bytes + 13, 1000), 57);
	EXPECT(u.left == 0 && uio_to_user(&u, bytes, 1) == 0);
	uio_destroy(&u);
	EXPECT(!memcmp(space_bytes(as, A + 10), bytes, 5) && *space_bytes(as, A + 100) == bytes[5]);
	EXPECT(!memcmp(space_bytes(as, A + 200), bytes + 6, 64));
	EXPECT_EQ(uio_single(&u, uva(A + 200), 4), 0);
	EXPECT(uio_from_user(&u, bytes + 100, 9) == 4 && !memcmp(bytes + 100, bytes + 6, 4));
	leave(bytes);
}

KTEST(uio_faults_and_limits)
{
	static const u64 hole[][2] = {{A, 4}, {A + 2 * PG - 3, 8}, {A, 4}};
	static const u64 negative[][2] = {{A, 4}, {A, 1ul << 63}};
	static const u64 kernel[][2] = {{A, 4}, {DIRECT_BASE, 4}};
	static const u64 huge[][2] = {{A, 0x7fffffff}, {A, 0x7fffffff}};
	u8 *bytes = enter(PROT_RW);
	struct uio u;

	REQUIRE(bytes);
	EXPECT_EQ(vector(&u, hole, 3), 0);
	EXPECT_EQ(uio_to_user(&u, bytes, 16), 7);
	EXPECT_EQ(u.left, 9);
	uio_destroy(&u);
	EXPECT_EQ(vector(&u, negative, 2), -EINVAL);
	EXPECT_EQ(vector(&u, kernel, 2), -EFAULT);
	EXPECT_EQ(vector(&u, huge, 2), 0);
	EXPECT_EQ(u.left, 0x7ffff000);
	uio_destroy(&u);
	EXPECT_EQ(uio_vector(&u, uva(A), UIO_MAX + 1), -EINVAL);
	EXPECT_EQ(uio_vector(&u, uva(A + 2 * PG), 1), -EFAULT);
	EXPECT_EQ(uio_vector(&u, uva(A + PG), 300), -EFAULT); /* the second page of vectors is not there */
	EXPECT(!uio_vector(&u, uva(0), 0) && !u.left);
	uio_destroy(&u);
	EXPECT_EQ(uio_single(&u, uva(A), ~0ul), -EFAULT);
	EXPECT_EQ(uio_single(&u, uva(DIRECT_BASE), 1), -EFAULT);
	EXPECT_EQ(uio_single(&u, uva(A), 1ul << 40), 0);
	EXPECT_EQ(u.left, 0x7ffff000);
	leave(bytes);
}
