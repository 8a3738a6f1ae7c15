/*
 * test_elf.c - the program loader's parser under the sanitizers: a table of malformed files, and 200,000 mutilated
 * ones, each of which must be refused or give an image that keeps to what elf.h promises.
 */
/* links: kernel/elf.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/elf.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/layout.h"
#include "tests/host/check.h"
#include "tests/host/elf_sound.h"

#define CASES     200000
#define FILE_SIZE 0x3000
#define PHDRS     3

/* Fields by their offsets in the file: ELF header, then program headers of 56 bytes from 64 on. */
enum { CLASS = 4, DATA = 5, TYPE = 16, MACHINE = 18, ENTRY = 24, PHOFF = 32, PHENTSIZE = 54, PHNUM = 56 };
enum { P_TYPE, P_FLAGS = 4, P_OFFSET = 8, P_VADDR = 16, P_FILESZ = 32, P_MEMSZ = 40, P_ALIGN = 48 };
#define PH(n, field) (64 + (n) * 56 + (field))

static u8 good[FILE_SIZE];

static void put(u8 *file, u32 at, u64 value, u32 bytes)
{
	memcpy(file + at, &value, bytes); /* little-endian, as this machine */
}

static void put_segment(u32 n, u32 flags, u64 offset, u64 vaddr, u64 filesz, u64 memsz)
{
	put(good, PH(n, P_TYPE), 1, 4);
	put(good, PH(n, P_FLAGS), flags, 4);
	put(good, PH(n, P_OFFSET), offset, 8);
	put(good, PH(n, P_VADDR), vaddr, 8);
	put(good, PH(n, P_FILESZ), filesz, 8);
	put(good, PH(n, P_MEMSZ), memsz, 8);
}

static void make_good(void)
{
	memcpy(good, "\x7f" "ELF\x02\x01\x01", 7);
	put(good, TYPE, 2, 2);
	put(good, MACHINE, 62, 2);
	put(good, ENTRY, 0x401000, 8);
	put(good, PHOFF, 64, 8);
	put(good, PHENTSIZE, 56, 2);
	put(good, PHNUM, PHDRS, 2);
	put_segment(0, 4, 0, 0x400000, 0x200, 0x200);
	put_segment(1, 5, 0x1000, 0x401000, 0x800, 0x800);
	put_segment(2, 6, 0x2010, 0x402010, 0x100, 0x2000);
}

/* Parses a copy that is exactly as long as the file: the sanitizer sees one byte too far. */
static int parse(const u8 *file, u64 size, struct elf_image *out)
{
	u8 *copy = malloc(size ? size : 1);
	int err;

	memcpy(copy, file, size);
	err = elf_parse(copy, size, PIE_BASE, out);
	free(copy);
	return err;
}

static void test_good(void)
{
	struct elf_image e;
	const struct elf_segment *s = e.segments;

	check(parse(good, FILE_SIZE, &e) == 0, "a well-formed program");
	check(e.count == 3 && e.entry == 0x401000 && e.phnum == 3 && e.phdr == 0x400040, "its header");
	check(s[0].start == 0x400000 && s[0].end == 0x401000 && s[0].file_at == 0, "first segment");
	check(s[1].start == 0x401000 && s[1].rights == 5 && s[1].file_at == 0x1000, "second segment");
	check(s[2].start == 0x402000 && s[2].end == 0x405000 && s[2].file_at == 0x2000 && s[2].file_len == 0x110,
	      "zeroes behind the file's part");
	check(s[1].file_len == 0x1000, "a whole page of the file where no zeroes are asked for");
	check(e.brk == 0x405000, "the break");
}

struct row {
	const char *what;
	u32 at;
	u64 value;
	u32 bytes;
	int expected;
};

