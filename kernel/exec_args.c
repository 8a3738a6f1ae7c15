/*
 * exec_args.c - collecting the strings of execve, and laying out the first stack of a program.
 *
 *      USER_TOP -> +------------------------------+
 *                  | strings: argv, envp, path,   |   whole frames, as they were collected
 *                  | "x86_64", 16 random bytes    |
 *        strings ->+------------------------------+   page-aligned
 *                  | auxiliary vector, AT_NULL    |
 *                  | envp pointers, NULL          |
 *                  | argv pointers, NULL          |
 *                  | argc                         |
 *             rsp->+------------------------------+   16-byte aligned (System V AMD64 ABI 3.4.1)
 */
#include "kernel/exec_args.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/layout.h"
#include "kernel/lib/string.h"
#include "kernel/x86/features.h"
#include "mm/cache.h"
#include "mm/frame.h"
#include "mm/usercopy.h"
#include "sched/process.h"

#define ARG_FRAMES  (PAGE_SIZE / sizeof(pa_t)) /* 2 MiB */
#define ARG_LEAST   131072                     /* Linux's ARG_MAX */
#define STRING_MAX  131072                     /* Linux's MAX_ARG_STRLEN */
#define AUX_WORDS   40

int exec_args_init(struct exec_args *a)
{
	*a = (struct exec_args){.frames = kmalloc(ARG_FRAMES * sizeof(pa_t)), .cred = cred_current()};
	return a->frames ? 0 : -ENOMEM;
}

void exec_args_free(struct exec_args *a)
{
	for (u32 i = 0; i < a->frame_count; i++)
		if (a->frames[i].v)
			frame_unref(a->frames[i]);
	kfree(a->frames);
}

/* Where byte `at` of the area is; makes its frame. NULL and *err where it cannot. */
static u8 *area_at(struct exec_args *a, u64 at, int *err)
{
	u64 n = at / PAGE_SIZE;

	*err = -E2BIG;
	if (n >= ARG_FRAMES)
		return NULL;
	*err = -ENOMEM;
	while (a->frame_count <= n) {
		pa_t f = frame_alloc_zeroed();

		if (!f.v)
			return NULL;
		a->frames[a->frame_count++] = f;
	}
	*err = 0;
	return (u8 *)frame_ptr(a->frames[n]) + at % PAGE_SIZE;
}

/* Room to the end of the page on both sides: neither pointer crosses one. */
static u64 piece_at(u64 at, u64 from)
{
	return MIN(PAGE_SIZE - at % PAGE_SIZE, PAGE_SIZE - from % PAGE_SIZE);
}

static int append_user_string(struct exec_args *a, uva_t from)
{
	int err;

	for (u64 done = 0; done < STRING_MAX;) {
		u8 *to = area_at(a, a->length, &err);
		u64 n = MIN(piece_at(a->length, from.v + done), MIN(256ul, STRING_MAX - done)), got, length;

		if (!to)
			return err;
		got = copy_from_user_some(to, uva(from.v + done), n);
		length = strnlen((char *)to, got);
		if (length < got) {
			memset(to + length, 0, got - length);
			a->length += length + 1;
			return 0;
		}
		if (got < n)
			return -EFAULT;
		a->length += n;
		done += n;
	}
	return -E2BIG;
}

/* What strings and pointers may take: a quarter of the stack, but no less than ARG_LEAST, as on Linux. */
static u64 args_limit(const struct exec_args *a)
{
	u64 quarter = limit_soft(a->limits, LIMIT_STACK) / 4;

	return MIN(MAX(quarter, ARG_LEAST), ARG_FRAMES * PAGE_SIZE - 2 * PAGE_SIZE);
}

int exec_args_user(struct exec_args *a, uva_t vector, u32 *count)
{
	for (*count = 0; vector.v; ++*count) {
		uva_t string;
		int err = copy_from_user(&string, uva(vector.v + *count * sizeof string), sizeof string);

		if (!err && !string.v)
			break;
		if (!err)
			err = append_user_string(a, string);
		if (!err && (a->argc + a->envc) * sizeof(u64) + a->length > args_limit(a))
			err = -E2BIG;
		if (err)
			return err;
	}
	return 0;
}

static int append_bytes(struct exec_args *a, const void *bytes, u64 n)
{
	const u8 *from = bytes;
	int err;

	for (u64 i = 0; i < n; i++) {
		u8 *to = area_at(a, a->length, &err);

		if (!to)
			return err;
		*to = from[i];
		a->length++;
	}
	return 0;
}

int exec_args_kernel(struct exec_args *a, const char *text, u32 *count)
{
	int err = append_bytes(a, text, strlen(text) + 1);

	*count += !err;
	return err;
}

/* A stack that is being written downward word by word, in frames of its own. */
struct stack_writer {
	struct aspace *as;
	u64 at;      /* of the next word */
	u8 *page;
};

