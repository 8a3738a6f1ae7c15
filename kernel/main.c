/*
 * main.c - the order in which the kernel comes up. boot/head.S calls kernel_main() on the boot stack, with the
 * early page tables and interrupts off; what it leaves behind is the idle thread.
 */
#include "boot/handoff.h"
#include "ipc/archive.h"
#include "ipc/console.h"
#include "ipc/handle.h"
#include "kernel/exec.h"
#include "kernel/lib/layout.h"
#include "kernel/lib/log.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/string.h"
#include "kernel/lib/test.h"
#include "kernel/lib/trace.h"
#include "kernel/lib/wall.h"
#include "kernel/random.h"
#include "kernel/smp.h"
#include "kernel/x86/acpi.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/clock.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/features.h"
#include "kernel/x86/power.h"
#include "kernel/x86/serial.h"
#include "kernel/x86/trapframe.h"
#include "mm/cache.h"
#include "mm/frame.h"
#include "mm/kmap.h"
#include "sched/policy.h"
#include "sched/process.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "sched/watchdog.h"

#define BOOT_REFUSED 1 /* exit status */
#define IRQ_COM1     4 /* ISA */
#define IRQ_COM2     3

extern const char __kernel_end[];

static struct handoff handoff;
const struct handoff *const boot_handoff = &handoff;

/* What is wrong is the machine's or the loader's: one line that says what to do, and the end. */
static _Noreturn void refuse(const char *why)
{
	log_error("cannot start: %s", why);
	power_exit(BOOT_REFUSED);
}

static void com1_sink(const char *text, size_t n)
{
	serial_write(COM1, text, n);
}

static void read_handoff(u32 magic, u64 info)
{
	const u8 *memory = (const u8 *)DIRECT_BASE;
	const char *error = "not started by a Multiboot loader; use GRUB, or QEMU's -kernel";

	if (magic == MULTIBOOT1_MAGIC)
		error = multiboot1_parse(&handoff, memory, EARLY_MAPPED, info);
	else if (magic == MULTIBOOT2_MAGIC)
		error = multiboot2_parse(&handoff, memory, EARLY_MAPPED, info);
	if (error)
		refuse(error);
	if (!handoff.module_count)
		refuse("no boot archive; give the loader build/archive.cpio as a module (QEMU: -initrd)");
}

static void read_words(const char *line)
{
	char value[128];

	log_set_level((enum log_level)word_number(line, "log", LOG_INFO));
	trace_mask = word_number(line, "trace", 0);
	log_info("Bulkhead, %s; command line: %s", handoff.loader, line);
	if (word_find(line, "walls", value, sizeof value) && !walls_configure(value))
		refuse("bad boot word walls=");
	if (word_find(line, "sched", value, sizeof value) && !policy_choose(value))
		refuse("bad boot word sched=: it is fair or rr");
	exec_randomizes = !word_find(line, "norandmaps", value, sizeof value);
}

static void start_memory(const char *line)
{
	if (!frame_init(&handoff, (u64)__kernel_end - KERNEL_BASE))
		refuse("too little memory");
	kmap_init(&handoff);
	tlb_init(kmap_root(), (u32)word_number(line, "pcids", 0));
	kmalloc_init();
	aspace_init();
}

static void start_devices(const char *line)
{
	char seed[65];
	volatile void *lapic, *ioapic;

	lapic = kmap_device(pa(LAPIC_BASE), PAGE_SIZE);
	ioapic = kmap_device(pa(IOAPIC_BASE), PAGE_SIZE);
	if (!lapic || !ioapic)
		refuse("the APICs' registers lie in RAM, says the memory map");
	apic_init(lapic, ioapic);
	if (!clock_init())
		refuse("this machine has no ACPI PM timer");
	log_set_clock(clock_now);
	log_info("memory: %lu KiB, %lu KiB free", frame_total() * 4, frame_free() * 4);
	features_log();
	random_init(word_find(line, "seed", seed, sizeof seed) ? seed : NULL);
	apic_route(IRQ_COM1, TRAP_COM1);
	apic_route(IRQ_COM2, TRAP_COM2);
}

static void start_archive(void)
{
	const struct range *m = &handoff.modules[0];
	const char *error;

	if (m->base + m->length > EARLY_MAPPED)
		refuse("the boot archive lies above 4 GiB");
	error = archive_init(frame_ptr(pa(m->base)), m->length);
	if (error) {
		log_error("the boot archive cannot be used: %s", error);
		power_exit(BOOT_REFUSED);
	}
}

static void release_process(struct process *p)
{
	handles_destroy(p->handles);
	p->handles = NULL;
	if (p->sid == p->pid)
		console_session_ended(p->sid);
}

static void start_first(const char *line)
{
	static char pattern[64];
	int err;

	if (word_find(line, "ktest", pattern, sizeof pattern)) {
		ktest_start(pattern);
		return;
	}
	err = exec_start_init();
	if (err) {
		log_error("/bin/init: error %d", -err);
		refuse("the boot archive has no usable /bin/init");
	}
}

void kernel_main(u32 magic, u64 info)
{
	const char *line = handoff.cmdline;
	u64 guard;

	cpu_init(0);
	serial_init(COM1);
	log_set_sink(com1_sink);
	read_handoff(magic, info);
	read_words(line);
	cpu_init_second_line();
	acpi_parse((const u8 *)DIRECT_BASE, EARLY_MAPPED, handoff.acpi_rsdp);
	start_memory(line);
	start_devices(line);
	random_bytes(&guard, sizeof guard);
	__stack_chk_guard = guard & ~0xffull; /* the zero stops a string that runs over before it can write the rest */
	thread_init();
	process_init();
	timer_init();
	sched_init();
	start_archive();
	panic_set_hook(console_panic);
	console_init(line);
	process_release = release_process;
	watchdog_init((u32)word_number(line, "watchdog", 30));
	smp_start((u32)word_number(line, "cpus", MAX_CPUS));
	irq_enable();
	start_first(line);
	sched_idle();
}
