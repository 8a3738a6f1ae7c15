/*
 * t_bh_segments - what is left of segmentation, tried from ring 3: every selector into every segment
 * register, far jumps to every selector, and the instructions that show the tables.
 *
 * The live GDT (kernel/lib/layout.h): 08 kernel code, 10 kernel data, 18 user data, 20 user code, 28 and 30
 * the TSS. Loads follow SDM 3A 5.5 and 5.7: a null selector may be in DS, ES, FS and GS; a data or readable
 * code segment of ring 3 may be loaded with any requested privilege; SS must be writable data with RPL 3.
 */
/* suite: bulkhead only */
#include "tap.h"

#include <cpuid.h>

#define SELECTORS 0x40
#define USER_DATA 0x18
#define USER_CODE 0x20

/* The children end by the bare system call: libc's thread pointer may be gone. */
#define LOADER(name, instruction)                                                \
	static void name(void *selector)                                         \
	{                                                                        \
		__asm__ volatile(instruction : : "r"((unsigned)(long)selector)); \
		sc(SYS_exit_group, 0);                                           \
	}

LOADER(load_ds, "mov %0, %%ds")
LOADER(load_es, "mov %0, %%es")
LOADER(load_fs, "mov %0, %%fs")
LOADER(load_gs, "mov %0, %%gs")
LOADER(load_ss, "mov %0, %%ss")

static void far_jump(void *selector)
{
	struct {
		unsigned offset;
		unsigned short selector;
	} __attribute__((packed)) target;
	unsigned long landing;

	__asm__ volatile("lea 1f(%%rip), %0" : "=r"(landing));
	target.offset = (unsigned)landing;
	target.selector = (unsigned short)(long)selector;
	__asm__ volatile("ljmp *%0\n1:" : : "m"(target));
	sc(SYS_exit_group, 0);
}

static int may_be_data(int selector)
{
	int index = selector & ~3;

	return index == 0 || index == USER_DATA || index == USER_CODE;
}

static int may_be_stack(int selector)
{
	return selector == (USER_DATA | 3);
}

static int may_be_code(int selector)
{
	return (selector & ~3) == USER_CODE; /* a far jump takes any RPL up to 3 */
}

static void every_selector(const char *name, void (*load)(void *), int (*permitted)(int))
{
	int wrong = -1;

	for (long selector = 0; selector < SELECTORS && wrong < 0; selector++)
		if (status_of(load, (void *)selector) != (permitted(selector) ? EXITED(0) : KILLED(SIGSEGV)))
			wrong = selector;
	eq(wrong, -1, "%s: each selector below 0x40 is taken or refused as the manual says", name);
	eq(status_of(load, (void *)0xfffb), KILLED(SIGSEGV), "%s: a selector far beyond the table", name);
}

/* What a process has in its segment registers stays there across switches and calls, and is its own. */
static void kept(void)
{
	int pids[2], good = 0;

	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			unsigned mine = i ? USER_DATA | 3 : 0, ds, es;

			__asm__ volatile("mov %0, %%ds\n\tmov %0, %%es" : : "r"(mine));
			for (int j = 0; j < 20; j++)
				sc(SYS_sched_yield);
			__asm__ volatile("mov %%ds, %0\n\tmov %%es, %1" : "=r"(ds), "=r"(es));
			_exit(ds == mine && es == mine ? 0 : 1);
		}
	}
	for (int i = 0; i < 2; i++)
		good += wait_for(pids[i]) == EXITED(0);
	eq(good, 2, "two processes keep what they loaded");
}

static void at_start(void)
{
	unsigned cs, ds, es, ss, fs, gs;

	__asm__ volatile("mov %%cs, %0\n\tmov %%ds, %1\n\tmov %%es, %2" : "=r"(cs), "=r"(ds), "=r"(es));
	__asm__ volatile("mov %%ss, %0\n\tmov %%fs, %1\n\tmov %%gs, %2" : "=r"(ss), "=r"(fs), "=r"(gs));
	eq(cs, USER_CODE | 3, "CS is user code");
	eq(ss, USER_DATA | 3, "SS is user data");
	eq(ds | es | fs | gs, 0, "the others are null");
}

static void store_gdt(void *unused)
{
	unsigned char table[10];

	(void)unused;
	__asm__ volatile("sgdt %0" : "=m"(table));
}

static void store_idt(void *unused)
{
	unsigned char table[10];

	(void)unused;
	__asm__ volatile("sidt %0" : "=m"(table));
}

static void store_ldt(void *unused)
{
	unsigned long value;

	(void)unused;
	__asm__ volatile("sldt %0" : "=r"(value));
}

static void store_task(void *unused)
{
	unsigned long value;

	(void)unused;
	__asm__ volatile("str %0" : "=r"(value));
}

static void store_status(void *unused)
{
	unsigned long value;

	(void)unused;
	__asm__ volatile("smsw %0" : "=r"(value));
}

static void load_ldt(void *unused)
{
	(void)unused;
	__asm__ volatile("lldt %w0" : : "r"(0));
}

static void load_task(void *unused)
{
	(void)unused;
	__asm__ volatile("ltr %w0" : : "r"(0x28));
}

/* With UMIP the table addresses are the kernel's secret; without, any program may read them. */
static void tables(void)
{
	static void (*const stores[])(void *) = {store_gdt, store_idt, store_ldt, store_task, store_status};
	static const char *const names[] = {"sgdt", "sidt", "sldt", "str", "smsw"};
	unsigned a, b, c = 0, d;
	int umip = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c & 4);

	for (int i = 0; i < 5; i++)
		eq(status_of(stores[i], 0), umip ? KILLED(SIGSEGV) : EXITED(0),
		   "%s: refused where there is UMIP", names[i]);
	eq(status_of(load_ldt, 0), KILLED(SIGSEGV), "lldt");
	eq(status_of(load_task, 0), KILLED(SIGSEGV), "ltr");
}

int main(void)
{
	at_start();
	every_selector("DS", load_ds, may_be_data);
	every_selector("ES", load_es, may_be_data);
	every_selector("FS", load_fs, may_be_data);
	every_selector("GS", load_gs, may_be_data);
	every_selector("SS", load_ss, may_be_stack);
	every_selector("far jump", far_jump, may_be_code);
	kept();
	tables();
	return tap_done();
}
