/*
 * t_exec_stack - what exec puts on the new stack: argc, argv, envp, the auxiliary vector and the strings
 * (System V ABI, AMD64 supplement, 3.4.1), and the errors of execve's arguments.
 */
#include "tap.h"

#include <elf.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#define MANY 2000

extern char _start[];
extern const Elf64_Ehdr __ehdr_start;

static unsigned long *auxv_after(char **envp)
{
	while (*envp)
		envp++;
	return (unsigned long *)(envp + 1);
}

static unsigned long aux(unsigned long *v, unsigned long type, unsigned long missing)
{
	for (; *v; v += 2)
		if (*v == type)
			return v[1];
	return missing;
}

/* The program under test: checks its own stack and exits with the number of the first thing wrong. */
static int strings_wrong(int argc, char **argv, char **envp)
{
	char *next = argv[0];

	if (argc != 4 || strcmp(argv[0], "zero") || strcmp(argv[2], "") || strcmp(argv[3], "a b\tc\n"))
		return 1;
	if (argv[4] != 0)
		return 2;
	if (!envp[0] || strcmp(envp[0], "ONE=1") || strcmp(envp[1], "NOVALUE") || envp[2])
		return 3;
	for (int i = 0; i < 4; i++) { /* strings lie one behind the other, arguments first */
		if (argv[i] != next)
			return 4;
		next += strlen(next) + 1;
	}
	if (envp[0] != next)
		return 5;
	if (((long *)argv)[-1] != argc)
		return 6;
	if (((uintptr_t)argv - 8) % 16 != 0)
		return 7;
	if (envp != argv + argc + 1)
		return 8;
	return 0;
}

static int auxv_wrong(unsigned long *v, char **argv)
{
	const char *platform = (const char *)aux(v, AT_PLATFORM, 0);

	if (aux(v, AT_PAGESZ, 0) != PAGE)
		return 20;
	if (aux(v, AT_PHDR, 0) != (uintptr_t)&__ehdr_start + __ehdr_start.e_phoff)
		return 21;
	if (aux(v, AT_PHENT, 0) != sizeof(Elf64_Phdr) || aux(v, AT_PHNUM, 0) != __ehdr_start.e_phnum)
		return 22;
	if (aux(v, AT_ENTRY, 0) != (uintptr_t)_start)
		return 23;
	if (aux(v, AT_BASE, 1) != 0 || aux(v, AT_FLAGS, 1) != 0)
		return 24;
	if (aux(v, AT_UID, 99999) != getuid() || aux(v, AT_EUID, 99999) != geteuid())
		return 25;
	if (aux(v, AT_GID, 99999) != getgid() || aux(v, AT_EGID, 99999) != getegid())
		return 26;
	if (aux(v, AT_SECURE, 1) != 0)
		return 27;
	if (!aux(v, AT_RANDOM, 0) || aux(v, AT_RANDOM, 0) < (uintptr_t)v)
		return 28;
	if (strcmp((char *)aux(v, AT_EXECFN, 0), "/proc/self/exe"))
		return 29;
	if (aux(v, AT_EXECFN, 0) < (uintptr_t)argv[0])
		return 30;
	if (!platform || strcmp(platform, "x86_64"))
		return 31;
	if (aux(v, AT_CLKTCK, 0) != 100)
		return 32;
	if (!(aux(v, AT_HWCAP, 0) & 1 << 26)) /* CPUID.1:EDX, of which SSE2 is part of the architecture */
		return 33;
	return 0;
}

static int child_main(int argc, char **argv, char **envp)
{
	unsigned long *v = auxv_after(envp);
	long long sum = 0;

	if (!strcmp(argv[1], "--strings"))
		return strings_wrong(argc, argv, envp);
	if (!strcmp(argv[1], "--auxv"))
		return auxv_wrong(v, argv);
	if (!strcmp(argv[1], "--random"))
		return write(1, (char *)aux(v, AT_RANDOM, 0), 16) != 16;
	if (!strcmp(argv[1], "--long"))
		return strlen(argv[2]) == 100000 ? 50 : 51;
	for (int i = 0; i < argc; i++)
		sum += strlen(argv[i]);
	return argc == MANY && sum == 8 + 3 * (MANY - 1) ? 52 : 53;
}

