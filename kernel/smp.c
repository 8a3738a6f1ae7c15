/*
 * smp.c - starting the other CPUs (SDM 3A 8.4), from the boot CPU, before there is a process.
 *
 * One at a time, since they share the trampoline's variables. `stage` is where the newcomer is; each side moves it on
 * by an exchange that the other may have beaten it to, so that a CPU which comes after it was given up does nothing:
 *
 *      boot CPU                                   newcomer
 *      stack in trampoline_stack, INIT, SIPI
 *                                                 takes the stack, sets itself up
 *                                                 ABSENT -> HERE
 *      clock_ask()                                clock_answer()
 *                                                 HERE -> RUNNING, then its idle loop
 *      cpu_count + 1
 */
#include "kernel/smp.h"

#include "boot/handoff.h"
#include "kernel/lib/log.h"
#include "kernel/lib/string.h"
#include "kernel/x86/acpi.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/clock.h"
#include "kernel/x86/cpu.h"
#include "mm/frame.h"
#include "mm/kmap.h"
#include "sched/sched.h"
#include "sched/watchdog.h"

#define LOW_END  0xa0000ull
#define PATIENCE (10 * NS_PER_SECOND) /* hosts stall */

enum stage { ABSENT, HERE, RUNNING, GIVEN_UP };

static u32 stage;

static bool move(u32 from, enum stage to)
{
	return __atomic_compare_exchange_n(&stage, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

void kernel_cpu_main(void)
{
	cpu_init(cpu_count);
	cpu_init_second_line();
	apic_init_cpu();
	if (move(ABSENT, HERE)) {
		clock_answer();
		if (move(HERE, RUNNING)) {
			watchdog_start();
			sched_idle();
		}
	}
	for (;;)
		halt();
}

/* The highest page of RAM that real mode reaches; 0: none. Nobody else uses RAM below 1 MiB (mm/frame.c). */
static u64 low_page(void)
{
	u64 best = 0;

	for (u32 i = 0; i < boot_handoff->range_count; i++) {
		const struct range *r = &boot_handoff->ranges[i];
		u64 end = ALIGN_DOWN(MIN(r->base + r->length, LOW_END), PAGE_SIZE);

		if (end >= 2 * PAGE_SIZE && end - PAGE_SIZE >= r->base)
			best = MAX(best, end - PAGE_SIZE);
	}
	return best;
}

static bool wait_for(enum stage wanted, u64 deadline)
{
	while (__atomic_load_n(&stage, __ATOMIC_ACQUIRE) != wanted) {
		if (clock_now() > deadline)
			return false;
		cpu_pause();
	}
	return true;
}

/* True if it runs. Else *usable tells whether it never came, so that its number and stack are free for the next. */
static bool start(u32 apic, u64 page, bool *usable)
{
	u64 deadline = clock_now() + PATIENCE;

	cpus[cpu_count].apic_id = apic;
	__atomic_store_n(&stage, ABSENT, __ATOMIC_RELAXED);
	__atomic_store_n(&trampoline_stack, sched_cpu_stack(cpu_count), __ATOMIC_RELEASE);
	apic_start_cpu(apic, page);
	if (wait_for(HERE, deadline) && clock_ask(deadline) && wait_for(RUNNING, deadline))
		return true;
	*usable = __atomic_exchange_n(&trampoline_stack, 0, __ATOMIC_ACQ_REL);
	return __atomic_exchange_n(&stage, GIVEN_UP, __ATOMIC_ACQ_REL) == RUNNING;
}

static bool prepare(u64 page)
{
	if (!page) {
		log_error("smp: there is no RAM below 640 KiB, where further CPUs start");
		return false;
	}
	memcpy(frame_ptr(pa(page)), trampoline_start, (size_t)(trampoline_end - trampoline_start));
	trampoline_root = kmap_root().v;
	return true;
}

void smp_start(u32 most)
{
	u64 page = low_page();
	bool usable = acpi.cpu_count > 1 && most > 1 && prepare(page);

	cpus[0].apic_id = apic_id();
	for (u32 i = 0; i < acpi.cpu_count && cpu_count < most && usable; i++) {
		u32 apic = acpi.apic_ids[i];

		if (apic == cpus[0].apic_id)
			continue;
		usable = sched_init_cpu(cpu_count);
		if (usable && start(apic, page, &usable))
			__atomic_store_n(&cpu_count, cpu_count + 1, __ATOMIC_RELEASE);
		else
			log_error("smp: the CPU with APIC id %u did not start%s", apic,
				  usable ? "" : "; no more are tried");
	}
	if (cpu_count > 1)
		watchdog_start();
	log_info("smp: %u of %u CPUs run", cpu_count, MAX(acpi.cpu_count, 1u));
}