static const struct row rows[] = {
	{"wrong magic", 0, 0x7e, 1, -ENOEXEC},
	{"32 bits", CLASS, 1, 1, -ENOEXEC},
	{"big-endian", DATA, 2, 1, -ENOEXEC},
	{"position-independent", TYPE, 3, 2, 0},
	{"an object file", TYPE, 1, 2, -ENOEXEC},
	{"another machine", MACHINE, 183, 2, -ENOEXEC},
	{"no program headers", PHNUM, 0, 2, -ENOEXEC},
	{"too many program headers", PHNUM, 0xffff, 2, -ENOEXEC},
	{"program headers of another size", PHENTSIZE, 32, 2, -ENOEXEC},
	{"program headers behind the end", PHOFF, FILE_SIZE, 8, -ENOEXEC},
	{"program headers across the end", PHOFF, FILE_SIZE - 100, 8, -ENOEXEC},
	{"program headers at the end of numbers", PHOFF, ~0ull - 8, 8, -ENOEXEC},
	{"no segment", PH(0, P_TYPE), 0, 4, 0},
	{"writable and executable", PH(1, P_FLAGS), 7, 4, -EACCES},
	{"an offset behind the end", PH(1, P_OFFSET), 0x9000, 8, -ENOEXEC},
	{"an offset that wraps", PH(1, P_OFFSET), ~0xfffull, 8, -ENOEXEC},
	{"a file size behind the end", PH(1, P_FILESZ), 0x2001, 8, -ENOEXEC},
	{"a file size beyond the memory size", PH(1, P_FILESZ), 0x801, 8, -ENOEXEC},
	{"a file size that wraps", PH(1, P_FILESZ), ~0ull, 8, -ENOEXEC},
	{"a memory size that wraps", PH(2, P_MEMSZ), ~0ull - 0x402010, 8, -ENOEXEC},
	{"a memory size beyond user space", PH(2, P_MEMSZ), USER_TOP, 8, -ENOEXEC},
	{"an address beyond user space", PH(2, P_VADDR), USER_TOP + 0x10, 8, -ENOEXEC},
	{"an address in the kernel's half", PH(2, P_VADDR), KERNEL_BASE + 0x10, 8, -ENOEXEC},
	{"an address below user space", PH(0, P_VADDR), 0, 8, -ENOEXEC},
	{"an address not congruent to its offset", PH(2, P_VADDR), 0x402020, 8, -ENOEXEC},
	{"segments that overlap", PH(2, P_VADDR), 0x401010, 8, -ENOEXEC},
	{"segments that descend", PH(0, P_VADDR), 0x500000, 8, -ENOEXEC},
	{"an entry in the kernel's half", ENTRY, KERNEL_BASE, 8, -ENOEXEC},
	{"an entry at the end of user space", ENTRY, USER_TOP, 8, -ENOEXEC},
	{"an empty segment", PH(1, P_MEMSZ), 0, 8, 0},
	{"an unknown kind of segment", PH(1, P_TYPE), 0x6474e551, 4, 0},
};

/* The same file as a position-independent program: all addresses move by as much as the first segment does. */
static void test_pie(void)
{
	const u64 bias = PIE_BASE - 0x400000;
	struct elf_image e, plain;
	u8 file[FILE_SIZE];
	int same = 1;

	memcpy(file, good, sizeof file);
	parse(good, FILE_SIZE, &plain);
	put(file, TYPE, 3, 2);
	check(parse(file, FILE_SIZE, &e) == 0 && e.bias == bias && plain.bias == 0, "a position-independent program");
	for (u32 i = 0; i < 3; i++)
		same &= e.segments[i].start == plain.segments[i].start + bias &&
			e.segments[i].end == plain.segments[i].end + bias &&
			e.segments[i].file_at == plain.segments[i].file_at &&
			e.segments[i].file_len == plain.segments[i].file_len &&
			e.segments[i].rights == plain.segments[i].rights;
	check(same && e.segments[0].start == PIE_BASE, "its segments");
	check(e.entry == plain.entry + bias && e.phdr == plain.phdr + bias && e.brk == plain.brk + bias,
	      "its entry, program headers and break");
	put(file, PH(1, P_ALIGN), 0x200000, 8);
	check(parse(file, FILE_SIZE, &e) == 0 && e.bias == ((PIE_BASE - 0x400000) & ~0x1ffffful), "its alignment");
	put(file, PH(1, P_ALIGN), 0x300000, 8);
	check(parse(file, FILE_SIZE, &e) == 0 && e.bias == bias, "an alignment that is no power of two is ignored");
}

