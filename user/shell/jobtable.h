/*
 * jobtable.h - the table of jobs, for job.c, which keeps it, and jobprint.c, which prints it. Everybody
 * else: job.h.
 */
#pragma once

#include <stdio.h>

#include "user/shell/job.h"

enum job_state { JOB_RUNNING, JOB_STOPPED, JOB_ENDED };

struct member {
	struct member *next;
	pid_t pid;
	int status; /* from wait4() */
	enum job_state state;
};

struct job {
	struct job *next;     /* in the table: highest number first */
	int number;           /* 0: in the foreground, not yet numbered */
	pid_t group;          /* 0 without job control */
	struct member *last;  /* members, newest first: the last one's status is the job's */
	bool told;            /* its present state has been reported */
	char *text;
};

extern struct job *jobs;

enum job_state job_state(const struct job *job);
int job_status(const struct job *job); /* as wait4() gave it for the last member */
void job_free(struct job *job);
void job_collect_all(void);

void job_print(const struct job *job, FILE *file);

/* Tells a person by which signals a foreground job's members ended. */
void job_report_signals(const struct job *job);
