/*
 * jobprint.c - what a person reads about jobs: `[1] done       sleep 1`.
 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "user/shell/jobtable.h"
#include "user/shell/shell.h"

/* How a job came to be as it is, for people. */
static const char *job_describe(const struct job *job)
{
	static char text[64];
	int status = job_status(job);

	switch (job_state(job)) {
	case JOB_RUNNING:
		return "running";
	case JOB_STOPPED:
		return "stopped";
	default:
		if (WIFSIGNALED(status))
			return strsignal(WTERMSIG(status));
		if (WEXITSTATUS(status) == 0)
			return "done";
		snprintf(text, sizeof text, "exit %d", WEXITSTATUS(status));
		return text;
	}
}

void job_print(const struct job *job, FILE *file)
{
	fprintf(file, "[%d] %-10s %s\n", job->number, job_describe(job), job->text);
}

/* After a foreground job: a person wants to know about signals, but not that Ctrl-C or a closed pipe
 * worked. */
void job_report_signals(const struct job *job)
{
	for (const struct member *member = job->last; member; member = member->next) {
		int signal = WIFSIGNALED(member->status) ? WTERMSIG(member->status) : 0;

		if (signal == SIGINT && shell.interactive) {
			fprintf(stderr, "\n");
			shell.interrupted = true;
			return;
		}
		if (signal && signal != SIGINT && signal != SIGPIPE)
			fprintf(stderr, "%s\n", strsignal(signal));
	}
}

/* The table has the newest job first; people count from the oldest. */
static struct job *job_numbered_after(int number)
{
	struct job *found = NULL;

	for (struct job *job = jobs; job; job = job->next)
		if (job->number > number && (!found || job->number < found->number))
			found = job;
	return found;
}

static void job_print_some(FILE *file, bool all)
{
	struct job *job;

	job_collect_all();
	for (int number = 0; (job = job_numbered_after(number)) != NULL;) {
		number = job->number;
		if (all || !job->told)
			job_print(job, file);
		job->told = true;
		if (job_state(job) == JOB_ENDED)
			job_free(job);
	}
}

void job_notify(void)
{
	job_print_some(stderr, false);
}

void job_print_all(void)
{
	job_print_some(stdout, true);
}

bool job_any_stopped(void)
{
	for (struct job *job = jobs; job; job = job->next)
		if (job_state(job) == JOB_STOPPED)
			return true;
	return false;
}
