/*
 * test_process.c - the process tree, and what ring 3 can and cannot do: small programs of ring3.S in children.
 */
#include "ipc/handle.h"
#include "kernel/exec.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/layout.h"
#include "kernel/lib/log.h"
#include "kernel/lib/string.h"
#include "kernel/x86/clock.h"
#include "mm/frame.h"
#include "sched/sched.h"
#include "tests/kernel/support.h"

#define MS 1000000ul

extern const char ring3_exit[], ring3_zeros[], ring3_syscall_registers[], ring3_xmm_keep[], ring3_orphan[];
extern const char ring3_fork_wait[], ring3_spin[], ring3_count[];

static void sleep_ns(u64 ns)
{
	thread_prepare_sleep();
	thread_sleep(clock_now() + ns);
}

KTEST(process_discard)
{
	u64 count = process_count();
	struct process *p = child_create(ring3_exit, 0, 0);

	REQUIRE(p);
	EXPECT(process_count() == count && !p->pid && p->parent == process_current());
	EXPECT(p->leader->state == THREAD_NEW && p->leader->process == p && p->exit_signal == SIGCHLD);
	handles_destroy(p->handles);
	process_discard(p);
	EXPECT(list_empty(&process_current()->children));
}

KTEST(process_tree)
{
	struct process *self = process_current();
	struct process *a = child_create(ring3_exit, 1, 0), *b = child_create(ring3_exit, 2, 0);
	u64 count = process_count();
	i32 last = 0;

	REQUIRE(a && b);
	process_publish(a);
	process_publish(b);
	lock_acquire(&process_lock);
	EXPECT(self->pid == 1 && a->pid > 1 && b->pid > a->pid && b->leader->tid == b->pid);
	EXPECT(a->identity && b->identity == a->identity + 1);
	EXPECT(process_find(a->pid) == a && process_find(b->pid) == b && !process_find(-1) && !process_find(31999));
	EXPECT(a->pgid == self->pgid && a->sid == self->sid && process_group_exists(a->pgid, a->sid));
	for (struct process *p = process_first(); p; p = process_next(p)) {
		EXPECT(p->pid > last);
		last = p->pid;
	}
	EXPECT(process_count() == count + 2 && list_first(&self->children, struct process, sibling) == a);
	lock_release(&process_lock);
	thread_start(a->leader);
	thread_start(b->leader);
	EXPECT_EQ(child_wait(b->pid), status_exited(2));
	EXPECT_EQ(child_wait(-1), status_exited(1));
	EXPECT_EQ(child_wait(-1), -ECHILD);
	EXPECT(process_count() == count && list_empty(&self->children));
}

KTEST(ring3_exit_status)
{
	EXPECT_EQ(child_run(ring3_exit, 0, 0), 0);
	EXPECT_EQ(child_run(ring3_exit, 42, 0), 42 << 8);
	EXPECT_EQ(child_run(ring3_exit, 0x1ff, 0), 0xff << 8);
}

/* Nothing of the kernel's or of another process's is in the registers that ring 3 starts with. */
KTEST(ring3_starts_with_zeros)
{
	EXPECT_EQ(child_run(ring3_xmm_keep, 0x1234, 1), 0); /* leaves something behind, if the kernel lets it */
	EXPECT_EQ(child_run(ring3_zeros, 0, 0), 0);
}

KTEST(ring3_syscall_keeps_registers)
{
	EXPECT_EQ(child_run(ring3_syscall_registers, 0, 0), 0);
}

#define FAULTS(X)                                                                                          \
	X(read_rdi, 0, SIGSEGV) X(write_rdi, 8, SIGSEGV) X(read_rdi, DIRECT_BASE, SIGSEGV)                 \
	X(read_rdi, KERNEL_BASE + KERNEL_LOAD, SIGSEGV) X(write_rdi, KSTACK_BASE, SIGSEGV)                 \
	X(read_rdi, 0x800000000000, SIGSEGV) X(read_rdi, USER_TOP, SIGSEGV) X(write_rdi, CODE_AT, SIGSEGV) \
	X(read_rdi, STACK_TOP, SIGSEGV) X(jump_rdi, 0, SIGSEGV) X(jump_rdi, STACK_AT, SIGSEGV)             \
	X(jump_rdi, KERNEL_BASE, SIGSEGV) X(return_rdi, 0x800000000000, SIGSEGV) X(write_text, 0, SIGSEGV) \
	X(run_stack, 0, SIGSEGV) X(invalid, 0, SIGILL) X(divide, 0, SIGFPE) X(breakpoint, 0, SIGTRAP)      \
	X(halt, 0, SIGSEGV) X(interrupt, 0, SIGSEGV) X(old_call, 0, SIGSEGV) X(interrupts_off, 0, SIGSEGV) \
	X(port, 0, SIGSEGV) X(msr, 0, SIGSEGV) X(control, 0, SIGSEGV) X(null_stack, 0, SIGSEGV)            \
	X(kernel_selector, 0, SIGSEGV) X(single_step, 0, SIGTRAP) X(x87, 0, SIGFPE)

