/*
 * acpi.c - finds and reads the few ACPI tables of acpi.h. The bytes come from firmware: every length is
 * checked against memory and against the table, every checksum verified (ACPI 6.4 chapter 5).
 */
#include "kernel/x86/acpi.h"

#include "kernel/lib/log.h"
#include "kernel/lib/string.h"

/* One CPU, and the APICs where every PC has them, unless the tables say otherwise. */
struct acpi_info acpi = {
	.cpu_count = 1,
	.lapic_base = 0xfee00000,
	.ioapic_base = 0xfec00000,
};

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

#define HEADER_SIZE 36 /* 5.2.6 */

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

/* Multiple APIC description, 5.2.12: a header, then records of {type, length, ...}. */
enum { MADT_LAPIC = 0, MADT_IOAPIC = 1, MADT_OVERRIDE = 2, MADT_LAPIC_ADDRESS = 5 };

static void madt_record(const u8 *r, u32 size)
{
	if (r[0] == MADT_LAPIC && size >= 8) {
		if ((r[4] & 1) && acpi.cpu_count < MAX_CPUS)
			acpi.cpu_apic_ids[acpi.cpu_count++] = r[3];
	} else if (r[0] == MADT_IOAPIC && size >= 12) {
		/* The first, or the one whose inputs begin at 0: where the ISA interrupts are. */
		if (!acpi.ioapic_base || !number(r + 8, 4)) {
			acpi.ioapic_base = number(r + 4, 4);
			acpi.ioapic_gsi_base = (u32)number(r + 8, 4);
		}
	} else if (r[0] == MADT_OVERRIDE && size >= 10) {
		if (r[3] < ACPI_ISA_IRQS) {
			acpi.isa[r[3]].gsi = (u32)number(r + 4, 4);
			acpi.isa[r[3]].flags = (u16)number(r + 8, 2);
		}
	} else if (r[0] == MADT_LAPIC_ADDRESS && size >= 12) {
		acpi.lapic_base = number(r + 4, 8);
	}
}

static void madt_parse(struct table t)
{
	const struct acpi_info defaults = acpi;
	u32 at = 44;

	if (t.length < at)
		return;
	acpi.lapic_base = number(t.bytes + 36, 4);
	acpi.ioapic_base = 0;
	acpi.cpu_count = 0;
	while (at + 2 <= t.length) {
		u32 size = t.bytes[at + 1];

		if (size < 2 || size > t.length - at)
			break;
		madt_record(t.bytes + at, size);
		at += size;
	}
	if (!acpi.ioapic_base)
		acpi.ioapic_base = defaults.ioapic_base;
	if (!acpi.cpu_count)
		acpi.cpu_count = 1;
}

/* An AML integer of a package: ZeroOp, OneOp, BytePrefix, WordPrefix (20.2.3). False for anything else. */
static bool aml_integer(const u8 **p, const u8 *end, u16 *value)
{
	const u8 *q = *p;
	u32 size;

	if (q >= end)
		return false;
	size = *q == 0x0a ? 1 : *q == 0x0b ? 2 : 0;
	if ((!size && *q > 1) || (u64)(end - q) < 1 + size)
		return false;
	*value = (u16)(size ? number(q + 1, size) : *q);
	*p = q + 1 + size;
	return true;
}

/*
 * Name (\_S5, Package () {SLP_TYPa, SLP_TYPb, ...}), as bytes (20.2.5): 08 [5c] "_S5_" 12, the package's
 * length in 1 to 4 bytes (the first one's top two bits say how many follow), its count, the integers.
 * It is plain data wherever it occurs, so that no AML need be run to read it.
 */
static bool s5_parse(const u8 *p, const u8 *start, const u8 *end)
{
	const u8 *before = p > start && p[-1] == '\\' ? p - 1 : p;

	if (before == start || before[-1] != 0x08 || end - p < 8 || p[4] != 0x12)
		return false;
	p += 5;
	p += 1 + (*p >> 6);
	if (p >= end)
		return false;
	p++; /* count */
	if (!aml_integer(&p, end, &acpi.slp_typ_a))
		return false;
	if (!aml_integer(&p, end, &acpi.slp_typ_b))
		acpi.slp_typ_b = 0;
	return true;
}

static bool dsdt_parse(struct table t)
{
	const u8 *start = t.bytes + HEADER_SIZE, *end = t.bytes + t.length;

	for (const u8 *p = start; end - p >= 4; p++) {
		if (*p == '_' && !memcmp(p, "_S5_", 4) && s5_parse(p, start, end))
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
	if (f[91] == 4) { /* PM_TMR_LEN */
		acpi.pm_timer_port = (u16)number(f + 76, 4);
		acpi.pm_timer_32 = number(f + 112, 4) & BIT(8); /* TMR_VAL_EXT */
	}
	acpi.pm1a_control = (u16)number(f + 64, 4);
	acpi.pm1b_control = (u16)number(f + 68, 4);
	at = t.length >= 148 ? number(f + 140, 8) : 0; /* X_DSDT */
	if (!at)
		at = number(f + 40, 4);
	if (acpi.pm1a_control && table_open(m, at, &dsdt))
		acpi.can_power_off = dsdt_parse(dsdt);
}

static bool rsdp_valid(struct memory m, u64 at)
{
	return at <= m.limit && m.limit - at >= 20 && !memcmp(m.bytes + at, "RSD PTR ", 8) &&
	       sum_is_zero(m.bytes + at, 20);
}

static u64 rsdp_scan(struct memory m, u64 from, u64 to)
{
	for (u64 at = ALIGN_UP(from, 16); at < to; at += 16) {
		if (rsdp_valid(m, at))
			return at;
	}
	return 0;
}

/* In the first KiB of the EBDA, whose segment is at 40:0e, or in the BIOS area (5.2.5.1). */
static u64 rsdp_find(struct memory m)
{
	u64 ebda, found;

	if (m.limit < 0x410)
		return 0;
	ebda = number(m.bytes + 0x40e, 2) << 4;
	found = rsdp_scan(m, ebda, ebda + 1024);
	return found ? found : rsdp_scan(m, 0xe0000, 0x100000);
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

	for (u32 i = 0; i < ACPI_ISA_IRQS; i++)
		acpi.isa[i].gsi = i;
	if (!rsdp || !rsdp_valid(m, rsdp))
		rsdp = rsdp_find(m);
	width = rsdp ? root_open(m, rsdp, &root) : 0;
	if (!width) {
		log_error("acpi: no tables found");
		return;
	}
	acpi.found = true;
	for (u32 at = HEADER_SIZE; at + width <= root.length; at += width) {
		u64 address = number(root.bytes + at, width);

		if (!address || address > limit || limit - address < HEADER_SIZE)
			continue;
		if (!memcmp(memory + address, "APIC", 4) && table_open(m, address, &t))
			madt_parse(t);
		else if (!memcmp(memory + address, "FACP", 4) && table_open(m, address, &t))
			fadt_parse(m, t);
	}
}