static int put_word(struct stack_writer *w, u64 word)
{
	if (!(w->at & PAGE_MASK) || !w->page) {
		pa_t f = frame_alloc_zeroed();

		if (!f.v)
			return -ENOMEM;
		if (aspace_insert(w->as, ALIGN_DOWN(w->at, PAGE_SIZE), f)) {
			frame_unref(f);
			return -ENOMEM;
		}
		w->page = frame_ptr(f);
	}
	*(u64 *)(w->page + (w->at & PAGE_MASK)) = word;
	w->at += sizeof word;
	return 0;
}

/* Pointers to `count` strings that follow each other from *string on, and a NULL. */
static int put_pointers(struct stack_writer *w, struct exec_args *a, u64 base, u64 *string, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		int err = put_word(w, base + *string);

		if (err)
			return err;
		while (*((u8 *)frame_ptr(a->frames[*string / PAGE_SIZE]) + *string % PAGE_SIZE))
			++*string;
		++*string;
	}
	return put_word(w, 0);
}

enum { AT_NULL, AT_PHDR = 3, AT_PHENT, AT_PHNUM, AT_PAGESZ, AT_BASE, AT_FLAGS, AT_ENTRY, AT_UID = 11, AT_EUID,
       AT_GID, AT_EGID, AT_PLATFORM, AT_HWCAP, AT_CLKTCK, AT_SECURE = 23, AT_RANDOM = 25, AT_EXECFN = 31 };

/* Fills aux with pairs; returns how many words. `at`: where path, platform and random bytes lie. */
static u32 fill_aux(u64 *aux, const struct exec_args *a, const struct elf_image *elf, const u64 at[3])
{
	const struct ids *user = &a->cred->user, *group = &a->cred->group;
	const u64 pairs[][2] = {
		{AT_PHDR, elf->phdr}, {AT_PHENT, 56}, {AT_PHNUM, elf->phnum}, {AT_PAGESZ, PAGE_SIZE},
		{AT_BASE, elf->interp_base}, {AT_FLAGS, 0}, {AT_ENTRY, elf->entry},
		{AT_UID, user->real}, {AT_EUID, user->effective}, {AT_GID, group->real}, {AT_EGID, group->effective},
		{AT_HWCAP, cpu_features.hwcap}, {AT_CLKTCK, 100},
		{AT_SECURE, user->real != user->effective || group->real != group->effective},
		{AT_EXECFN, at[0]}, {AT_PLATFORM, at[1]}, {AT_RANDOM, at[2]}, {AT_NULL, 0},
	};

	memcpy(aux, pairs, sizeof pairs);
	return sizeof pairs / sizeof(u64);
}

/* The frames of the strings move into the space; on failure, those not yet moved stay with `a`. */
static int move_strings(struct aspace *as, struct exec_args *a, u64 base)
{
	for (u32 i = 0; i < a->frame_count; i++) {
		int err = aspace_insert(as, base + i * PAGE_SIZE, a->frames[i]);

		if (err)
			return err;
		frame_ref(a->frames[i]); /* one reference is the space's, one goes with exec_args_free() */
	}
	return 0;
}

/* The path and the auxiliary vector are a page at most, each; each area ends within a page; and a->stack_skip. */
u64 exec_args_room(const struct exec_args *a)
{
	return ALIGN_UP(a->length, PAGE_SIZE) + ALIGN_UP((a->argc + a->envc) * sizeof(u64), PAGE_SIZE) + 6 * PAGE_SIZE;
}

int exec_args_stack(struct exec_args *a, const char *path, const struct elf_image *elf, struct aspace *as, u64 *rsp)
{
	u64 at[3] = {a->length}, base, string = 0, aux[AUX_WORDS], words;
	struct stack_writer w = {.as = as};
	u32 naux;
	int err = append_bytes(a, path, strlen(path) + 1);

	at[1] = a->length;
	if (!err)
		err = append_bytes(a, "x86_64", 7);
	at[2] = a->length;
	if (!err)
		err = append_bytes(a, a->drawn.at_random, sizeof a->drawn.at_random);
	if (err)
		return err;
	base = a->stack_top - ALIGN_UP(a->length, PAGE_SIZE);
	for (int i = 0; i < 3; i++)
		at[i] += base;
	naux = fill_aux(aux, a, elf, at);
	words = 1 + a->argc + 1 + a->envc + 1 + naux;
	*rsp = w.at = ALIGN_DOWN(base - a->stack_skip - words * sizeof(u64), 16);
	err = put_word(&w, a->argc);
	if (!err)
		err = put_pointers(&w, a, base, &string, a->argc);
	if (!err)
		err = put_pointers(&w, a, base, &string, a->envc);
	for (u32 i = 0; i < naux && !err; i++)
		err = put_word(&w, aux[i]);
	return err ? err : move_strings(as, a, base);
}
