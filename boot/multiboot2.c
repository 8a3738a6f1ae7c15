/*
 * multiboot2.c - the information block of Multiboot2, section 3.6: a row of tags, each {type, size}
 * with its data, each starting at a multiple of 8 from the block's start (GRUB).
 *
 * Pure, like handoff.c.
 */
#include "boot/handoff.h"
#include "boot/parse.h"

enum { TAG_END = 0, TAG_CMDLINE = 1, TAG_MODULE = 3, TAG_MMAP = 6, TAG_ACPI_OLD = 14, TAG_ACPI_NEW = 15 };

#define BLOCK_HEADER   8  /* total size, reserved */
#define TAG_HEADER     8
#define MMAP_HEADER    16 /* tag header, entry size, entry version */
#define MMAP_ENTRY_MIN 20 /* base, length, type */
#define MODULE_HEADER  16 /* tag header, start, end */

static const char *memory_map_parse(struct handoff *h, const u8 *tag, u32 size)
{
	const char *error = NULL;
	u32 step, left;

	if (size < MMAP_HEADER)
		return "the memory map's tag is cut off";
	step = read32(tag + 8);
	if (step < MMAP_ENTRY_MIN)
		return "an entry of the memory map has a bad size";
	tag += MMAP_HEADER;
	for (left = size - MMAP_HEADER; left >= step && !error; left -= step, tag += step)
		error = handoff_add_range(h, tag);
	return error;
}

/* The tag at physical address `at`; all of it is inside the block. */
static const char *tag_parse(struct handoff *h, const u8 *tag, u32 size, u64 at, u64 limit)
{
	switch (read32(tag)) {
	case TAG_CMDLINE:
		text_copy(h->cmdline, sizeof(h->cmdline), tag + TAG_HEADER, tag + size);
		break;
	case TAG_MODULE:
		if (size < MODULE_HEADER)
			return "a module's tag is cut off";
		return handoff_add_module(h, read32(tag + 8), read32(tag + 12), limit);
	case TAG_MMAP:
		return memory_map_parse(h, tag, size);
	case TAG_ACPI_OLD:
	case TAG_ACPI_NEW:
		/* Both hold a copy of the RSDP. The newer one, which leads to 64-bit addresses, comes last. */
		h->acpi_rsdp = at + TAG_HEADER;
		break;
	}
	return NULL;
}

static const char *tags_parse(struct handoff *h, const u8 *memory, u64 limit, u64 info, u64 total)
{
	u64 offset = BLOCK_HEADER;

	while (offset < total && inside(offset, TAG_HEADER, total)) {
		const u8 *tag = memory + info + offset;
		u32 size = read32(tag + 4);
		const char *error;

		if (size < TAG_HEADER || !inside(offset, size, total))
			return "a tag of the information block has a bad size";
		if (read32(tag) == TAG_END)
			return NULL;
		error = tag_parse(h, tag, size, info + offset, limit);
		if (error)
			return error;
		offset = ALIGN_UP(offset + size, 8);
	}
	return "the information block has no end tag";
}

const char *multiboot2_parse(struct handoff *h, const u8 *memory, u64 limit, u64 info)
{
	const char *error;
	u64 total;

	memset(h, 0, sizeof(*h));
	h->loader = "multiboot2";
	if (!inside(info, BLOCK_HEADER, limit))
		return "the information block lies outside of memory";
	total = read32(memory + info);
	if (!inside(info, total, limit))
		return "the information block reaches outside of memory";
	error = tags_parse(h, memory, limit, info, total);
	return error ? error : handoff_check(h);
}
