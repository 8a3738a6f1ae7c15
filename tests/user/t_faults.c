/* t_faults - each kind of processor fault ends the process with the signal that Linux gives it. */
#include "tap.h"

#include <sys/mman.h>

/* A child that executes one snippet of assembly; if it comes out again it exits with 5. */
#define SNIPPET(name, text, ...)                                   \
	static void name(void *argument)                           \
	{                                                          \
		(void)argument;                                    \
		__asm__ volatile(text : : __VA_ARGS__ : "memory"); \
		_exit(5);                                          \
	}

SNIPPET(divide_by_zero, "xor %%ecx, %%ecx\n\txor %%edx, %%edx\n\tmov $1, %%eax\n\tdiv %%ecx", "r"(0L))
SNIPPET(divide_overflow, "mov $-2147483648, %%eax\n\tcltd\n\tmov $-1, %%ecx\n\tidiv %%ecx", "r"(0L))
SNIPPET(undefined, "ud2", "r"(0L))
SNIPPET(old_push_es, ".byte 0x06", "r"(0L))
SNIPPET(breakpoint, "int3", "r"(0L))
SNIPPET(single_step, "pushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tnop\n\tnop", "r"(0L))
SNIPPET(overflow_int, "int $4", "r"(0L))
SNIPPET(bound_int, "int $5", "r"(0L))
SNIPPET(page_fault_int, "int $14", "r"(0L))
SNIPPET(divide_int, "int $0", "r"(0L))
SNIPPET(double_fault_int, "int $8", "r"(0L))
SNIPPET(nmi_int, "int $2", "r"(0L))
SNIPPET(device_int, "int $0x20", "r"(0L))
SNIPPET(free_int, "int $0x30", "r"(0L))
SNIPPET(high_int, "int $0xff", "r"(0L))
SNIPPET(halt, "hlt", "r"(0L))
SNIPPET(disable, "cli", "r"(0L))
SNIPPET(enable, "sti", "r"(0L))
SNIPPET(port_in, "mov $0x64, %%edx\n\tinb %%dx, %%al", "r"(0L))
SNIPPET(port_out, "mov $0x80, %%edx\n\toutb %%al, %%dx", "r"(0L))
SNIPPET(read_cr0, "mov %%cr0, %%rax", "r"(0L))
SNIPPET(write_cr3, "mov %0, %%cr3", "r"(0L))
SNIPPET(read_msr, "mov $0xc0000080, %%ecx\n\trdmsr", "r"(0L))
SNIPPET(write_msr, "mov $0xc0000082, %%ecx\n\txor %%eax, %%eax\n\txor %%edx, %%edx\n\twrmsr", "r"(0L))
SNIPPET(load_tables, "lgdt (%0)", "r"(bad_pointers))
SNIPPET(invalidate, "invlpg (%0)", "r"(bad_pointers))
SNIPPET(swap_gs, "swapgs", "r"(0L))
SNIPPET(sys_return, "sysretq", "r"(0L))
SNIPPET(clear_ts, "clts", "r"(0L))
SNIPPET(write_back, "wbinvd", "r"(0L))
SNIPPET(debug_register, "mov %%dr7, %%rax", "r"(0L))
SNIPPET(interrupt_return, "push $0\n\tpush $0\n\tpush $0x202\n\tpush $8\n\tpush $0\n\tiretq", "r"(0L))
SNIPPET(far_return, "push $8\n\tpush $0\n\tlretq", "r"(0L))
SNIPPET(null_selector, "xor %%eax, %%eax\n\tmov %%eax, %%ss", "r"(0L))
SNIPPET(bad_stack, "mov $8, %%rsp\n\tpush %%rax", "r"(0L))
SNIPPET(hole_stack, "movabs $0x800000000100, %%rsp\n\tpush %%rax", "r"(0L))
SNIPPET(jump_null, "xor %%eax, %%eax\n\tjmp *%%rax", "r"(0L))
SNIPPET(jump_hole, "movabs $0x800000000000, %%rax\n\tjmp *%%rax", "r"(0L))
SNIPPET(jump_kernel, "mov $-0x80000000, %%rax\n\tjmp *%%rax", "r"(0L))
SNIPPET(jump_top, "movabs $0x7fffffffffff, %%rax\n\tjmp *%%rax", "r"(0L))
SNIPPET(return_hole, "movabs $0x8000000000000000, %%rax\n\tpush %%rax\n\tret", "r"(0L))
SNIPPET(unaligned_sse, "movaps 1(%%rsp), %%xmm0", "r"(0L))
SNIPPET(x87_divide, "fninit\n\tpush $0x033b\n\tfldcw (%%rsp)\n\tfld1\n\tfldz\n\tfdivrp\n\tfwait", "r"(0L))
SNIPPET(x87_invalid, "fninit\n\tpush $0x033e\n\tfldcw (%%rsp)\n\tfldz\n\tfldz\n\tfdivp\n\tfwait", "r"(0L))

/* Emulators may leave these two out (SIMD exceptions, alignment checks): no fault is as good. */
SNIPPET(sse_divide,
	"push $0x1d80\n\tldmxcsr (%%rsp)\n\tmov $1, %%eax\n\tcvtsi2sd %%eax, %%xmm0\n\t"
	"xorpd %%xmm1, %%xmm1\n\tdivsd %%xmm1, %%xmm0",
	"r"(0L))
SNIPPET(alignment,
	"pushfq\n\torq $0x40000, (%%rsp)\n\tpopfq\n\tmov 1(%%rsp), %%rax\n\t"
	"pushfq\n\tandq $~0x40000, (%%rsp)\n\tpopfq",
	"r"(0L))