#define FAULT_DECLARE(name, rdi, sig) extern const char ring3_##name[];
FAULTS(FAULT_DECLARE)
#undef FAULT_DECLARE
extern const char ring3_alignment[], ring3_simd[];

static const struct fault {
	const char *name, *program;
	u64 rdi;
	int signal;
} faults[] = {
#define FAULT_ROW(name, rdi, sig) {#name, ring3_##name, rdi, sig},
	FAULTS(FAULT_ROW)
#undef FAULT_ROW
};

/* Each ends its process with Linux's signal, and nobody else. */
KTEST(ring3_faults)
{
	for (u32 i = 0; i < ARRAY_SIZE(faults); i++) {
		i32 status = child_run(faults[i].program, faults[i].rdi, 0);

		if (status != status_signalled(faults[i].signal))
			log_raw("# %s(%#lx)\n", faults[i].name, faults[i].rdi);
		EXPECT_EQ(status, status_signalled(faults[i].signal));
	}
	EXPECT_EQ(child_run(ring3_exit, 5, 0), status_exited(5));
}

/* RFLAGS.AC, and an unmasked SSE exception: QEMU's TCG knows neither, and the program goes on to its HLT. */
KTEST(ring3_faults_of_full_cpus)
{
	i32 alignment = child_run(ring3_alignment, 0, 0), simd = child_run(ring3_simd, 0, 0);

	EXPECT(alignment == status_signalled(SIGBUS) || alignment == status_signalled(SIGSEGV));
	EXPECT(simd == status_signalled(SIGFPE) || simd == status_signalled(SIGSEGV));
	if (alignment == status_signalled(SIGSEGV) || simd == status_signalled(SIGSEGV))
		ktest_skip("this machine does not raise them");
}

KTEST(wait_options)
{
	struct process *p = child_create(ring3_exit, 9, 0);
	struct wait_result r;

	EXPECT_EQ(process_wait(WAIT_ANY, WNOHANG | WEXITED, &r), -ECHILD);
	REQUIRE(p);
	process_publish(p);
	EXPECT(!process_wait(WAIT_ANY, WNOHANG | WEXITED, &r) && !r.pid);
	EXPECT_EQ(process_wait(p->pid + 1, WNOHANG | WEXITED, &r), -ECHILD);
	EXPECT_EQ(process_wait(-5000, WNOHANG | WEXITED, &r), -ECHILD);
	EXPECT(!process_wait(0, WNOHANG | WEXITED, &r) && !r.pid); /* own group */
	thread_start(p->leader);
	EXPECT(!process_wait(p->pid, WEXITED | WNOWAIT, &r) && r.pid == p->pid && r.status == status_exited(9));
	EXPECT(p->zombie && !p->leader && !p->aspace && !p->handles);
	EXPECT(!process_wait(p->pid, WEXITED, &r) && r.status == status_exited(9));
	EXPECT_EQ(process_wait(WAIT_ANY, WEXITED, &r), -ECHILD);
}

/* The child of a dead parent becomes ours, who are process 1. */
KTEST(orphans_come_to_process_1)
{
	struct process *p = child_create(ring3_orphan, 7, 20);
	i32 first, second;

	REQUIRE(p);
	child_start(p);
	first = child_wait(p->pid);
	second = child_wait(-1);
	EXPECT_EQ(first, status_exited(3));
	EXPECT_EQ(second, status_exited(7));
	EXPECT_EQ(child_wait(-1), -ECHILD);
}

KTEST(ring3_fork_copies)
{
	u64 copies = counter_sum(COUNT_COW_COPIES);

	EXPECT_EQ(child_run(ring3_fork_wait, 0, 0), 0);
	EXPECT(counter_sum(COUNT_COW_COPIES) > copies);
}

static bool ran(const struct process *p)
{
	return p->leader->cpu_ns > MS;
}

/* A loop without system calls is interrupted, and SIGKILL ends it. */
KTEST(ring3_preemption)
{
	struct process *a = child_create(ring3_spin, 0, 0), *b = child_create(ring3_count, 0, 0);
	u64 preemptions = counter_sum(COUNT_PREEMPTIONS);
	struct wait_result r;

	REQUIRE(a && b);
	child_start(a);
	child_start(b);
	for (u32 i = 0; i < 1000 && (counter_sum(COUNT_PREEMPTIONS) < preemptions + 2 || !ran(a) || !ran(b)); i++)
		sleep_ns(10 * MS);
	EXPECT(counter_sum(COUNT_PREEMPTIONS) >= preemptions + 2 && ran(a) && ran(b));
	EXPECT(!process_wait(WAIT_ANY, WEXITED | WNOHANG, &r) && !r.pid);
	signal_send(a, SIGKILL);
	signal_send(b, SIGTERM);
	EXPECT_EQ(child_wait(a->pid), status_signalled(SIGKILL));
	EXPECT_EQ(child_wait(b->pid), status_signalled(SIGTERM));
}

