/*
 * jobcmd.c - the builtins that deal with jobs.
 */
#include <stddef.h>

#include "user/lib/killcmd.h"
#include "user/shell/builtin.h"
#include "user/shell/job.h"
#include "user/shell/shell.h"

int builtin_jobs(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	job_print_all();
	return 0;
}

int builtin_wait(int argc, char **argv)
{
	int status = 0;

	if (argc < 2)
		return job_wait(NULL);
	for (argv++; *argv && !shell.interrupted; argv++) {
		struct job *job = job_find(*argv);

		/* POSIX: a process that is not ours counts as one that ended with 127. */
		status = job ? job_wait(job) : 127;
	}
	return status;
}

static int job_continue_named(const char *command, const char *operand, bool foreground)
{
	struct job *job = job_find(operand ? operand : "");

	if (!shell.job_control)
		shell_warn("%s: no job control here", command);
	else if (!job)
		shell_warn("%s: %s: no such job", command, operand ? operand : "current job");
	else
		return job_continue(job, foreground);
	return 1;
}

int builtin_fg(int argc, char **argv)
{
	return job_continue_named(argv[0], argc > 1 ? argv[1] : NULL, true);
}

int builtin_bg(int argc, char **argv)
{
	return job_continue_named(argv[0], argc > 1 ? argv[1] : NULL, false);
}

static bool kill_resolve(const char *operand, pid_t *target)
{
	struct job *job = *operand == '%' ? job_find(operand) : NULL;

	if (job)
		*target = job_target(job);
	else
		shell_warn("kill: %s: no such job or process", operand);
	return job != NULL;
}

int builtin_kill(int argc, char **argv)
{
	(void)argc;
	return kill_command("sh: kill", argv, kill_resolve);
}
