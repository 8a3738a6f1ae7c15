/*
 * acpi.c - finds and reads the few ACPI tables of acpi.h. The bytes come from firmware: every length is
 * checked against memory and against the table, every checksum verified (ACPI 6.4 chapter 5).
 */
#include "kernel/x86/acpi.h"

#include "kernel/lib/log.h"
#include "kernel/lib/string.h"

struct acpi_info acpi;

/* Physical memory as acpi_parse() was given it. */
struct memory {
	const u8 *bytes;
	u64 limit;
};

/* A table whose checksum is right; bytes[0, length) may be read. */
struct table {
	const u8 *bytes;
	u32 length;
};

#define HEADER_SIZE  36 /* 5.2.6 */
#define MADT_ENTRIES 44 /* 5.2.12 */

static u64 number(const u8 *p, u32 size)
{
	u64 v = 0;

	memcpy(&v, p, size);
	return v;
}

static bool sum_is_zero(const u8 *p, u32 length)
{
	u8 sum = 0;

	while (length--)
		sum += *p++;
	return sum == 0;
}

static bool table_open(struct memory m, u64 at, struct table *t)
{
	if (!at || at > m.limit || m.limit - at < HEADER_SIZE)
		return false;
	t->bytes = m.bytes + at;
	t->length = (u32)number(t->bytes + 4, 4);
	if (t->length >= HEADER_SIZE && t->length <= m.limit - at && sum_is_zero(t->bytes, t->length))
		return true;
	log_error("acpi: the table at 0x%lx is damaged and ignored", at);
	return false;
}

/*
 * Name (\_S5, Package () {SLP_TYPa, ...}), as bytes (20.2.5): "_S5_" 12, the package's length in 1 to 4
 * bytes (the first one's top two bits say how many follow), its count, and the number: 0 and 1 as they
 * are, others after 0a. It is plain data wherever it occurs, so that no AML need be run to read it.
 */
static bool s5_parse(struct table dsdt, u8 *slp_typ)
{
	const u8 *end = dsdt.bytes + dsdt.length;

	for (const u8 *p = dsdt.bytes + HEADER_SIZE; end - p >= 12; p++) {
		if (memcmp(p, "_S5_\x12", 5) != 0)
			continue;
		p += 7 + (p[5] >> 6);
		*slp_typ = *p == 0x0a ? p[1] : *p;
		return true;
	}
	return false;
}

/* Fixed ACPI description, 5.2.9. */
static void fadt_parse(struct memory m, struct table t)
{
	const u8 *f = t.bytes;
	struct table dsdt;
	u64 at;

	if (t.length < 116)
		return;
	if (f[91] == 4) /* PM_TMR_LEN */
		acpi.pm_timer_port = (u16)number(f + 76, 4);
	at = t.length >= 148 ? number(f + 140, 8) : 0; /* X_DSDT */
	if (!at)
		at = number(f + 40, 4);
	if (table_open(m, at, &dsdt) && s5_parse(dsdt, &acpi.slp_typ))
		acpi.pm1_control = (u16)number(f + 64, 4);
}

/* Each CPU's entry of the MADT, 5.2.12.2 and 5.2.12.12. IDs from 255 on cannot be reached without x2APIC. */
static void madt_parse(struct table t)
{
	enum { LOCAL_APIC = 0, LOCAL_X2APIC = 9, ENABLED = 1 };
	u32 step;

	for (u32 at = MADT_ENTRIES; at + 2 <= t.length; at += step) {
		const u8 *e = t.bytes + at;
		bool wide = e[0] == LOCAL_X2APIC;
		u64 id, flags;

		step = e[1];
		if (step < 2 || step > t.length - at)
			return;
		if ((!wide || step < 16) && (e[0] != LOCAL_APIC || step < 8))
			continue;
		id = wide ? number(e + 4, 4) : e[3];
		flags = wide ? number(e + 8, 4) : number(e + 4, 4);
		if ((flags & ENABLED) && id < 255 && acpi.cpu_count < MAX_CPUS)
			acpi.apic_ids[acpi.cpu_count++] = (u8)id;
	}
}

static bool rsdp_valid(struct memory m, u64 at)
{
	return at <= m.limit && m.limit - at >= 20 && !memcmp(m.bytes + at, "RSD PTR ", 8) &&
	       sum_is_zero(m.bytes + at, 20);
}

/* In the BIOS area (5.2.5.1). */
static u64 rsdp_find(struct memory m)
{
	for (u64 at = 0xe0000; at < MIN(0x100000, m.limit); at += 16) {
		if (rsdp_valid(m, at))
			return at;
	}
	return 0;
}

/* The root table: XSDT if there is a sound one, else RSDT. Returns the size of its pointers, or 0. */
static u32 root_open(struct memory m, u64 rsdp, struct table *root)
{
	const u8 *r = m.bytes + rsdp;

	if (r[15] >= 2 && m.limit - rsdp >= 36 && sum_is_zero(r, 36) &&
	    table_open(m, number(r + 24, 8), root))
		return 8;
	return table_open(m, number(r + 16, 4), root) ? 4 : 0;
}

void acpi_parse(const u8 *memory, u64 limit, u64 rsdp)
{
	struct memory m = {memory, limit};
	struct table root, t;
	u32 width;

	if (!rsdp || !rsdp_valid(m, rsdp))
		rsdp = rsdp_find(m);
	width = rsdp ? root_open(m, rsdp, &root) : 0;
	if (!width) {
		log_error("acpi: no tables found");
		return;
	}
	for (u32 at = HEADER_SIZE; at + width <= root.length; at += width) {
		if (!table_open(m, number(root.bytes + at, width), &t))
			continue;
		if (!memcmp(t.bytes, "FACP", 4))
			fadt_parse(m, t);
		else if (!memcmp(t.bytes, "APIC", 4))
			madt_parse(t);
	}
}
