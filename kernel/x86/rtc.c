/*
 * rtc.c - reads the CMOS clock. See rtc.h. Firmware leaves it in 24-hour mode and binary-coded decimals.
 */
#include "kernel/x86/rtc.h"

#include "kernel/lib/string.h"
#include "kernel/x86/asm.h"

#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71

enum { SECOND, MINUTE, HOUR, DAY, MONTH, YEAR, FIELDS };

#define STATUS_A   0x0a
#define A_UPDATING 0x80

static u8 cmos_read(u8 reg)
{
	outb(CMOS_INDEX, reg);
	return inb(CMOS_DATA);
}

static void fields_read(u8 f[FIELDS])
{
	static const u8 registers[FIELDS] = {0, 2, 4, 7, 8, 9};

	/* An update takes 2 ms; the bound is for a clock that is not there. */
	for (u32 i = 0; i < 100000 && (cmos_read(STATUS_A) & A_UPDATING); i++)
		cpu_pause();
	for (u32 i = 0; i < FIELDS; i++)
		f[i] = cmos_read(registers[i]);
}

/* Days from 1970-01-01 to a date of 2000..2099, where every fourth year is a leap year. */
static u64 days_since_1970(u32 year, u32 month, u32 day)
{
	static const u16 before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	u32 y = year - 2000;
	u64 days = 10957 + 365ull * y + (y + 3) / 4 + before[(month - 1) % 12] + day - 1;

	return days + (y % 4 == 0 && month > 2);
}

u64 rtc_read(void)
{
	u8 f[FIELDS], again[FIELDS];

	/* Equal twice in a row: no update came in between. */
	for (u32 tries = 0; tries < 10; tries++) {
		fields_read(f);
		fields_read(again);
		if (!memcmp(f, again, sizeof(f)))
			break;
	}
	for (u32 i = 0; i < FIELDS; i++)
		f[i] = (u8)((f[i] >> 4) * 10 + (f[i] & 15));
	return ((days_since_1970(2000u + f[YEAR], f[MONTH], f[DAY]) * 24 + f[HOUR]) * 60 + f[MINUTE]) * 60 +
	       f[SECOND];
}
