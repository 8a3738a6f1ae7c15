/*
 * ubsan.c - what -fsanitize=undefined calls (test, walls and kasan builds): each finding is a panic with its kind,
 * place and values. The names and the records are GCC's and Clang's (LLVM, compiler-rt/lib/ubsan/ubsan_handlers.h);
 * the suffix _abort is that of -fno-sanitize-recover. The Makefile compiles this file without any sanitizer.
 */
#include "kernel/lib/log.h"
#include "kernel/lib/panic.h"

struct place {
	const char *file;
	u32 line, column;
};

/* kind 0: an integer of 2^(info >> 1) bits, signed if bit 0 of info is set. */
struct type {
	u16 kind, info;
	char name[];
};

struct overflow {
	struct place at;
	const struct type *type;
};

struct shift {
	struct place at;
	const struct type *left, *right;
};

struct bounds {
	struct place at;
	const struct type *array, *index;
};

struct mismatch {
	struct place at;
	const struct type *type;
	u8 log2_align, access;
};

struct argument {
	struct place at, attribute;
	int number;
};

#define AT(place) (place).file, (place).line, (place).column

struct number {
	char text[24];
};

/* A value as its type writes it. Wider than 64 bits, it is an address and not a value. */
static struct number number(const struct type *t, u64 v)
{
	u32 unused = 64 - (1u << MIN(t->info >> 1, 6));
	struct number n;

	if (t->kind == 0 && (t->info & 1))
		format(n.text, sizeof n.text, "%ld", (i64)(v << unused) >> unused);
	else
		format(n.text, sizeof n.text, "%lu", v << unused >> unused);
	return n;
}

#define HANDLER(name, ...)                                    \
	_Noreturn void __ubsan_handle_##name(__VA_ARGS__);    \
	_Noreturn void __ubsan_handle_##name(__VA_ARGS__)

static _Noreturn void overflow(const struct overflow *o, u64 l, const char *operator, u64 r)
{
	panic("UBSan: overflow, %s:%u:%u: %s %s %s does not fit %s", AT(o->at), number(o->type, l).text, operator,
	      number(o->type, r).text, o->type->name);
}

HANDLER(add_overflow_abort, const struct overflow *o, u64 l, u64 r)
{
	overflow(o, l, "+", r);
}

HANDLER(sub_overflow_abort, const struct overflow *o, u64 l, u64 r)
{
	overflow(o, l, "-", r);
}

HANDLER(mul_overflow_abort, const struct overflow *o, u64 l, u64 r)
{
	overflow(o, l, "*", r);
}

HANDLER(divrem_overflow_abort, const struct overflow *o, u64 l, u64 r)
{
	overflow(o, l, "/", r);
}

HANDLER(negate_overflow_abort, const struct overflow *o, u64 v)
{
	overflow(o, 0, "-", v);
}

HANDLER(shift_out_of_bounds_abort, const struct shift *s, u64 l, u64 r)
{
	panic("UBSan: shift, %s:%u:%u: %s of type %s by %s", AT(s->at), number(s->left, l).text, s->left->name,
	      number(s->right, r).text);
}

HANDLER(out_of_bounds_abort, const struct bounds *b, u64 index)
{
	panic("UBSan: out of bounds, %s:%u:%u: index %s of %s", AT(b->at), number(b->index, index).text,
	      b->array->name);
}

HANDLER(type_mismatch_v1_abort, const struct mismatch *m, u64 address)
{
	const char *what = !address ? "null pointer"
			   : address & ((1ul << m->log2_align) - 1) ? "misaligned address" : "too small an object";

	panic("UBSan: %s, %s:%u:%u: %#lx as %s", what, AT(m->at), address, m->type->name);
}

HANDLER(pointer_overflow_abort, const struct place *at, u64 base, u64 result)
{
	panic("UBSan: pointer overflow, %s:%u:%u: from %#lx to %#lx", AT(*at), base, result);
}

HANDLER(load_invalid_value_abort, const struct overflow *o, u64 v)
{
	panic("UBSan: invalid value, %s:%u:%u: %s in %s", AT(o->at), number(o->type, v).text, o->type->name);
}

HANDLER(vla_bound_not_positive_abort, const struct overflow *o, u64 v)
{
	panic("UBSan: array bound, %s:%u:%u: %s", AT(o->at), number(o->type, v).text);
}

HANDLER(nonnull_arg_abort, const struct argument *a)
{
	panic("UBSan: null argument, %s:%u:%u: number %d", AT(a->at), a->number);
}

HANDLER(nonnull_return_v1_abort, const struct place *attribute, const struct place *at)
{
	(void)attribute;
	panic("UBSan: null returned, %s:%u:%u", AT(*at));
}

HANDLER(invalid_builtin_abort, const struct place *at)
{
	panic("UBSan: zero for a bit count, %s:%u:%u", AT(*at));
}

HANDLER(alignment_assumption_abort, const struct place *at, u64 address, u64 align, u64 offset)
{
	panic("UBSan: misaligned address, %s:%u:%u: %#lx - %lu, aligned to %lu", AT(*at), address, offset, align);
}

HANDLER(builtin_unreachable, const struct place *at)
{
	panic("UBSan: unreachable code, %s:%u:%u", AT(*at));
}

HANDLER(missing_return, const struct place *at)
{
	panic("UBSan: end of a function without a return, %s:%u:%u", AT(*at));
}
