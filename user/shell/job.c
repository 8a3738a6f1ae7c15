/*
 * job.c - the table of jobs. All waiting is here: children are collected in whatever order they end, and each
 * status is noted at its job (job_note).
 */
#include "user/shell/job.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/lib/number.h"
#include "user/shell/arena.h"
#include "user/shell/jobtable.h"
#include "user/shell/sentinel.h"
#include "user/shell/shell.h"
#include "user/shell/terminal.h"

/* For `wait`, ended jobs are remembered; so many of them, then the oldest is dropped. */
#define ENDED_MAX 256

struct job *jobs;

enum job_state job_state(const struct job *job)
{
	enum job_state state = JOB_ENDED;

	for (const struct member *member = job->last; member; member = member->next) {
		if (member->state == JOB_RUNNING)
			return JOB_RUNNING;
		if (member->state == JOB_STOPPED)
			state = JOB_STOPPED;
	}
	return state;
}

int job_status(const struct job *job)
{
	return job->last ? job->last->status : 1 << 8;
}

int job_exit_status(int wait_status)
{
	if (WIFEXITED(wait_status))
		return WEXITSTATUS(wait_status);
	return 128 + (WIFSTOPPED(wait_status) ? WSTOPSIG(wait_status) : WTERMSIG(wait_status));
}

void job_free(struct job *job)
{
	struct job **link = &jobs;

	while (*link != job)
		link = &(*link)->next;
	*link = job->next;
	while (job->last) {
		struct member *member = job->last;

		job->last = member->next;
		free(member);
	}
	free(job->text);
	free(job);
}

static void job_note(pid_t pid, int status)
{
	for (struct job *job = jobs; job; job = job->next)
		for (struct member *member = job->last; member; member = member->next)
			if (member->pid == pid && member->state != JOB_ENDED) {
				member->status = status;
				member->state = WIFSTOPPED(status) ? JOB_STOPPED : JOB_ENDED;
				job->told = false;
				return;
			}
	sentinel_ended(pid);
}

/* Collects one child; false: none is there to collect. */
static bool job_collect(bool block)
{
	int options = (block ? 0 : WNOHANG) | (shell.job_control ? WUNTRACED : 0), status;
	pid_t pid;

	do
		pid = waitpid(-1, &status, options);
	while (pid < 0 && errno == EINTR);
	if (pid > 0)
		job_note(pid, status);
	return pid > 0;
}

void job_collect_all(void)
{
	struct job *oldest = NULL;
	int ended = 0;

	while (job_collect(false))
		;
	for (struct job *job = jobs; job; job = job->next)
		if (job_state(job) == JOB_ENDED) {
			oldest = job;
			ended++;
		}
	if (ended > ENDED_MAX)
		job_free(oldest);
}

static void job_number(struct job *job)
{
	int highest = 0;

	for (struct job *other = jobs; other; other = other->next)
		if (other->number > highest)
			highest = other->number;
	if (!job->number)
		job->number = highest + 1;
}

struct job *job_create(const char *text)
{
	struct job *job = heap_alloc(sizeof *job);

	job_collect_all();
	*job = (struct job){.next = jobs, .text = heap_copy(text)};
	jobs = job;
	return job;
}

/* An asynchronous list without job control does not share the keyboard (POSIX XCU 2.9.3.1). */
static void job_detach(bool first)
{
	int ends[2];

	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	/* Stands in for /dev/null: a pipe that nobody writes to. */
	if (first && pipe(ends) == 0) {
		close(ends[1]);
		dup2(ends[0], STDIN_FILENO);
		close(ends[0]);
	}
}

static void job_begin_child(const struct job *job, bool background, bool first)
{
	bool controlled = shell.job_control;

	if (controlled) {
		setpgid(0, job->group);
		if (!background)
			terminal_give(getpgrp());
	}
	job_enter_child(true);
	if (background && !controlled)
		job_detach(first);
}

