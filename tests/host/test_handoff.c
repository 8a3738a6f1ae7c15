/*
 * test_handoff.c - what the loaders say about the machine, under the sanitizers: well-formed information blocks of
 * Multiboot 1 and 2, and 200,000 mutilated ones. Whatever is in a block, the record that comes out is in order.
 */
/* links: boot/handoff.c boot/multiboot1.c boot/multiboot2.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/handoff.h"
#include "tests/host/check.h"
#include "tests/host/handoff_sound.h"

#define CASES  100000 /* of each loader */
#define MEMORY 0x1000 /* of the machine: all that may be read */
#define INFO   0x100

static u8 *memory; /* exactly MEMORY bytes: the sanitizer sees one too far */

static void put32(u32 at, u32 v)
{
	memcpy(memory + at, &v, sizeof v);
}

static void put64(u32 at, u64 v)
{
	memcpy(memory + at, &v, sizeof v);
}

static u32 put_range(u32 at, u64 base, u64 length, u32 type)
{
	put64(at, base);
	put64(at + 8, length);
	put32(at + 16, type);
	return at + 20;
}

/* ---- Multiboot 1: INFO, command line at 0x200, modules at 0x300, map at 0x400 */

static u32 map1(u32 at, u64 base, u64 length, u32 type)
{
	put32(at, 20);
	return put_range(at + 4, base, length, type);
}

static void block1(void)
{
	u32 at = 0x400;

	memset(memory, 0, MEMORY);
	put32(INFO, 1 << 2 | 1 << 3 | 1 << 6);
	put32(INFO + 16, 0x200);
	strcpy((char *)memory + 0x200, "kernel log=2");
	put32(INFO + 20, 1);
	put32(INFO + 24, 0x300);
	put32(0x300, 0x800);
	put32(0x304, 0x900);
	put32(0x308, 0x240);
	strcpy((char *)memory + 0x240, "archive");
	at = map1(at, 0x100000, 0x7f00000, 1);
	at = map1(at, 0, 0x9fc00, 1);
	at = map1(at, 0x9fc00, 0x400, 2);
	at = map1(at, 0xfee00000, 0x1000, 2);
	at = map1(at, 0x100000000, 0x100000000, 1);
	put32(INFO + 44, at - 0x400);
	put32(INFO + 48, 0x400);
}

/* ---- Multiboot 2: INFO holds all of it */

static u32 tag(u32 at, u32 type, u32 size)
{
	put32(at, type);
	put32(at + 4, size);
	return at + 8;
}

static void block2(void)
{
	u32 at = INFO + 8, start;

	memset(memory, 0, MEMORY);
	start = tag(at, 1, 8 + 6);
	strcpy((char *)memory + start, "log=2");
	at += 16;
	start = tag(at, 3, 16 + 8);
	put32(start, 0x800);
	put32(start + 4, 0x900);
	strcpy((char *)memory + start + 8, "archive");
	at += 24;
	start = tag(at, 6, 16 + 3 * 24);
	put32(start, 24);
	put_range(start + 8, 0x100000, 0x7f00000, 1);
	put_range(start + 32, 0, 0x9fc00, 1);
	put_range(start + 56, 0xf0000, 0x10000, 3);
	at += 16 + 3 * 24;
	tag(at, 14, 8 + 20);
	at += 32;
	tag(at, 15, 8 + 36);
	at += 48;
	tag(at, 0, 8);
	put32(INFO, at + 8 - INFO);
}

static struct handoff h;

static void test_good(void)
{
	block1();
	check(!multiboot1_parse(&h, memory, MEMORY, INFO) && handoff_sound(&h, MEMORY),
	      "multiboot1: a well-formed block");
	check(!strcmp(h.cmdline, "kernel log=2") && !strcmp(h.loader, "multiboot1"), "multiboot1: command line");
	check(h.range_count == 3 && h.ranges[0].base == 0 && h.ranges[0].length == 0x9fc00 &&
		      h.ranges[1].base == 0x100000, "multiboot1: RAM, ascending");
	check(h.module_count == 1 && h.modules[0].base == 0x800 && h.modules[0].length == 0x100,
	      "multiboot1: module");
	check(!h.acpi_rsdp, "multiboot1: no ACPI root");
	block2();
	check(!multiboot2_parse(&h, memory, MEMORY, INFO) && handoff_sound(&h, MEMORY),
	      "multiboot2: a well-formed block");
	check(!strcmp(h.cmdline, "log=2") && !strcmp(h.loader, "multiboot2"), "multiboot2: command line");
	check(h.range_count == 2 && h.ranges[0].base == 0 && h.ranges[1].base == 0x100000, "multiboot2: RAM");
	check(h.module_count == 1 && h.modules[0].length == 0x100, "multiboot2: module");
	check(h.acpi_rsdp == INFO + 8 + 16 + 24 + 88 + 32 + 8, "multiboot2: the newer ACPI root");
}

/* One word of a good block changed; NULL is what it should not answer. */
static void refused1(u32 at, u32 value, const char *what)
{
	block1();
	put32(at, value);
	check(multiboot1_parse(&h, memory, MEMORY, INFO) != NULL, what);
}

static void refused2(u32 at, u32 value, const char *what)
{
	block2();
	put32(at, value);
	check(multiboot2_parse(&h, memory, MEMORY, INFO) != NULL, what);
}

