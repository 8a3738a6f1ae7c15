/*
 * exec.c - building a program's address space, and putting a process into it (exec.h).
 *
 * exec_prepare() may fail and has changed nothing then; exec_commit() cannot fail.
 */
#include "kernel/exec.h"
#include "ipc/archive.h"
#include "ipc/console.h"
#include "ipc/handle.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/layout.h"
#include "kernel/lib/log.h"
#include "kernel/lib/string.h"
#include "kernel/lib/trace.h"
#include "kernel/lib/wall.h"
#include "kernel/random.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/fpu.h"
#include "kernel/x86/user_registers.h"
#include "sched/mutex.h"
#include "sched/sched.h"

#define STACK_SPARE (128ul << 10) /* what a new stack has below its arguments, as on Linux; the rest it grows */
#define S_IFMT     0170000
#define S_IFREG    0100000

/* How many bits of a page's number exec draws, as Linux on x86-64. Together they are fewer than 128. */
#define PIE_BITS   28
#define MMAP_BITS  28
#define STACK_BITS 22
#define BRK_BITS   13

bool exec_randomizes = true;

/* The next so many bits of what was drawn for this exec. */
static u64 take_bits(struct exec_args *a, u32 bits)
{
	u64 v = (u64)a->places & (BIT(bits) - 1);

	a->places >>= bits;
	return v;
}

static u64 take_pages(struct exec_args *a, u32 bits)
{
	return take_bits(a, bits) << PAGE_SHIFT;
}

/* Wall ASLR. One draw for all: it costs as much for one byte as for 32. */
static void draw(struct exec_args *a)
{
	random_bytes(&a->drawn, sizeof a->drawn);
	a->places = exec_randomizes && wall_up(WALL_ASLR) ? a->drawn.places : 0;
}

static int map_segment(struct aspace *as, const struct elf_segment *s, const struct archive_entry *file)
{
	struct region_spec spec = {
		.start = s->start, .length = s->end - s->start, .kind = REGION_IMAGE, .name = file->name,
		.backing = {file->data + s->file_at, s->file_len, 0},
	};
	/* ELF's PF_X PF_W PF_R are 1 2 4, mmap's PROT_EXEC PROT_WRITE PROT_READ 4 2 1 */
	u32 bits = (s->rights & 4) >> 2 | (s->rights & 2) | (s->rights & 1) << 2;

	return prot_from_linux(bits, &spec.prot) ? aspace_map(as, &spec) : -EACCES;
}

static u64 stack_size(const struct exec_args *a)
{
	u64 used = exec_args_room(a), limit = ALIGN_DOWN(limit_soft(a->limits, LIMIT_STACK), PAGE_SIZE);

	return MAX(used, MIN(used + STACK_SPARE, limit));
}

static int build(struct aspace *as, const struct elf_image *elf, const struct archive_entry *file,
		 struct exec_args *a)
{
	struct region_spec stack = {.length = stack_size(a), .prot = PROT_RW, .kind = REGION_STACK};
	u64 moved = take_pages(a, MMAP_BITS);
	int err = 0;

	/* mappings lie below the lowest place that the stack may be at */
	aspace_set_limits(as, a->limits, moved ? moved + (BIT(STACK_BITS) << PAGE_SHIFT) : 0);
	stack.start = a->stack_top - stack.length;

	for (u32 i = 0; i < elf->count && !err; i++)
		err = map_segment(as, &elf->segments[i], file);
	as->brk_start = as->brk = elf->brk + take_pages(a, BRK_BITS);
	return err ? err : aspace_map(as, &stack);
}

static void explain(const struct archive_entry *file, int err)
{
	if (err == -EACCES)
		log_info("exec %s: a segment is both writable and executable", file->name);
}

/*
 * The interpreter of a dynamically linked program goes where mmap would put it, and the program begins there. It finds
 * the program itself by the auxiliary vector, loads what that needs, and jumps to it.
 */
static int load_interp(const struct archive_entry *program, const struct exec_args *a, struct elf_image *elf,
		       struct exec_image *out)
{
	const char *path = (const char *)program->data + elf->interp_at;
	const struct archive_entry *file;
	struct elf_image interp;
	int err = exec_find(path, a->cred, &file);
	u64 room, more;

	if (err) {
		log_info("exec %s: it wants the interpreter %s, which is not to be had", program->name, path);
		return err;
	}
	err = elf_parse(file->data, file->size, PIE_BASE, &interp);
	if (err) {
		explain(file, err);
		return -ELIBBAD;
	}
	if (interp.bias) {
		more = interp.align - PAGE_SIZE;
		room = aspace_find_room(out->aspace, 0, interp.brk - interp.segments[0].start + more);
		if (!room || elf_parse(file->data, file->size, room + more, &interp))
			return -ENOMEM;
	}
	for (u32 i = 0; i < interp.count && !err; i++)
		err = map_segment(out->aspace, &interp.segments[i], file);
	out->entry = interp.entry;
	elf->interp_base = interp.bias;
	return err;
}

