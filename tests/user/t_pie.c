/*
 * t_pie - a static position-independent program: the kernel puts it somewhere and says where, and its start-up
 * code relocates it (System V ABI; the auxiliary vector's AT_PHDR, AT_ENTRY, AT_BASE).
 */
/* build: static-pie */
#include "tap.h"

#include <elf.h>
#include <sys/auxv.h>
#include <sys/mman.h>

extern const char _start[];
extern const Elf64_Dyn _DYNAMIC[] __attribute__((visibility("hidden")));

static int target = 5;
static int *const volatile relocated = &target; /* a word that needs a relocation, in memory read-only after it */
static int zeros[5000];
static int (*volatile functions[])(const char *) = {atoi, puts};

/* The bias as the program headers tell it: where they are, less where the file says. */
static long bias(void)
{
	const Elf64_Phdr *p = (const Elf64_Phdr *)getauxval(AT_PHDR);
	long n = getauxval(AT_PHNUM);

	for (long i = 0; i < n; i++)
		if (p[i].p_type == PT_DYNAMIC)
			return (long)_DYNAMIC - (long)p[i].p_vaddr;
	return -1;
}

/* Each segment is there and readable, and its rights are the file's. */
static void segments(long base)
{
	const Elf64_Phdr *p = (const Elf64_Phdr *)getauxval(AT_PHDR);
	long n = getauxval(AT_PHNUM), loads = 0, interpreters = 0, readable = 1, both = 0;

	for (long i = 0; i < n; i++) {
		int fd[2];

		interpreters += p[i].p_type == PT_INTERP;
		if (p[i].p_type != PT_LOAD)
			continue;
		loads++;
		both += (p[i].p_flags & (PF_W | PF_X)) == (PF_W | PF_X);
		if (pipe(fd) || write(fd[1], (char *)base + p[i].p_vaddr, 1) != 1)
			readable = 0;
		close(fd[0]);
		close(fd[1]);
	}
	ok(loads >= 2 && readable, "every segment is where it should be");
	eq(interpreters, 0, "there is no interpreter");
	eq(both, 0, "no segment is both writable and executable");
}

static void write_text(void *unused)
{
	(void)unused;
	*(volatile char *)_start = 1;
}

static void run_again(void *unused)
{
	(void)unused;
	exec_self("--again", 0);
	_exit(9);
}

int main(int argc, char **argv)
{
	long base = bias(), end = sc(SYS_brk, 0);
	const Elf64_Ehdr *header;

	if (argc > 1 && !strcmp(argv[1], "--again"))
		return *relocated == 5 && zeros[4999] == 0 ? 43 : 44;
	ok(base > 0 && base % PAGE == 0, "the program is not where its file says, but whole pages further");
	header = (const Elf64_Ehdr *)base;
	eq(header->e_type, ET_DYN, "the file's type is ET_DYN");
	eq(getauxval(AT_ENTRY), (long)_start, "AT_ENTRY is where it started");
	eq(getauxval(AT_ENTRY) - base, header->e_entry, "which is what the file says, and the same distance further");
	eq(getauxval(AT_PHDR) - base, header->e_phoff, "AT_PHDR too");
	eq(getauxval(AT_BASE), 0, "AT_BASE is 0: there is no interpreter");
	eq(*relocated, 5, "a pointer in its data was relocated");
	eq(functions[0]("12"), 12, "and a pointer to a function");
	ok(zeros[0] == 0 && zeros[4999] == 0, "what is not in the file is zero");
	segments(base);
	eq(sc(SYS_brk, end + 100000), end + 100000, "there is room for the heap");
	memset((char *)end, 7, 100000);
	eq(((char *)end)[99999], 7, "which can be written");
	eq(status_of(write_text, 0), KILLED(SIGSEGV), "its code is read-only");
	eq(status_of(run_again, 0), EXITED(43), "it can be executed again");
	return tap_done();
}
