/* t_exec_auxv - the auxiliary vector after exec: whole, each entry once, and what its pointers point to. */
#include "tap.h"

#include <elf.h>

static unsigned long *vector;

static unsigned long value(unsigned long type)
{
	for (unsigned long *v = vector; *v; v += 2)
		if (*v == type)
			return v[1];
	return 0;
}

static int times(unsigned long type)
{
	int n = 0;

	for (unsigned long *v = vector; *v; v += 2)
		n += *v == type;
	return n;
}

static void find(char **envp)
{
	while (*envp)
		envp++;
	vector = (unsigned long *)(envp + 1);
}

static int once(void)
{
	static const unsigned char types[] = {AT_PHDR, AT_PHENT, AT_PHNUM, AT_PAGESZ, AT_BASE, AT_FLAGS, AT_ENTRY,
					      AT_UID, AT_EUID, AT_GID, AT_EGID, AT_PLATFORM, AT_HWCAP, AT_CLKTCK,
					      AT_SECURE, AT_RANDOM, AT_EXECFN};

	for (unsigned i = 0; i < sizeof types; i++)
		if (times(types[i]) != 1)
			return types[i];
	return times(AT_EXECFD) || times(AT_IGNORE) ? 100 : 0;
}

/* Above the vector: arguments, environment, path, one behind the other; random bytes and platform's name somewhere. */
static int layout(char **argv, char **envp)
{
	uintptr_t end = (uintptr_t)vector, path = value(AT_EXECFN), last;

	while (*(unsigned long *)end)
		end += 16;
	end += 16;
	last = (uintptr_t)envp[-2]; /* of argv, before its NULL */
	for (char **e = envp; *e; e++)
		last = (uintptr_t)*e;
	if ((uintptr_t)argv[0] < end || last < (uintptr_t)argv[0])
		return 1;
	if (path != last + strlen((char *)last) + 1)
		return 2;
	if (value(AT_RANDOM) < end || value(AT_PLATFORM) < end)
		return 3;
	return (uintptr_t)vector % 8 ? 4 : 0;
}

/* The program headers that it names are those of this file: the first is where they say. */
static int headers(void)
{
	const Elf64_Phdr *p = (const Elf64_Phdr *)value(AT_PHDR);
	uintptr_t entry = value(AT_ENTRY);

	for (unsigned long i = 0; i < value(AT_PHNUM); i++)
		if (p[i].p_type == PT_LOAD && (p[i].p_flags & PF_X) && entry - p[i].p_vaddr < p[i].p_memsz)
			return 0;
	return 1;
}

static int child_main(char **argv, char **envp)
{
	find(envp);
	if (!strcmp(argv[1], "--once"))
		return once();
	if (!strcmp(argv[1], "--layout"))
		return layout(argv, envp);
	if (!strcmp(argv[1], "--headers"))
		return headers();
	if (!strcmp(argv[1], "--ids"))
		return value(AT_UID) == getuid() && value(AT_EUID) == geteuid() && value(AT_GID) == getgid() &&
		       value(AT_EGID) == getegid() && value(AT_SECURE) == (getuid() != geteuid());
	return 99;
}

struct start {
	char *mode;
	char **envp;
};

static void start(void *argument)
{
	struct start *s = argument;
	char *argv[] = {"self", s->mode, "x", 0};

	sc(SYS_execve, "/proc/self/exe", argv, s->envp);
	_exit(111);
}

static int run(char *mode, char **envp)
{
	return status_of(start, &(struct start){mode, envp});
}

/* The real id changes and the effective one stays: what starts is told so. */
static void as_other(void *unused)
{
	(void)unused;
	if (setresuid(1234, -1, -1))
		_exit(112);
	start(&(struct start){"--ids", (char *[]){0}});
}

int main(int argc, char **argv, char **envp)
{
	char *two[] = {"ONE=1", "TWO=2", 0}, *none[] = {0};

	if (argc > 1 && !strncmp(argv[1], "--", 2))
		return child_main(argv, envp);
	eq(run("--once", two), EXITED(0), "each entry is there, once");
	eq(run("--layout", two), EXITED(0), "the path lies behind the environment");
	eq(run("--layout", none), EXITED(0), "or behind the arguments, if there is none");
	eq(run("--headers", none), EXITED(0), "the program headers hold the entry point");
	eq(run("--ids", none), EXITED(1), "ids");
	eq(status_of(as_other, 0), EXITED(1), "ids when real and effective differ");
	return tap_done();
}