/* A name is 2 to 4,096 bytes of the file, of which the last is 0. */
static void test_interp(void)
{
	static const struct {
		u64 at, size;
		int result;
	} names[] = {{0x2000, 6, 0}, {0x2000, 5, -ENOEXEC}, {0x2000, 1, -ENOEXEC}, {0x2005, 1, -ENOEXEC},
		     {0, 0, -ENOEXEC}, {FILE_SIZE, 2, -ENOEXEC}, {FILE_SIZE - 2, 3, -ENOEXEC}, {~0ull, 2, -ENOEXEC},
		     {0x1000, 4096, 0}, {0x1000, 4097, -ENOEXEC}, {0x2000, ~0ull, -ENOEXEC}};
	struct elf_image e;
	u8 file[FILE_SIZE];
	int right = 1;

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		memcpy(file, good, sizeof file);
		memcpy(file + 0x2000, "ld.so", 6);
		file[0x1fff] = 0;
		put(file, PH(0, P_TYPE), 3, 4);
		put(file, PH(0, P_OFFSET), names[i].at, 8);
		put(file, PH(0, P_FILESZ), names[i].size, 8);
		right &= parse(file, FILE_SIZE, &e) == names[i].result;
		right &= names[i].result || (e.interp_at == names[i].at && e.interp_size == names[i].size);
	}
	check(right, "names of interpreters");
	parse(good, FILE_SIZE, &e);
	check(!e.interp_size, "a program without one");
}

static const struct row pie_rows[] = {
	{"PIE: writable and executable", PH(1, P_FLAGS), 7, 4, -EACCES},
	{"PIE: an address that the base carries out of range", PH(2, P_VADDR), USER_TOP - 0x3ff0, 8, -ENOEXEC},
	{"PIE: an address in the kernel's half", PH(2, P_VADDR), KERNEL_BASE + 0x10, 8, -ENOEXEC},
	{"PIE: an address that wraps to the base", PH(2, P_VADDR), 0ull - PIE_BASE + 0x400010, 8, -ENOEXEC},
	{"PIE: a size that the base carries out of range", PH(2, P_MEMSZ), USER_TOP - PIE_BASE, 8, -ENOEXEC},
	{"PIE: a memory size that wraps", PH(2, P_MEMSZ), ~0ull - 0x402010, 8, -ENOEXEC},
	{"PIE: segments that overlap", PH(2, P_VADDR), 0x401010, 8, -ENOEXEC},
	{"PIE: segments that descend", PH(0, P_VADDR), 0x500000, 8, -ENOEXEC},
	{"PIE: a first segment at the end of numbers", PH(0, P_VADDR), ~0xfffull, 8, -ENOEXEC},
	{"PIE: an address not congruent to its offset", PH(2, P_VADDR), 0x402020, 8, -ENOEXEC},
	{"PIE: an alignment beyond the base", PH(0, P_ALIGN), 1ull << 62, 8, 0},
	{"PIE: an entry that the base carries out of range", ENTRY, USER_TOP - 0x1000, 8, -ENOEXEC},
	{"PIE: an entry that wraps to the base", ENTRY, 0ull - 0x1000, 8, -ENOEXEC},
	{"PIE: an address of 0", PH(0, P_VADDR), 0, 8, 0},
};

