/*
 * multiboot1.c - the information block of Multiboot 0.6.96, section 3.3 (`qemu -kernel`).
 *
 * Pure, like handoff.c. The block gives no ACPI pointer. Its command line begins with the kernel's file
 * name.
 */
#include "boot/handoff.h"
#include "boot/parse.h"

#define INFO_SIZE    52 /* up to and with mmap_addr */
#define FLAG_CMDLINE BIT(2)
#define FLAG_MODULES BIT(3)
#define FLAG_MMAP    BIT(6)

/* Offsets into the block. */
enum { AT_FLAGS = 0, AT_CMDLINE = 16, AT_MODS_COUNT = 20, AT_MODS = 24, AT_MMAP_LENGTH = 44, AT_MMAP = 48 };

#define MODULE_SIZE    16 /* start, end, string, reserved */
#define MMAP_ENTRY_MIN 20 /* base, length, type, after the size field that does not count itself */

static const char *memory_map_parse(struct handoff *h, const u8 *memory, u64 limit, u64 at, u64 length)
{
	const char *error = NULL;

	if (!inside(at, length, limit))
		return "the memory map lies outside of memory";
	while (!error && length >= 4 + MMAP_ENTRY_MIN) {
		u64 size = 4 + (u64)read32(memory + at);

		if (size < 4 + MMAP_ENTRY_MIN || size > length)
			return "an entry of the memory map has a bad size";
		error = handoff_add_range(h, memory + at + 4);
		at += size;
		length -= size;
	}
	return error;
}

static const char *modules_parse(struct handoff *h, const u8 *memory, u64 limit, u64 at, u64 count)
{
	const char *error = NULL;

	if (!inside(at, count * MODULE_SIZE, limit))
		return "the module list lies outside of memory";
	for (; count && !error; count--, at += MODULE_SIZE)
		error = handoff_add_module(h, read32(memory + at), read32(memory + at + 4), limit);
	return error;
}

const char *multiboot1_parse(struct handoff *h, const u8 *memory, u64 limit, u64 info)
{
	const char *error;
	const u8 *block;
	u32 flags;

	memset(h, 0, sizeof(*h));
	h->loader = "multiboot1";
	if (!inside(info, INFO_SIZE, limit))
		return "the information block lies outside of memory";
	block = memory + info;
	flags = read32(block + AT_FLAGS);
	if (!(flags & FLAG_MMAP))
		return "the loader gave no memory map";
	if (flags & FLAG_CMDLINE)
		text_copy(h->cmdline, sizeof(h->cmdline),
			  memory + MIN((u64)read32(block + AT_CMDLINE), limit), memory + limit);
	error = memory_map_parse(h, memory, limit, read32(block + AT_MMAP), read32(block + AT_MMAP_LENGTH));
	if (!error && (flags & FLAG_MODULES))
		error = modules_parse(h, memory, limit, read32(block + AT_MODS),
				      read32(block + AT_MODS_COUNT));
	return error ? error : handoff_check(h);
}