struct snippet {
	const char *name;
	void (*run)(void *);
	int signal_number;
};

static const struct snippet snippets[] = {
	{"division by zero", divide_by_zero, SIGFPE},
	{"division overflow", divide_overflow, SIGFPE},
	{"ud2", undefined, SIGILL},
	{"an opcode that 64-bit mode has not", old_push_es, SIGILL},
	{"int3", breakpoint, SIGTRAP},
	{"single step", single_step, SIGTRAP},
	{"int 4", overflow_int, SIGSEGV},
	{"int 5", bound_int, SIGSEGV},
	{"int 14", page_fault_int, SIGSEGV},
	{"int 0", divide_int, SIGSEGV},
	{"int 8", double_fault_int, SIGSEGV},
	{"int 2", nmi_int, SIGSEGV},
	{"int 0x20", device_int, SIGSEGV},
	{"int 0x30", free_int, SIGSEGV},
	{"int 0xff", high_int, SIGSEGV},
	{"hlt", halt, SIGSEGV},
	{"cli", disable, SIGSEGV},
	{"sti", enable, SIGSEGV},
	{"in", port_in, SIGSEGV},
	{"out", port_out, SIGSEGV},
	{"mov from cr0", read_cr0, SIGSEGV},
	{"mov to cr3", write_cr3, SIGSEGV},
	{"rdmsr", read_msr, SIGSEGV},
	{"wrmsr", write_msr, SIGSEGV},
	{"lgdt", load_tables, SIGSEGV},
	{"invlpg", invalidate, SIGSEGV},
	{"swapgs", swap_gs, SIGSEGV},
	{"sysret", sys_return, SIGSEGV},
	{"clts", clear_ts, SIGSEGV},
	{"wbinvd", write_back, SIGSEGV},
	{"mov from dr7", debug_register, SIGSEGV},
	{"iret to the kernel's segment", interrupt_return, SIGSEGV},
	{"far return to the kernel's segment", far_return, SIGSEGV},
	{"null stack segment", null_selector, SIGSEGV},
	{"push onto nothing", bad_stack, SIGSEGV},
	{"jump to 0", jump_null, SIGSEGV},
	{"jump into the hole", jump_hole, SIGSEGV},
	{"jump into the kernel", jump_kernel, SIGSEGV},
	{"jump to the last byte below the hole", jump_top, SIGSEGV},
	{"return to a non-canonical address", return_hole, SIGSEGV},
	{"misaligned movaps", unaligned_sse, SIGSEGV},
	{"x87 division by zero", x87_divide, SIGFPE},
	{"x87 invalid operation", x87_invalid, SIGFPE},
};

static void reads(void *address)
{
	*(volatile char *)address;
	_exit(5);
}

static void writes(void *address)
{
	*(volatile char *)address = 1;
	_exit(5);
}

static void calls(void *address)
{
	((void (*)(void))address)();
	_exit(5);
}

static char data[16] = {(char)0xc3}; /* ret */
static const char constant[16] = "constant";

static void memory(void)
{
	char stack_code[16] = {(char)0xc3};
	char *none = mmap(0, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < BAD_POINTERS; i++) {
		eq(status_of(reads, bad_pointers[i]), KILLED(SIGSEGV), "reading bad pointer %d", i);
		eq(status_of(writes, bad_pointers[i]), KILLED(SIGSEGV), "writing bad pointer %d", i);
	}
	eq(status_of(writes, (void *)memory), KILLED(SIGSEGV), "writing the program's text");
	eq(status_of(writes, (void *)constant), KILLED(SIGSEGV), "writing a constant");
	eq(status_of(calls, data), KILLED(SIGSEGV), "executing data");
	eq(status_of(calls, stack_code), KILLED(SIGSEGV), "executing the stack");
	eq(status_of(reads, none), KILLED(SIGSEGV), "reading PROT_NONE");
	eq(status_of(calls, none), KILLED(SIGSEGV), "executing PROT_NONE");
	munmap(none, PAGE);
	eq(status_of(reads, none), KILLED(SIGSEGV), "reading what was unmapped");
}

static int *volatile nowhere = (int *)8;

static void ignored_fault(void *unused)
{
	(void)unused;
	signal(SIGSEGV, SIG_IGN);
	*nowhere = 1;
	_exit(5);
}

static void blocked_fault(void *unused)
{
	unsigned long all = ~0UL;

	(void)unused;
	sc(SYS_rt_sigprocmask, SIG_SETMASK, &all, 0, 8);
	*nowhere = 1;
	_exit(5);
}

int main(void)
{
	int status;

	for (size_t i = 0; i < sizeof snippets / sizeof *snippets; i++)
		eq(status_of(snippets[i].run, 0), KILLED(snippets[i].signal_number), "%s", snippets[i].name);
	memory();
	status = status_of(sse_divide, 0);
	ok(status == KILLED(SIGFPE) || status == EXITED(5), "SSE division by zero");
	status = status_of(hole_stack, 0); /* #SS on a processor, #GP in an emulator */
	ok(status == KILLED(SIGBUS) || status == KILLED(SIGSEGV), "push into the hole");
	status = status_of(alignment, 0);
	ok(status == KILLED(SIGBUS) || status == EXITED(5), "alignment check");
	eq(status_of(ignored_fault, 0), KILLED(SIGSEGV), "ignoring SIGSEGV does not help against a fault");
	eq(status_of(blocked_fault, 0), KILLED(SIGSEGV), "nor does blocking it");
	return tap_done();
}