KTEST(stop_and_continue)
{
	struct process *p = child_create(ring3_spin, 0, 0);
	struct wait_result r;

	REQUIRE(p);
	child_start(p);
	signal_send(p, SIGSTOP);
	EXPECT(!process_wait(p->pid, WUNTRACED, &r) && r.pid == p->pid && r.status == (SIGSTOP << 8 | 0x7f));
	EXPECT(p->stopped && p->leader->state == THREAD_SLEEPING);
	EXPECT(!process_wait(p->pid, WUNTRACED | WNOHANG, &r) && !r.pid); /* told once */
	signal_send(p, SIGCONT);
	EXPECT(!process_wait(p->pid, WCONTINUED, &r) && r.status == 0xffff);
	signal_send(p, SIGKILL);
	EXPECT_EQ(child_wait(p->pid), SIGKILL);
}

/* Vector registers go with their thread. */
KTEST(fpu_follows_its_thread)
{
	struct process *p[3];
	u64 saves = counter_sum(COUNT_FPU_SAVES);

	for (u32 i = 0; i < 3; i++) {
		p[i] = child_create(ring3_xmm_keep, 0x1111111111111111 * (i + 1), 100);
		REQUIRE(p[i]);
		child_start(p[i]);
	}
	for (u32 i = 0; i < 3; i++)
		EXPECT_EQ(child_wait(p[i]->pid), 0);
	EXPECT(counter_sum(COUNT_FPU_SAVES) >= saves + 200);
}

/* A child of the suite that runs a program of the archive, as exec would leave it. 0 or what exec says. */
static int exec_child(const char *path, struct process **out)
{
	struct process *p = process_create(process_current());
	const struct archive_entry *file;
	struct exec_image image;
	struct exec_args a;
	int err;

	EXPECT(p && !exec_args_init(&a));
	p->handles = handles_create();
	err = exec_find(path, a.cred, &file);
	if (!err)
		err = exec_args_kernel(&a, path, &a.argc);
	if (!err)
		err = exec_prepare(file, path, &a, &image);
	exec_args_free(&a);
	if (err) {
		handles_destroy(p->handles);
		process_discard(p);
		return err;
	}
	memset(thread_frame(p->leader), 0x55, sizeof(struct trapframe));
	exec_commit(p, p->leader, &image);
	p->leader->aspace = p->aspace;
	*out = p;
	return 0;
}

KTEST(exec_programs)
{
	static const struct {
		const char *path;
		i32 status;
	} rows[] = {{"/bin/true", 0}, {"/bin/false", 1 << 8}, {"bin/../bin//true", 0}};
	struct process *p;

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(exec_child(rows[i].path, &p), 0);
		child_start(p);
		EXPECT_EQ(child_wait(p->pid), rows[i].status);
	}
}

KTEST(exec_frame)
{
	struct process *p = NULL;
	const u64 *words;
	struct trapframe *f;
	u64 dirty = 0;

	REQUIRE(!exec_child("/bin/true", &p));
	f = thread_frame(p->leader);
	words = (const u64 *)f;
	for (u32 i = 0; i < offsetof(struct trapframe, vector) / 8; i++)
		dirty |= words[i];
	EXPECT_EQ(dirty, 0);
	EXPECT(f->cs == SEL_USER_CODE && f->ss == SEL_USER_DATA && f->rflags == 0x202);
	EXPECT(f->rip >= USER_BOTTOM && f->rip < USER_TOP && IS_ALIGNED(f->rsp, 16) && f->rsp < USER_TOP);
	EXPECT_EQ(*(u64 *)space_bytes(p->aspace, f->rsp), 1); /* argc */
	EXPECT(!strcmp(p->name, "true") && !strcmp(p->path, "/bin/true") && p->executed);
	child_start(p);
	EXPECT_EQ(child_wait(p->pid), 0);
}

KTEST(exec_refuses)
{
	struct process *p;

	EXPECT_EQ(exec_child("/bin/none", &p), -ENOENT);
	EXPECT_EQ(exec_child("/bin", &p), -EACCES);
	EXPECT_EQ(exec_child("/bin/true/x", &p), -ENOTDIR);
	EXPECT_EQ(exec_child("/etc/motd", &p), -EACCES);
	EXPECT_EQ(exec_child("/dev/null", &p), -EACCES);
}
