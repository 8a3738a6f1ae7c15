/*
 * test_lib.c - the ground floor: lists, strings, boot words, formatting, locks, symbols, ChaCha20 and trace.
 */
#include "kernel/lib/arch.h"
#include "kernel/lib/chacha.h"
#include "kernel/lib/config.h"
#include "kernel/lib/layout.h"
#include "kernel/lib/list.h"
#include "kernel/lib/lock.h"
#include "kernel/lib/log.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/string.h"
#include "kernel/lib/symbols.h"
#include "kernel/lib/test.h"
#include "kernel/lib/trace.h"
#include "kernel/lib/wall.h"
#include "kernel/x86/clock.h"
#include "mm/cache.h"
#include "sched/timer.h"

struct item {
	int value;
	struct list link;
};

static int list_value(const struct list *h)
{
	int v = 0;

	list_for(i, (struct list *)h)
		v = v * 10 + list_entry(i, struct item, link)->value;
	return v;
}

KTEST(list_order)
{
	struct item a = {.value = 1}, b = {.value = 2}, c = {.value = 3};
	struct list h;

	list_init(&h);
	list_init(&a.link);
	EXPECT(list_empty(&h) && !list_linked(&a.link));
	EXPECT(!list_pop_front(&h));
	list_push_back(&h, &a.link);
	list_push_back(&h, &b.link);
	list_push_front(&h, &c.link);
	EXPECT_EQ(list_value(&h), 312);
	list_remove(&a.link);
	list_remove(&a.link);
	EXPECT(!list_linked(&a.link));
	list_insert_before(&b.link, &a.link);
	EXPECT_EQ(list_value(&h), 312);
	EXPECT(list_pop_front(&h) == &c.link && !list_linked(&c.link));
	EXPECT(list_first(&h, struct item, link) == &a);
	list_for_safe(i, &h)
		list_remove(i);
	EXPECT(list_empty(&h));
}

/* Every alignment and length around the sizes where the copies change their ways. */
KTEST(string_memory)
{
	u8 *from = kmalloc(2048), *to = kmalloc(2048);

	for (u32 i = 0; from && i < 2048; i++)
		from[i] = (u8)(i * 7 + 1);
	for (u32 n = 0; from && to && n < 80; n++)
		for (u32 at = 0; at < 9; at++) {
			bool ok = true;

			memset(to, 0xee, 200);
			ok &= memcpy(to + at, from + (n & 7), n) == to + at;
			ok &= !memcmp(to + at, from + (n & 7), n) && to[at + n] == 0xee && (!at || to[at - 1] == 0xee);
			memset(to + at, 0x33, n);
			for (u32 i = 0; i < 200; i++)
				ok &= to[i] == (i >= at && i < at + n ? 0x33 : 0xee);
			if (!ok)
				EXPECT_EQ(n * 100 + at, 0);
		}
	if (from && to) {
		memcpy(to, from, 1500);
		memmove(to + 3, to, 1500);
		EXPECT(!memcmp(to + 3, from, 1500));
		memcpy(to, from, 1500);
		memmove(to, to + 5, 1400);
		EXPECT(!memcmp(to, from + 5, 1400));
	}
	kfree(from);
	kfree(to);
}

KTEST(string_compare)
{
	char small[4];

	EXPECT(!strcmp("", "") && strcmp("a", "b") < 0 && strcmp("b", "a") > 0 && strcmp("ab", "a") > 0);
	EXPECT(strcmp("\x80", "a") > 0);
	EXPECT(!strncmp("abc", "abd", 2) && strncmp("abc", "abd", 3) < 0 && !strncmp("a", "b", 0));
	EXPECT(memcmp("\x01\x80", "\x01\x02", 2) > 0);
	EXPECT_EQ(strlen("four"), 4);
	EXPECT_EQ(strnlen("four", 2), 2);
	EXPECT(*strchr("a=b", '=') == '=' && !strchr("ab", '=') && !*strchr("ab", 0));
	EXPECT(string_copy(small, "abc", 4) && !strcmp(small, "abc"));
	EXPECT(!string_copy(small, "abcd", 4) && !strcmp(small, "abc"));
}