int exec_find(const char *path, const struct cred *cred, const struct archive_entry **out)
{
	int err;

	*out = archive_find(path, &err);
	if (!*out)
		return err;
	if (((*out)->mode & S_IFMT) != S_IFREG || !cred_permits(cred, 0, 0, (*out)->mode, MAY_EXECUTE))
		return -EACCES;
	return 0;
}

int exec_prepare(const struct archive_entry *file, const char *called, struct exec_args *a, struct exec_image *out)
{
	struct elf_image elf;
	int err;

	draw(a);
	a->stack_top = USER_TOP - take_pages(a, STACK_BITS);
	a->stack_skip = take_bits(a, 1 + PAGE_SHIFT);
	err = elf_parse(file->data, file->size, PIE_BASE + take_pages(a, PIE_BITS), &elf);
	if (err) {
		explain(file, err);
		return err;
	}
	*out = (struct exec_image){.aspace = aspace_create(), .entry = elf.entry, .path = file->name};
	if (!out->aspace)
		return -ENOMEM;
	mutex_lock(&out->aspace->lock); /* nobody else knows it; but its functions want it held */
	err = build(out->aspace, &elf, file, a);
	if (!err && elf.interp_size)
		err = load_interp(file, a, &elf, out);
	if (!err)
		err = exec_args_stack(a, called, &elf, out->aspace, &out->stack);
	mutex_unlock(&out->aspace->lock);
	if (err)
		aspace_unref(out->aspace);
	return err;
}

static void set_name(struct process *p, const char *path)
{
	const char *last = path;

	for (const char *c = path; *c; c++)
		if (*c == '/')
			last = c + 1;
	lock_acquire(&process_lock);
	string_copy(p->name, last, sizeof p->name);
	p->path[0] = '/';
	string_copy(p->path + 1, path, sizeof p->path - 1);
	p->executed = true;
	cred_exec(&p->cred);
	lock_release(&process_lock);
}

/* The registers that the program starts with (System V AMD64 ABI 3.4.1); the others zero (wall REGS). */
static void set_registers(struct trapframe *f, const struct exec_image *image)
{
	u64 vector = f->vector;

	if (wall_up(WALL_REGS))
		memset(f, 0, sizeof *f);
	f->vector = vector;
	f->rip = image->entry;
	f->rsp = image->stack;
	f->cs = SEL_USER_CODE;
	f->ss = SEL_USER_DATA;
	f->rflags = RFLAGS_IF | RFLAGS_FIXED;
}

/* FPU, segment registers and bases of the running thread are in the CPU: load what exec starts with. */
static void set_state(struct thread *t)
{
	fpu_reset(t->fpu);
	t->fs_base = t->gs_base = t->selectors = 0;
	if (t != thread_current())
		return;
	fpu_load(t->fpu);
	cpu_set_user_selectors(0);
	cpu_set_fs_base(0);
	cpu_set_user_gs_base(0);
}

void exec_commit(struct process *p, struct thread *t, struct exec_image *image)
{
	struct aspace *old = p->aspace;

	lock_acquire(&process_lock);
	usage_update(p); /* the old space's peak counts */
	p->aspace = image->aspace;
	lock_release(&process_lock);
	irq_disable();
	t->aspace = image->aspace;
	if (t == thread_current())
		tlb_switch(image->aspace);
	set_state(t);
	irq_enable();
	if (old)
		aspace_unref(old);
	t->clear_tid = t->robust_list = uva(0);
	memset(p->unknown_calls, 0, sizeof p->unknown_calls);
	set_name(p, image->path);
	signal_exec(p);
	handles_close_on_exec(p->handles);
	set_registers(thread_frame(t), image);
	process_vfork_done(p);
	trace_record(TRACE_PROCESS, (u64)p->pid, 2);
}

static int install_console(struct process *p)
{
	struct file *files[3];
	int err = 0;

	console_files(files);
	for (int i = 0; i < 3; i++) {
		if (handle_install(p->handles, files[i], handle_rights(files[i]->flags), i) != i)
			err = -ENOMEM;
	}
	return err;
}

static int load_init(struct process *p)
{
	const struct archive_entry *file;
	struct exec_image image;
	struct exec_args a;
	int err = exec_args_init(&a);

	if (err)
		return err;
	a.limits = p->limits;
	err = exec_find("/bin/init", a.cred, &file);
	if (!err)
		err = exec_args_kernel(&a, "/bin/init", &a.argc);
	if (!err)
		err = exec_args_kernel(&a, "PATH=/bin", &a.envc);
	if (!err)
		err = exec_prepare(file, "/bin/init", &a, &image);
	exec_args_free(&a);
	if (!err)
		exec_commit(p, p->leader, &image);
	return err;
}

int exec_start_init(void)
{
	struct process *p = process_create(NULL);
	int err = -ENOMEM;

	if (!p)
		return err;
	p->handles = handles_create();
	if (p->handles)
		err = install_console(p);
	if (!err)
		err = load_init(p);
	if (err)
		return err;
	process_publish(p);
	thread_start(p->leader);
	return 0;
}