static void test_refused(void)
{
	block1();
	check(multiboot1_parse(&h, memory, MEMORY, MEMORY - 51) != NULL, "multiboot1: the block ends outside");
	check(multiboot1_parse(&h, memory, MEMORY, ~0ull) != NULL, "multiboot1: the block is nowhere");
	refused1(INFO, 1 << 2, "multiboot1: no memory map");
	refused1(INFO + 44, MEMORY, "multiboot1: the map reaches outside");
	refused1(INFO + 44, 0, "multiboot1: an empty map");
	refused1(INFO + 48, 0xfffffff0, "multiboot1: the map is elsewhere");
	refused1(0x400, 4, "multiboot1: an entry too small");
	refused1(0x400, 0xffffffff, "multiboot1: an entry too large");
	refused1(INFO + 20, 0xffffffff, "multiboot1: too many modules for memory");
	refused1(0x304, 0x700, "multiboot1: a module that ends before it begins");
	refused1(0x304, MEMORY + 1, "multiboot1: a module that ends outside");
	refused1(0x470, 0xffffffff, "multiboot1: a range that wraps");
	block2();
	check(multiboot2_parse(&h, memory, MEMORY, MEMORY - 4) != NULL, "multiboot2: the block ends outside");
	refused2(INFO, MEMORY, "multiboot2: the block is longer than memory");
	refused2(INFO, 16, "multiboot2: the block is cut off");
	refused2(INFO + 12, 0, "multiboot2: a tag of no size");
	refused2(INFO + 12, 0xfffffff9, "multiboot2: a tag that wraps");
	refused2(INFO + 8 + 16 + 12, 0xfff00, "multiboot2: a module that ends outside");
	refused2(INFO + 8 + 16 + 4, 12, "multiboot2: a module's tag is cut off");
	refused2(INFO + 8 + 16 + 24 + 8, 0, "multiboot2: map entries of no size");
	refused2(INFO + 8 + 16 + 24, 99, "multiboot2: no memory map");
}

/* A map of RAM in `count` pieces of 4 KiB, from the last to the first, `step` apart. */
static const char *parse_pieces(u32 count, u64 step)
{
	static u8 large[0x4000];
	u8 *small = memory;
	u32 at = 0x400;
	const char *error;

	block1();
	memcpy(large, memory, MEMORY);
	memory = large;
	for (u32 i = count; i-- > 0;)
		at = map1(at, i * step, 0x1000, 1);
	put32(INFO + 44, at - 0x400);
	error = multiboot1_parse(&h, memory, sizeof large, INFO);
	memory = small;
	return error;
}

static void test_ranges(void)
{
	check(!parse_pieces(HANDOFF_RANGES, 0x2000) && h.range_count == HANDOFF_RANGES && handoff_sound(&h, MEMORY),
	      "as many ranges as there is room for, sorted");
	check(parse_pieces(HANDOFF_RANGES + 1, 0x2000) != NULL, "a full table takes no more");
	check(parse_pieces(3, 0x800) != NULL, "entries that overlap");
	check(parse_pieces(3, 0) != NULL, "entries that are the same");
	block1();
	put32(INFO + 44, map1(map1(0x400, 0x10000, 0x1000, 2), 0x8000, 0x8000, 1) - 0x400);
	check(!multiboot1_parse(&h, memory, MEMORY, INFO), "RAM beside reserved memory");
	block1();
	put32(INFO + 44, map1(map1(0x400, 0x10000, 0x1000, 2), 0x8000, 0x8001, 1) - 0x400);
	check(multiboot1_parse(&h, memory, MEMORY, INFO) != NULL, "RAM that is also reserved");
}

static u32 odd_value(void)
{
	static const u32 edges[] = {
		0, 1, 4, 7, 8, 16, 20, 24, INFO, MEMORY - 1, MEMORY, MEMORY + 1, 0x7fffffff, 0x80000000, 0xffffffff,
	};
	u64 r = random_next();

	return r & 1 ? edges[(r >> 8) % ARRAY_SIZE(edges)] : (u32)(r >> 16) >> (r >> 8) % 32;
}

typedef const char *(*parser)(struct handoff *, const u8 *, u64, u64);

static void test_mutilated(parser parse, void (*block)(void), const char *what)
{
	u32 bad = 0, accepted = 0;

	for (u32 i = 0; i < CASES; i++) {
		block();
		for (u64 n = random_next() % 5 + 1; n; n--)
			put32(INFO + (u32)(random_next() % 0x380) / (i & 1 ? 4 : 1) * (i & 1 ? 4 : 1), odd_value());
		if (parse(&h, memory, MEMORY, i % 16 ? INFO : random_next() % (2 * MEMORY)))
			continue;
		accepted++;
		bad += !handoff_sound(&h, MEMORY);
	}
	check(!bad, what);
	check(accepted > CASES / 100 && accepted < CASES, "some were taken, some refused");
}

int main(void)
{
	memory = malloc(MEMORY);
	test_good();
	test_refused();
	test_ranges();
	test_mutilated(multiboot1_parse, block1, "multiboot1: whatever the block says, the record is in order");
	test_mutilated(multiboot2_parse, block2, "multiboot2: whatever the block says, the record is in order");
	free(memory);
	printf("1..%d\n", number);
	return failures != 0;
}