KTEST(words)
{
	const char *line = "a=1 smp b=31  long=abcdefgh bad=12z empty= smpx=9";
	char v[6];

	EXPECT(word_find(line, "a", v, sizeof v) && !strcmp(v, "1"));
	EXPECT(word_find(line, "smp", v, sizeof v) && !*v);
	EXPECT(word_find(line, "empty", v, sizeof v) && !*v);
	EXPECT(word_find(line, "long", v, sizeof v) && !strcmp(v, "abcde"));
	EXPECT(!word_find(line, "sm", v, sizeof v) && !word_find("", "a", v, sizeof v));
	EXPECT_EQ(word_number(line, "a", 7), 1);
	EXPECT_EQ(word_number(line, "b", 7), 31);
	EXPECT_EQ(word_number(line, "bad", 7), 7);
	EXPECT_EQ(word_number(line, "empty", 7), 7);
	EXPECT_EQ(word_number(line, "smpx", 7), 9);
	EXPECT_EQ(word_number(line, "none", 7), 7);
}

static void expect_text(const char *actual, const char *expected, int line)
{
	if (strcmp(actual, expected))
		log_raw("# line %d: expected \"%s\", actual \"%s\"\n", line, expected, actual);
	ktest_check(!strcmp(actual, expected), __FILE__, line, "the formatted text");
}

#define EXPECT_FORMAT(expected, ...)                     \
	do {                                             \
		char text[64];                           \
		format(text, sizeof text, __VA_ARGS__);  \
		expect_text(text, expected, __LINE__);   \
	} while (0)

KTEST(format_conversions)
{
	EXPECT_FORMAT("-5 -2147483648", "%d %d", -5, INT32_MIN);
	EXPECT_FORMAT("4294967295 18446744073709551615", "%u %lu", 0xffffffffu, ~0ul);
	EXPECT_FORMAT("-9223372036854775808", "%ld", INT64_MIN);
	EXPECT_FORMAT("beef 0xbeef", "%x %#lx", 0xbeefu, 0xbeeful);
	EXPECT_FORMAT("0 0x0000ff", "%#x %#08x", 0u, 0xffu);
	EXPECT_FORMAT("[   42|42   |00042|-0042]", "[%5d|%-5d|%05d|%05d]", 42, 42, 42, -42);
	EXPECT_FORMAT("[  abc|abc  |7   ]", "[%5s|%-5s|%-4zu]", "abc", "abc", (size_t)7);
	EXPECT_FORMAT("100%", "%d%%", 100);
}

KTEST(format_bounds)
{
	char text[4] = "zzz";

	EXPECT_EQ(format(text, sizeof text, "%s", "abcdef"), 6);
	EXPECT(!strcmp(text, "abc"));
	EXPECT_EQ(format(text, 1, "%d", 12345), 5);
	EXPECT(!*text);
	EXPECT_EQ(format(NULL, 0, "%s-%d", "ab", 1), 4);
}

KTEST(lock_state)
{
	struct spinlock outer = SPINLOCK(RANK_IPC, "test outer"), inner = SPINLOCK(RANK_LOG, "test inner");
	struct lock_state *s = arch_lock_state();
	bool irq;

	if (!BUILD_TEST) {
		ktest_skip("locks are recorded in test builds only");
		return;
	}
	EXPECT_EQ(s->depth, 0);
	lock_acquire(&outer);
	EXPECT(s->depth == 1 && s->held[0] == &outer);
	irq = lock_acquire_irq(&inner);
	EXPECT(irq && s->depth == 2 && s->held[1] == &inner);
	EXPECT(outer.owner_ip && symbol_find((u64)outer.owner_ip, &(u64){0}));
	lock_release_irq(&inner, irq);
	EXPECT_EQ(s->depth, 1);
	lock_release(&outer);
	EXPECT_EQ(s->depth, 0);
	lock_assert_none_held("test");
}

