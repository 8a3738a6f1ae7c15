/*
 * usercopy.c - user copies (usercopy.h: U1 to U4) and scatter lists over them.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/layout.h"
#include "kernel/lib/lock.h"
#include "kernel/lib/string.h"
#include "kernel/lib/wall.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/features.h"
#include "mm/cache.h"
#include "mm/usercopy.h"

#define MAX_RW_COUNT 0x7ffff000ull /* Linux: INT_MAX rounded down to a page */
#define VECS_PER_PAGE (PAGE_SIZE / sizeof(struct user_vec))

struct extable {
	u64 at, fixup;
};

extern const struct extable __extable_start[], __extable_end[];

u64 usercopy_move(void *to, const void *from, u64 n);
bool usercopy_peek(u32 *to, const u32 *from);
u64 usercopy_exchange(u32 *at, u32 old, u32 new);

u64 usercopy_fixup(u64 ip)
{
	for (const struct extable *e = __extable_start; e < __extable_end; e++)
		if (e->at == ip)
			return e->fixup;
	return 0;
}

bool usercopy_peeks(u64 ip)
{
	return ip == (u64)usercopy_peek;
}

bool user_range_ok(uva_t at, u64 n)
{
	if (!wall_up(WALL_COPY_RANGE))
		return true;
	return at.v <= USER_TOP && n <= USER_TOP - at.v; /* U1 */
}

static void window_open(void)
{
	if (cpu_features.smap)
		stac();
}

static void window_close(void)
{
	if (cpu_features.smap)
		clac();
}

static u64 move(void *to, const void *from, u64 n)
{
	u64 left;

	lock_assert_none_held("user copy"); /* U3 */
	window_open();
	left = usercopy_move(to, from, n);
	window_close();
	return n - left;
}

bool user_peek(uva_t at, u32 *out)
{
	bool there;

	if (!user_range_ok(at, sizeof *out))
		return false;
	window_open();
	there = usercopy_peek(out, (const u32 *)at.v);
	window_close();
	return there;
}

int user_exchange(uva_t at, u32 old, u32 new, u32 *seen)
{
	u64 was;

	if (!user_range_ok(at, sizeof old))
		return -EFAULT;
	lock_assert_none_held("user copy"); /* U3 */
	window_open();
	was = usercopy_exchange((u32 *)at.v, old, new);
	window_close();
	*seen = (u32)was;
	return was >> 32 ? -EFAULT : 0;
}

/* How much of [at, at + n) lies in user space, from the front. */
static u64 user_part(uva_t at, u64 n)
{
	if (user_range_ok(at, n))
		return n;
	return at.v < USER_TOP ? USER_TOP - at.v : 0;
}

u64 copy_from_user_some(void *to, uva_t from, u64 n)
{
	return move(to, (const void *)from.v, user_part(from, n));
}

u64 copy_to_user_some(uva_t to, const void *from, u64 n)
{
	return move((void *)to.v, from, user_part(to, n));
}

int copy_from_user(void *to, uva_t from, u64 n)
{
	return user_range_ok(from, n) && move(to, (const void *)from.v, n) == n ? 0 : -EFAULT;
}

int copy_to_user(uva_t to, const void *from, u64 n)
{
	return user_range_ok(to, n) && move((void *)to.v, from, n) == n ? 0 : -EFAULT;
}

/* In pieces that end at page edges, so that a string just below an unmapped page is found. */
i64 copy_string_from_user(char *to, uva_t from, u64 size)
{
	for (u64 done = 0; done < size;) {
		u64 at = from.v + done;
		u64 n = MIN(MIN(size - done, PAGE_SIZE - (at & PAGE_MASK)), 64ul);
		u64 got = copy_from_user_some(to + done, uva(at), n);
		u64 length = strnlen(to + done, got);

		if (length < got)
			return (i64)(done + length);
		if (got < n)
			return -EFAULT;
		done += n;
	}
	return -ENAMETOOLONG;
}

int uio_single(struct uio *u, uva_t base, u64 length)
{
	if (!user_range_ok(base, length))
		return -EFAULT;
	length = MIN(length, MAX_RW_COUNT);
	u->one = (struct user_vec){base, length};
	u->pages[0] = NULL;
	u->count = 1;
	u->index = 0;
	u->offset = 0;
	u->left = length;
	return 0;
}

static struct user_vec *vec_at(struct uio *u, u32 i)
{
	return u->pages[0] ? &u->pages[i / VECS_PER_PAGE][i % VECS_PER_PAGE] : &u->one;
}

/* Checks the lengths and cuts their sum to MAX_RW_COUNT, as Linux's import_iovec() does. */
static int sum_lengths(struct uio *u)
{
	int err = 0;

	for (u32 i = 0; i < u->count; i++) {
		struct user_vec *v = vec_at(u, i);

		if ((i64)v->length < 0)
			return -EINVAL;
		if (!user_range_ok(v->base, v->length))
			err = -EFAULT; /* unless a length behind it is EINVAL */
		v->length = MIN(v->length, MAX_RW_COUNT - u->left);
		u->left += v->length;
	}
	return err;
}

int uio_vector(struct uio *u, uva_t iov, u64 count)
{
	int err = 0;

	memset(u, 0, sizeof *u);
	if (count > UIO_MAX)
		return -EINVAL;
	u->count = (u32)count;
	u->from = iov;
	for (u64 done = 0; done < count && !err; done += VECS_PER_PAGE) {
		u64 n = MIN(count - done, VECS_PER_PAGE);
		struct user_vec *page = kmalloc(n * sizeof *page);

		if (!page)
			err = -ENOMEM;
		else
			err = copy_from_user(page, uva(iov.v + done * sizeof *page), n * sizeof *page);
		u->pages[done / VECS_PER_PAGE] = page;
	}
	if (!err)
		err = sum_lengths(u);
	if (err)
		uio_destroy(u);
	return err;
}

void uio_destroy(struct uio *u)
{
	for (u32 i = 0; i < ARRAY_SIZE(u->pages) && u->pages[i]; i++)
		kfree(u->pages[i]);
	u->pages[0] = NULL;
}

/* The vector that is next, checked when it was fetched. Without the wall: what is in its place now. */
static struct user_vec *current(struct uio *u)
{
	struct user_vec *v = vec_at(u, u->index);

	if (!wall_up(WALL_SINGLE_FETCH) && u->pages[0])
		copy_from_user(&v->base, uva(u->from.v + u->index * sizeof *v), sizeof v->base);
	return v;
}

/* At most n bytes, from where it stands. */
static u64 uio_move(struct uio *u, void *in, const void *out, u64 n)
{
	u64 done = 0;

	n = MIN(n, u->left);
	while (done < n) {
		struct user_vec *v = current(u);
		u64 piece = MIN(n - done, v->length - u->offset);
		u8 *at = (u8 *)v->base.v + u->offset;
		u64 got = in ? move((u8 *)in + done, at, piece) : move(at, (const u8 *)out + done, piece);

		done += got;
		u->offset += got;
		u->left -= got;
		if (got < piece)
			break;
		if (u->offset == v->length) {
			u->index++;
			u->offset = 0;
		}
	}
	return done;
}

u64 uio_from_user(struct uio *u, void *to, u64 n)
{
	return uio_move(u, to, NULL, n);
}

u64 uio_to_user(struct uio *u, const void *from, u64 n)
{
	return uio_move(u, NULL, from, n);
}
