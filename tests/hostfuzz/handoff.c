/*
 * handoff.c - the information blocks of both loaders. The first byte chooses the loader, the second where the block
 * lies; the rest is the machine's memory. An accepted record is in order, and holds what a second reading of the
 * block finds: each entry of the map and no more, the same modules, the same command line.
 */
/* links: boot/handoff.c boot/multiboot1.c boot/multiboot2.c */
#include <string.h>

#include "tests/host/handoff_sound.h"
#include "tests/hostfuzz/fuzz.h"

/* What the second reading adds up. */
struct seen {
	const struct handoff *record;
	u64 ram, reserved; /* bytes */
	u32 modules;
	struct range module[HANDOFF_MODULES];
	u64 text, text_end; /* the command line, in memory; text_end 0: there is none */
	u64 rsdp;
};

static u64 get(const u8 *at, u32 bytes)
{
	u64 v = 0;

	while (bytes--)
		v = v << 8 | at[bytes];
	return v;
}

static bool covered(const struct range *table, u32 count, u64 base, u64 length)
{
	while (count--)
		if (base >= table[count].base && base - table[count].base <= table[count].length &&
		    length <= table[count].length - (base - table[count].base))
			return true;
	return false;
}

static void see_range(struct seen *s, const u8 *entry)
{
	bool ram = get(entry + 16, 4) == 1;
	u64 base = get(entry, 8), length = get(entry + 8, 8);

	*(ram ? &s->ram : &s->reserved) += length;
	CLAIM(!length || covered(ram ? s->record->ranges : s->record->reserved,
				 ram ? s->record->range_count : s->record->reserved_count, base, length));
}

static void see_module(struct seen *s, u64 base, u64 end)
{
	CLAIM(s->modules < HANDOFF_MODULES);
	s->module[s->modules++] = (struct range){base, end - base};
}

static void see_block1(struct seen *s, const u8 *memory, u64 limit, u64 info)
{
	const u8 *block = memory + info;
	u64 map = get(block + 48, 4), map_end = map + get(block + 44, 4), list = get(block + 24, 4);

	if (get(block, 4) & 4) {
		s->text = MIN(get(block + 16, 4), limit);
		s->text_end = limit;
	}
	for (; map_end - map >= 24; map += 4 + get(memory + map, 4))
		see_range(s, memory + map + 4);
	for (u64 n = get(block, 4) & 8 ? get(block + 20, 4) : 0; n; n--, list += 16)
		see_module(s, get(memory + list, 4), get(memory + list + 4, 4));
}

static void see_tag(struct seen *s, const u8 *memory, u64 at)
{
	u64 size = get(memory + at + 4, 4), step;

	switch (get(memory + at, 4)) {
	case 1:
		s->text = at + 8;
		s->text_end = at + size;
		break;
	case 3:
		see_module(s, get(memory + at + 8, 4), get(memory + at + 12, 4));
		break;
	case 6:
		step = get(memory + at + 8, 4);
		for (u64 entry = at + 16; entry + step <= at + size; entry += step)
			see_range(s, memory + entry);
		break;
	case 14:
	case 15:
		s->rsdp = at + 8;
	}
}

static void see_block2(struct seen *s, const u8 *memory, u64 info)
{
	for (u64 at = info + 8; get(memory + at, 4); at = info + ((at - info + get(memory + at + 4, 4) + 7) & ~7ul))
		see_tag(s, memory, at);
}

static u64 sum_of(const struct range *table, u32 count)
{
	u64 sum = 0;

	while (count--)
		sum += table[count].length;
	return sum;
}

/* A text that fills the record is cut there. */
static void claim_text(const struct handoff *h, const struct seen *s, const u8 *memory)
{
	u64 n = 0;

	while (n < sizeof h->cmdline - 1 && s->text + n < s->text_end && memory[s->text + n])
		n++;
	CLAIM(!h->cmdline[n] && !memcmp(h->cmdline, memory + s->text, n));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	const u8 *memory = data + 2;
	struct handoff h;
	struct seen seen = {.record = &h};
	u64 limit, info;

	if (size < 2)
		return 0;
	limit = size - 2;
	info = data[1] == 255 ? ~0ull : data[1] * 8ull;
	if ((data[0] & 1 ? multiboot2_parse : multiboot1_parse)(&h, memory, limit, info))
		return 0;
	CLAIM(handoff_sound(&h, limit));
	if (data[0] & 1)
		see_block2(&seen, memory, info);
	else
		see_block1(&seen, memory, limit, info);
	CLAIM(sum_of(h.ranges, h.range_count) == seen.ram && sum_of(h.reserved, h.reserved_count) == seen.reserved);
	CLAIM(h.module_count == seen.modules && !memcmp(h.modules, seen.module, seen.modules * sizeof(struct range)));
	CLAIM(h.acpi_rsdp == seen.rsdp);
	claim_text(&h, &seen, memory);
	return 0;
}