/* The sound program as this ELF type, with one field of each row changed. */
static void test_rows(u32 type, const struct row *row, u32 count)
{
	struct elf_image e;
	u8 file[FILE_SIZE];

	for (; count--; row++) {
		int err;

		memcpy(file, good, sizeof file);
		put(file, TYPE, type, 2);
		put(file, row->at, row->value, row->bytes);
		err = parse(file, sizeof file, &e);
		check(err == row->expected, row->what);
		if (err != row->expected)
			printf("# expected %d, actual %d\n", row->expected, err);
	}
}

static void test_many_segments(void)
{
	static u8 file[0x2000];
	struct elf_image e;

	memcpy(file, good, 64);
	put(file, PHNUM, ELF_SEGMENTS + 1, 2);
	for (u32 i = 0; i <= ELF_SEGMENTS; i++) {
		put(file, PH(i, P_TYPE), 1, 4);
		put(file, PH(i, P_FLAGS), 4, 4);
		put(file, PH(i, P_VADDR), 0x400000 + i * 0x1000, 8);
		put(file, PH(i, P_MEMSZ), 0x1000, 8);
	}
	check(parse(file, sizeof file, &e) == -ENOEXEC, "one segment too many");
	put(file, PHNUM, ELF_SEGMENTS, 2);
	check(parse(file, sizeof file, &e) == 0 && e.count == ELF_SEGMENTS, "as many as there may be");
	put(file, PHNUM, 0, 2);
	for (u32 i = 0; i <= ELF_SEGMENTS; i++)
		put(file, PH(i, P_TYPE), 4, 4);
	put(file, PHNUM, 3, 2);
	check(parse(file, sizeof file, &e) == -ENOEXEC, "headers, but nothing to load");
}

static u64 odd_value(void)
{
	static const u64 edges[] = {
		0, 1, 0xfff, 0x1000, 0x1001, FILE_SIZE, FILE_SIZE - 1, USER_BOTTOM, USER_TOP - 1, USER_TOP, KERNEL_BASE,
		0x7fffffffffffffff, 0x8000000000000000, ~0ull, ~0xfffull, 0x400000, 0x401000,
	};
	u64 r = random_next();

	switch (r % 4) {
	case 0: return edges[(r >> 8) % ARRAY_SIZE(edges)];
	case 1: return edges[(r >> 8) % ARRAY_SIZE(edges)] + (r >> 16) % 64 - 32;
	case 2: return (r >> 8) % (2 * FILE_SIZE);
	default: return r >> (r >> 8) % 64;
	}
}

static void test_mutilated(void)
{
	static const u8 widths[] = {1, 2, 4, 8};
	u8 file[FILE_SIZE];
	u32 accepted = 0, bad = 0;

	for (u32 i = 0; i < CASES; i++) {
		struct elf_image e;
		u64 size = i % 8 ? FILE_SIZE : random_next() % FILE_SIZE;
		int err;

		memcpy(file, good, PH(PHDRS, 0) + 16);
		if (i & 16)
			put(file, TYPE, 3, 2);
		for (u64 n = random_next() % 4 + 1; n; n--)
			put(file, (u32)(random_next() % (PH(PHDRS, 0) / 4)) * 4, odd_value(),
			    widths[random_next() % 4]);
		err = i % 8 ? elf_parse(file, size, PIE_BASE, &e) : parse(file, size, &e);
		accepted += !err;
		bad += err ? err != -ENOEXEC && err != -EACCES : !elf_sound(&e, size);
	}
	check(!bad, "each mutilated program is refused, or sound");
	check(accepted > CASES / 100 && accepted < CASES, "some of each");
}

int main(void)
{
	make_good();
	test_good();
	test_rows(2, rows, ARRAY_SIZE(rows));
	test_pie();
	test_interp();
	test_rows(3, pie_rows, ARRAY_SIZE(pie_rows));
	test_many_segments();
	test_mutilated();
	printf("1..%d\n", number);
	return failures != 0;
}