/* An interrupt-class lock keeps interrupts off, and gives back what it found. */
static void nothing(struct timeout *t)
{
	(void)t;
}

/* A timer interrupt takes locks, too, wherever in lock_acquire() it comes. Under KASAN, whose calls lie between the
 * steps, that is everywhere; QEMU's TCG lets none into the few instructions that they are otherwise. */
KTEST(lock_record_is_whole)
{
	struct spinlock outer = SPINLOCK(RANK_IPC, "test outer"), inner = SPINLOCK(RANK_LOG, "test inner");
	u64 end = clock_now() + (BUILD_KASAN ? 1000 : 20) * 1000000ul;
	struct timeout t;

	while (clock_now() < end) {
		timer_set(&t, clock_now() + 1000, nothing);
		for (u32 i = 0; i < 100; i++) {
			lock_release_irq(&inner, lock_acquire_irq(&inner)); /* what a stale record would show */
			lock_acquire(&outer);
			lock_release(&outer);
		}
		timer_cancel(&t);
	}
	EXPECT_EQ(arch_lock_state()->depth, 0);
}

KTEST(lock_interrupts)
{
	struct spinlock a = SPINLOCK(RANK_TIMER, "test a"), b = SPINLOCK(RANK_RUNQ, "test b");
	bool first, second, on;

	first = lock_acquire_irq(&a);
	second = lock_acquire_irq(&b);
	lock_release_irq(&b, second);
	on = arch_irq_save();
	arch_irq_restore(on);
	lock_release_irq(&a, first);
	EXPECT(first && !second && !on);
	on = arch_irq_save();
	arch_irq_restore(on);
	EXPECT(on);
	EXPECT(a.next == 1 && a.serving == 1);
}

KTEST(symbol_names)
{
	u64 offset = 99;
	const char *name = symbol_find((u64)ktest_skip, &offset);

	EXPECT(name && !strcmp(name, "ktest_skip") && offset == 0);
	name = symbol_find((u64)ktest_skip + 3, &offset);
	EXPECT(name && !strcmp(name, "ktest_skip") && offset == 3);
	EXPECT(!symbol_find(0, &offset) && !symbol_find(KERNEL_BASE - 1, &offset) && !symbol_find(~0ul, &offset));
}

/* RFC 8439 2.3.2. */
KTEST(chacha20_vector)
{
	u32 state[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}, out[16];
	const u32 expected[16] = {
		0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3, 0xc7f4d1c7, 0x0368c033, 0x9aaa2204, 0x4e6cd4c3,
		0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9, 0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2,
	};

	for (u32 i = 0; i < 8; i++)
		state[4 + i] = 0x03020100 + i * 0x04040404;
	state[12] = 1;
	state[13] = 0x09000000;
	state[14] = 0x4a000000;
	chacha20_block(state, out);
	for (u32 i = 0; i < 16; i++)
		EXPECT_EQ(out[i], expected[i]);
	EXPECT_EQ(state[12], 1);
}

KTEST(trace_records)
{
	u64 mask = trace_mask;

	trace_mask = BIT(TRACE_IPC);
	trace_record(TRACE_IPC, 0xabc123, 0xdef);
	trace_record(TRACE_FAULT, 0x123abc, 0xfed);
	trace_mask = mask;
	EXPECT(trace_slots[(trace_used - 1) % TRACE_SLOTS].a == 0x123abc);
}

KTEST(wall_names)
{
	for (u32 w = 0; w < WALL_COUNT; w++)
		EXPECT(wall_up((enum wall)w));
	EXPECT(!walls_configure("-no-such-wall"));
}

/* Neither what the image holds nor what a string could contain. */
KTEST(stack_guard_is_random)
{
	EXPECT(__stack_chk_guard != STACK_GUARD_AT_START);
	EXPECT(__stack_chk_guard >> 8);
	EXPECT_EQ(__stack_chk_guard & 0xff, 0);
}