static char *strings_argv[] = {"zero", "--strings", "", "a b\tc\n", 0};
static char *strings_envp[] = {"ONE=1", "NOVALUE", 0};

static void run_strings(void *argv)
{
	sc(SYS_execve, "/proc/self/exe", argv, strings_envp);
	_exit(111);
}

static void random_bytes(char *out)
{
	int fd[2], pid;

	if (pipe(fd))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		dup2(fd[1], 1);
		exec_self("--random", 0);
	}
	close(fd[1]);
	if (read(fd[0], out, 16) != 16)
		memset(out, 0, 16);
	close(fd[0]);
	wait_for(pid);
}

static void randomness(void)
{
	char one[16], two[16], zero[16] = {0};

	random_bytes(one);
	random_bytes(two);
	ok(memcmp(one, zero, 16) != 0, "AT_RANDOM points to bytes that are not all zero");
	ok(memcmp(one, two, 16) != 0, "other ones in each program started");
}

static char long_string[200000];
static char *many[MANY * 2];

static void sizes(void)
{
	char *long_argv[] = {"x", "--long", long_string, 0};

	memset(long_string, 'l', 100000);
	eq(status_of(run_strings, long_argv), EXITED(50), "an argument of 100,000 bytes");
	many[0] = "manyargs";
	for (int i = 1; i < MANY; i++)
		many[i] = "abc";
	many[1] = "--m";
	eq(status_of(run_strings, many), EXITED(52), "two thousand arguments");
	memset(long_string, 'l', 140000);
	eq(sc(SYS_execve, "/proc/self/exe", long_argv, strings_envp), -E2BIG,
	   "E2BIG: one string above 128 KiB");
	memset(long_string, 0, sizeof long_string);
	memset(long_string, 'm', 120000);
	for (int i = 0; i < 100; i++)
		many[i] = long_string;
	eq(sc(SYS_execve, "/proc/self/exe", many, strings_envp), -E2BIG, "E2BIG: twelve megabytes in all");
	eq(sc(SYS_execve, "/proc/self/exe", strings_argv, many), -E2BIG, "E2BIG: the same as environment");
}

static void faults(void)
{
	char *bad_string[] = {"zero", (char *)8, 0};
	char **at_edge = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *name = long_string;

	at_edge += PAGE / sizeof *at_edge;
	munmap(at_edge, PAGE);
	at_edge[-1] = "unterminated";
	for (int i = 0; i < BAD_POINTERS; i++) {
		eq(sc(SYS_execve, "/proc/self/exe", bad_pointers[i], strings_envp), -EFAULT,
		   "EFAULT: argv is bad pointer %d", i);
		eq(sc(SYS_execve, "/proc/self/exe", strings_argv, bad_pointers[i]), -EFAULT,
		   "EFAULT: envp is bad pointer %d", i);
	}
	eq(sc(SYS_execve, "/proc/self/exe", bad_string, strings_envp), -EFAULT, "EFAULT: an argument string");
	eq(sc(SYS_execve, "/proc/self/exe", strings_argv, bad_string), -EFAULT,
	   "EFAULT: an environment string");
	eq(sc(SYS_execve, "/proc/self/exe", at_edge - 1, strings_envp), -EFAULT,
	   "EFAULT: argv runs off its page");
	memset(name, 'n', 5000);
	name[0] = '/';
	name[5000] = 0;
	eq(sc(SYS_execve, name, strings_argv, strings_envp), -ENAMETOOLONG,
	   "ENAMETOOLONG: path of 5000 bytes");
	eq(sc(SYS_execve, "/no/such", strings_argv, strings_envp), -ENOENT, "ENOENT: no such file");
}

int main(int argc, char **argv, char **envp)
{
	if (argc > 1 && !strncmp(argv[1], "--", 2))
		return child_main(argc, argv, envp);
	eq(status_of(run_strings, strings_argv), EXITED(0), "argc, argv and envp as the ABI says");
	strings_argv[1] = "--auxv";
	eq(status_of(run_strings, strings_argv), EXITED(0), "the auxiliary vector");
	randomness();
	sizes();
	faults();
	return tap_done();
}