pid_t job_fork(struct job *job, bool background, bool first)
{
	struct member *member = heap_alloc(sizeof *member);
	pid_t pid = fork();

	if (pid <= 0)
		free(member);
	if (pid < 0)
		shell_warn("cannot fork: %s", strerror(errno));
	if (pid == 0)
		job_begin_child(job, background, first);
	if (pid <= 0)
		return pid;
	*member = (struct member){.next = job->last, .pid = pid};
	job->last = member;
	/* Parent and child both do this: whichever is first, it is done before anybody relies on it. */
	if (shell.job_control) {
		if (!job->group)
			job->group = pid;
		setpgid(pid, job->group);
		if (!background)
			terminal_give(job->group);
	}
	return pid;
}

void job_enter_child(bool stoppable)
{
	if (shell.interactive)
		terminal_signals(SIG_DFL, stoppable);
	shell.interactive = shell.job_control = false;
	jobs = NULL;
	sentinel_forget();
}

int job_foreground(struct job *job)
{
	int status;

	while (job_state(job) == JOB_RUNNING && job_collect(true))
		;
	if (shell.job_control)
		terminal_give(getpgrp());
	status = job_status(job);
	if (job_state(job) == JOB_STOPPED) {
		for (const struct member *member = job->last; member; member = member->next)
			if (member->state == JOB_STOPPED)
				status = member->status;
		job_number(job);
		job->told = true;
		fprintf(stderr, "\n");
		job_print(job, stderr);
	} else {
		job_report_signals(job);
		job_free(job);
	}
	return job_exit_status(status);
}

int job_background(struct job *job)
{
	if (!job->last) {
		job_free(job);
		return 1;
	}
	shell.last_background = job->last->pid;
	job_number(job);
	job->told = true;
	if (shell.interactive)
		fprintf(stderr, "[%d] %d\n", job->number, (int)shell.last_background);
	return 0;
}

int job_continue(struct job *job, bool foreground)
{
	if (foreground) {
		printf("%s\n", job->text);
		fflush(stdout);
		terminal_give(job->group);
	} else {
		printf("[%d] %s\n", job->number, job->text);
	}
	for (struct member *member = job->last; member; member = member->next)
		if (member->state == JOB_STOPPED)
			member->state = JOB_RUNNING;
	if (kill(-job->group, SIGCONT) < 0 && errno != ESRCH)
		shell_warn("%s: %s", job->text, strerror(errno));
	return foreground ? job_foreground(job) : 0;
}

static bool job_matches(const struct job *job, const char *operand)
{
	long number;

	if (!job->number)
		return false;
	if (*operand != '%')
		return number_parse(operand, &number) && job->last->pid == number;
	if (number_parse(operand + 1, &number))
		return job->number == number;
	return strncmp(job->text, operand + 1, strlen(operand + 1)) == 0;
}

struct job *job_find(const char *operand)
{
	bool current = !*operand || strcmp(operand, "%%") == 0 || strcmp(operand, "%+") == 0 ||
		       strcmp(operand, "%") == 0;
	struct job *found = NULL;

	job_collect_all();
	for (struct job *job = jobs; job; job = job->next) {
		bool stopped = job_state(job) == JOB_STOPPED;

		if (current && job->number && (!found || (stopped && job_state(found) != JOB_STOPPED)))
			found = job;
		if (!current && job_matches(job, operand))
			return job;
	}
	return found;
}

pid_t job_target(const struct job *job)
{
	return job->group ? -job->group : job->last->pid;
}

static int job_wait_one(struct job *job)
{
	int status;

	while (job_state(job) == JOB_RUNNING && !sentinel_fired() && job_collect(true))
		;
	if (job_state(job) == JOB_RUNNING)
		return 128 + SIGINT;
	status = job_exit_status(job_status(job));
	if (job_state(job) == JOB_ENDED && !shell.interactive)
		job_free(job);
	return status;
}

int job_wait(struct job *only)
{
	struct job *job, *next;
	int status = 0;

	sentinel_start();
	if (only)
		status = job_wait_one(only);
	for (job = only ? NULL : jobs; job && !sentinel_fired(); job = next) {
		next = job->next;
		if (job->number && job_state(job) != JOB_STOPPED)
			status = job_wait_one(job);
	}
	if (sentinel_fired())
		shell.interrupted = true;
	if (!shell.loop_depth)
		sentinel_stop();
	return only || shell.interrupted ? status : 0;
}
