/*
 * job.h - processes that the shell starts, in jobs: one pipeline, ( ) or program each. Under job control
 * (POSIX XCU 2.11) a job is a process group, and one of them, or the shell, has the terminal.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct job;

struct job *job_create(const char *text);

/*
 * fork() for a member of the job. 0 in the child, which has left the shell behind (job_enter_child) and is
 * in the job's group; -1: could not, said so. `first`: nothing feeds its standard input.
 */
pid_t job_fork(struct job *job, bool background, bool first);

/* In a child: no jobs, no prompts, signals as programs expect them. `stoppable`: those of Ctrl-Z, too. */
void job_enter_child(bool stoppable);

/* Waits until the job ends (then it is freed) or stops; returns the status of its last member. */
int job_foreground(struct job *job);

/* Leaves it running, remembered for `wait` and `jobs`; sets $!. Returns 0. */
int job_background(struct job *job);

/* Continues it, in the foreground (and waits as above) or not. */
int job_continue(struct job *job, bool foreground);

/* The job that %1, %%, %+ or %NAME..., or a process number, means; NULL: none. "" is the current job. */
struct job *job_find(const char *operand);
pid_t job_target(const struct job *job); /* for kill() */

/* What `wait` does, for one job or (NULL) for all that run; 128 + SIGINT after Ctrl-C. */
int job_wait(struct job *job);

/* Prints what became of jobs since the last time, and forgets those that ended. */
void job_notify(void);

/* Prints all jobs. */
void job_print_all(void);

bool job_any_stopped(void);

/* 0..255, or 128 + the signal. */
int job_exit_status(int wait_status);
