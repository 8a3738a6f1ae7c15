/*
 * acpi.c - ACPI's tables. The first byte chooses: bit 0, that checksums are made right (else the input would hardly
 * get past one); bit 1, that memory begins at the BIOS area and is searched. The rest is memory. What acpi_parse()
 * found must stand in tables whose checksums are right.
 */
/* links: kernel/x86/acpi.c */
#include <sanitizer/asan_interface.h>
#include <string.h>

#include "kernel/lib/log.h"
#include "kernel/x86/acpi.h"
#include "tests/hostfuzz/fuzz.h"

#define BIOS   0xe0000
#define MEMORY 4096 /* at most */

void log_error(const char *fmt, ...)
{
	(void)fmt;
}

/* Physical memory from `base` to `limit`. */
struct machine {
	u8 *bytes; /* of physical 0 */
	u64 base, limit;
};

static u64 get(const u8 *at, u32 bytes)
{
	u64 v = 0;

	while (bytes--)
		v = v << 8 | at[bytes];
	return v;
}

static u8 sum(const u8 *at, u64 n)
{
	u8 s = 0;

	while (n--)
		s = (u8)(s + at[n]);
	return s;
}

/* The length of the table at `at`, or 0 where none can be. */
static u64 table_length(const struct machine *m, u64 at)
{
	u64 length;

	if (at < m->base || at > m->limit || m->limit - at < 36)
		return 0;
	length = get(m->bytes + at + 4, 4);
	return length >= 36 && length <= m->limit - at ? length : 0;
}

static void mend_table(const struct machine *m, u64 at)
{
	u64 length = table_length(m, at);

	if (length)
		m->bytes[at + 9] = (u8)(m->bytes[at + 9] - sum(m->bytes + at, length));
}

static void mend_root(const struct machine *m, u64 at, u32 width)
{
	u64 length = table_length(m, at);

	for (u64 p = at + 36; length && p + width <= at + length; p += width) {
		u64 t = get(m->bytes + p, width);

		if (table_length(m, t) >= 116) {
			mend_table(m, get(m->bytes + t + 40, 4));
			if (table_length(m, t) >= 148)
				mend_table(m, get(m->bytes + t + 140, 8));
		}
		mend_table(m, t);
	}
	mend_table(m, at);
}

/* The RSDP's checksums are its bytes 8 (of 20) and 32 (of 36). */
static void mend(const struct machine *m)
{
	u8 *r = m->bytes + m->base;

	if (m->limit - m->base < 36)
		return;
	mend_root(m, get(r + 16, 4), 4);
	mend_root(m, get(r + 24, 8), 8);
	r[8] = (u8)(r[8] - sum(r, 20));
	r[32] = (u8)(r[32] - sum(r, 36));
}

/* Whether a sound table anywhere holds what the parser says of the PM timer, and one of the way to S5. */
static void claim_found(const struct machine *m)
{
	bool timer = !acpi.pm_timer_port, control = !acpi.pm1_control, s5 = !acpi.pm1_control;

	for (u64 at = m->base; at < m->limit; at++) {
		u64 length = table_length(m, at);
		const u8 *t = m->bytes + at, *s = t + 36;

		if (!length || sum(t, length))
			continue;
		if (!memcmp(t, "FACP", 4) && length >= 116) {
			timer |= t[91] == 4 && get(t + 76, 2) == acpi.pm_timer_port;
			control |= get(t + 64, 2) == acpi.pm1_control;
		}
		while (!s5 && (s = memmem(s, (size_t)(t + length - s), "_S5_\x12", 5))) {
			const u8 *n = s + 7 + (t + length - s >= 12 ? s[5] >> 6 : 0);

			s5 |= t + length - s >= 12 && acpi.slp_typ == (*n == 0x0a ? n[1] : *n);
			s++;
		}
	}
	CLAIM(timer && control && s5);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static u8 *memory;
	struct machine m;

	if (!memory)
		memory = calloc(1, BIOS + MEMORY);
	if (!size || size - 1 > MEMORY)
		return 0;
	m.base = data[0] & 2 ? BIOS : 16;
	m.limit = m.base + size - 1;
	m.bytes = memory + (data[0] & 2 ? 0 : BIOS + MEMORY - m.limit);
	memcpy(m.bytes + m.base, data + 1, size - 1);
	if (data[0] & 1)
		mend(&m);
	acpi = (struct acpi_info){0};
	__asan_poison_memory_region(m.bytes + m.limit, (size_t)(memory + BIOS + MEMORY - m.bytes - m.limit));
	acpi_parse(m.bytes, m.limit, data[0] & 2 ? 0 : m.base);
	claim_found(&m);
	__asan_unpoison_memory_region(memory, BIOS + MEMORY);
	return 0;
}
