/*
 * test_acpi.c - finding and reading ACPI's tables under the sanitizers: a well-formed machine, and each way in which
 * its tables may be damaged. What must still be found then is what this adds to the fuzz target of the same name.
 */
/* links: kernel/x86/acpi.c */
#include <stdlib.h>
#include <string.h>

#include "kernel/lib/log.h"
#include "kernel/x86/acpi.h"
#include "tests/host/check.h"

/* Where the tables lie. The FADT comes last: what is read behind it is outside of memory. */
enum { RSDP = 0x10, RSDT = 0x40, XSDT = 0x80, DSDT = 0xc0, FADT = 0x140, FADT_SIZE = 148, MEMORY = FADT + FADT_SIZE };

static u8 *memory;
static u64 limit;
static int complaints;

void log_error(const char *fmt, ...)
{
	(void)fmt;
	complaints++;
}

static void put(u64 at, u64 value, u32 bytes)
{
	memcpy(memory + at, &value, bytes); /* little-endian, as this machine */
}

/* The byte `at` makes the sum of [from, from + length) zero. */
static void make_sum(u64 at, u64 from, u64 length)
{
	u8 sum = 0;

	memory[at] = 0;
	for (u64 i = 0; i < length; i++)
		sum = (u8)(sum + memory[from + i]);
	memory[at] = (u8)-sum;
}

static void seal(u64 at)
{
	u32 length;

	memcpy(&length, memory + at + 4, 4);
	make_sum(at + 9, at, length);
}

static void seal_rsdp(void)
{
	make_sum(RSDP + 8, RSDP, 20);
	make_sum(RSDP + 32, RSDP, 36);
}

static void table(u64 at, const char *name, u32 length)
{
	memcpy(memory + at, name, 4);
	put(at + 4, length, 4);
}

static void machine(void)
{
	memset(memory, 0, MEMORY);
	limit = MEMORY;
	memcpy(memory + RSDP, "RSD PTR ", 8);
	put(RSDP + 15, 2, 1);
	put(RSDP + 16, RSDT, 4);
	put(RSDP + 24, XSDT, 8);
	table(RSDT, "RSDT", 40);
	put(RSDT + 36, FADT, 4);
	table(XSDT, "XSDT", 44);
	put(XSDT + 36, FADT, 8);
	table(DSDT, "DSDT", 36 + 20);
	memcpy(memory + DSDT + 36, "\x10\x05_S5_\x12\x06\x04\x0a\x05\x0a\x05", 13);
	table(FADT, "FACP", FADT_SIZE);
	put(FADT + 40, DSDT, 4);
	put(FADT + 64, 0x604, 4);
	put(FADT + 76, 0x608, 4);
	put(FADT + 91, 4, 1);
	put(FADT + 140, DSDT, 8);
	for (u32 i = 0; i < 4; i++)
		seal((u64[]){RSDT, XSDT, DSDT, FADT}[i]);
	seal_rsdp();
}

/* Parses a copy that is exactly as long as memory: the sanitizer sees one byte too far. */
static struct acpi_info parse(void)
{
	u8 *copy = malloc(limit);

	memcpy(copy, memory, limit);
	acpi = (struct acpi_info){0};
	complaints = 0;
	acpi_parse(copy, limit, RSDP);
	free(copy);
	return acpi;
}

static void expect(u16 timer, u16 control, u8 slp_typ, const char *what)
{
	struct acpi_info a = parse();
	int ok = a.pm_timer_port == timer && a.pm1_control == control && a.slp_typ == slp_typ;

	check(ok, what);
	if (!ok)
		printf("# timer %#x, control %#x, S5 %u\n", a.pm_timer_port, a.pm1_control, a.slp_typ);
}

static void test_good(void)
{
	machine();
	expect(0x608, 0x604, 5, "a well-formed machine");
	check(!complaints, "nothing to complain of");
	put(RSDP + 15, 0, 1);
	put(RSDP + 24, ~0ull, 8);
	seal_rsdp();
	expect(0x608, 0x604, 5, "version 1: by the RSDT");
	machine();
	memory[DSDT + 45] = 5; /* without its prefix, and what follows as it may */
	seal(DSDT);
	expect(0x608, 0x604, 5, "a number of S5 without a prefix");
	machine();
	memory[FADT + 91] = 3;
	seal(FADT);
	expect(0, 0x604, 5, "no PM timer");
	machine();
	put(FADT + 4, 116, 4);
	seal(FADT);
	limit = FADT + 116;
	expect(0x608, 0x604, 5, "an FADT of the first version, at the end of memory");
}

static void test_damage(void)
{
	machine();
	memory[XSDT + 20] ^= 1;
	expect(0x608, 0x604, 5, "a damaged XSDT: by the RSDT");
	check(complaints == 1, "and one complaint");
	machine();
	memory[FADT + 20] ^= 1;
	expect(0, 0, 0, "a damaged FADT");
	machine();
	memory[DSDT + 20] ^= 1;
	expect(0x608, 0, 0, "a damaged DSDT: no way to power off");
	machine();
	memory[RSDP + 9] ^= 1;
	expect(0, 0, 0, "a damaged RSDP");
	machine();
	limit--;
	expect(0, 0, 0, "an FADT that ends outside of memory");
	machine();
	put(FADT + 4, 35, 4);
	seal(FADT);
	expect(0, 0, 0, "an FADT shorter than a header");
	machine();
	put(XSDT + 4, 43, 4);
	seal(XSDT);
	expect(0, 0, 0, "half a pointer is none");
	machine();
	put(FADT + 40, ~0u, 4);
	put(FADT + 140, 0, 8);
	seal(FADT);
	expect(0x608, 0, 0, "a DSDT outside of memory");
	machine();
	put(DSDT + 4, 36 + 12, 4);
	seal(DSDT);
	expect(0x608, 0, 0, "S5 that the DSDT cuts off");
}

int main(void)
{
	memory = malloc(MEMORY);
	test_good();
	test_damage();
	free(memory);
	printf("1..%d\n", number);
	return failures != 0;
}
