/*
 * t_exec_bad_elf - malformed programs (made by mkbad.py, under argv[1]/bad) are refused and harm nothing.
 *
 * A refused exec leaves the caller as it was: same memory, same descriptors, still running.
 */
#include "tap.h"

static const char *directory = "/tests";

static const char *refused[] = {
	"empty",      "text",           "magic_only",      "half_header",    "header_only",
	"cut_phdr",   "magic",          "machine_386",     "machine_arm64",  "type_rel",
	"type_core",  "type_none",      "phentsize_small", "phentsize_zero", "phnum_zero",
	"phnum_huge", "phoff_past_end", "phoff_huge",      "phoff_negative",
};

static const char *deadly[] = {
	"filesz_over_memsz", "vaddr_kernel",     "vaddr_hole",      "memsz_huge",           "memsz_wraps",
	"end_above_top",     "vaddr_congruence", "offset_past_end", "offset_wraps",         "entry_zero",
	"entry_unmapped",    "entry_kernel",     "entry_hole",      "entry_not_executable", "no_load",
	"cut_segment",       "filesz_past_end",
	"pie_vaddr_kernel",  "pie_vaddr_wraps",  "pie_end_above_top", "pie_far",
	"pie_memsz_huge",    "pie_memsz_wraps",  "pie_congruence",  "pie_filesz_past_end",
	"pie_entry_zero",    "pie_entry_unmapped", "pie_entry_kernel", "pie_entry_wraps",
	"pie_no_load",       "pie_not_executable",
};

static char path[512];
static int canary = 1234;

static char *file_path(const char *prefix, const char *name)
{
	snprintf(path, sizeof path, "%s/bad/%s%s", directory, prefix, name);
	return path;
}

static long try_exec(void *file)
{
	char *argv[] = {"bad", "argument", 0};
	char *envp[] = {"A=1", 0};
	int fd = dup(1);
	long error = sc(SYS_execve, file, argv, envp);

	if (canary != 1234 || strcmp(argv[1], "argument") || fcntl(fd, F_GETFD) < 0)
		return -9997;
	return error;
}

static void run_file(void *file)
{
	long error = try_exec(file);

	_exit(error < 0 && error > -4096 ? 100 : 101);
}

/* Whatever the file says, exec either refuses it or the process dies of a fault; it never runs on. */
static int dies(int status)
{
	return status == EXITED(100) || status == KILLED(SIGSEGV) || status == KILLED(SIGBUS) ||
	       status == KILLED(SIGKILL) || status == KILLED(SIGILL);
}

int main(int argc, char **argv)
{
	char *arguments[] = {"good", 0};

	if (argc > 1)
		directory = argv[1];
	eq(status_of(run_file, file_path("", "good")), EXITED(42), "the sound program runs");
	eq(status_of(run_file, file_path("", "good_bss")), EXITED(42),
	   "so does one with a second segment of zeros");
	eq(status_of(run_file, file_path("", "good_unaligned_end")), EXITED(42),
	   "and one that ends within a page");
	eq(status_of(run_file, file_path("", "good_pie")), EXITED(42), "a sound position-independent program runs");
	eq(status_of(run_file, file_path("", "good_pie_high")), EXITED(42), "also one that begins high in its file");
	eq(status_of(run_file, file_path("", "good_pie_aligned")), EXITED(42), "one that wants 2 MiB of alignment");
	eq(status_of(run_file, file_path("", "good_pie_odd_align")), EXITED(42), "and one whose alignment is nonsense");
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		eq(in_child(try_exec, file_path("enoexec_", refused[i])), -ENOEXEC, "ENOEXEC: %s",
		   refused[i]);
	for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) {
		int status = status_of(run_file, file_path("dies_", deadly[i]));

		tap_line(dies(status), __FILE__, __LINE__, status, KILLED(SIGSEGV), "refused or killed: %s",
			 deadly[i]);
	}
	eq(in_child(try_exec, file_path("", "noexec")), -EACCES,
	   "EACCES: a file without the right to execute");
	eq(in_child(try_exec, file_path("", "missing")), -ENOENT, "ENOENT: no such file");
	eq(in_child(try_exec, file_path("", "data/x")), -ENOTDIR, "ENOTDIR: a file on the way");
	eq(in_child(try_exec, file_path("", "")), -EACCES, "EACCES: a directory");
	eq(sc(SYS_execve, file_path("enoexec_", "magic"), arguments, 0), -ENOEXEC,
	   "this process is refused as well");
	eq(status_of(run_file, file_path("", "good")), EXITED(42), "and the sound program still runs");
	return tap_done();
}
