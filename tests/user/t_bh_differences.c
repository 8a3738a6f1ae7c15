/* t_bh_differences - what Bulkhead does on purpose otherwise than Linux (docs/architecture.md, the table). */
/* suite: bulkhead only */
#include "tap.h"

#include <mqueue.h>
#include <sys/mman.h>
#include <sys/utsname.h>

#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static void no_shared_writing(void)
{
	long p;

	eq(sc(SYS_mmap, 0, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0), -EACCES,
	   "EACCES: shared and writable");
	p = sc(SYS_mmap, 0, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ok(p > 0, "shared and read-only is accepted");
	eq(sc(SYS_mmap, 0x1000, PAGE, RW, ANON | MAP_FIXED, -1, 0), -EPERM, "EPERM: below 64 KiB");
}

static void write_or_execute(void)
{
	long p = sc(SYS_mmap, 0, PAGE, RW, ANON, -1, 0);

	eq(sc(SYS_mmap, 0, PAGE, RW | PROT_EXEC, ANON, -1, 0), -EACCES,
	   "EACCES: mmap, writable and executable");
	eq(sc(SYS_mmap, 0, PAGE, PROT_WRITE | PROT_EXEC, ANON, -1, 0), -EACCES,
	   "EACCES: without the right to read");
	eq(sc(SYS_mprotect, p, PAGE, RW | PROT_EXEC), -EACCES, "EACCES: mprotect, writable and executable");
	eq(sc(SYS_mprotect, p, PAGE, PROT_READ | PROT_EXEC), -EACCES, "EACCES: one after the other (t_bh_w_xor_x)");
}

static volatile int word = 1;

static void copies_instead_of_threads(void)
{
	int pid = vfork();

	if (pid == 0) {
		word = 2;
		_exit(0);
	}
	wait_for(pid);
	eq(word, 1, "what a child of vfork writes is its own");
	eq(sc(SYS_clone, 0x10900, 0, 0, 0, 0), -EINVAL, "EINVAL: a thread with descriptors and a directory of its own");
	eq(sc(SYS_clone, 0x14f00, 0, 0, 0, 0), -EINVAL, "EINVAL: to wait for a thread as vfork does");
	eq(sc(SYS_clone, SIGCHLD | 0x400, 0, 0, 0, 0), -EINVAL, "EINVAL: two processes with the same descriptors");
}

static void unknown_calls(void)
{
	static const int numbers[] = {SYS_creat,     SYS_select,    SYS_clone3,     SYS_socket,
				      SYS_shmget,    SYS_chdir,     SYS_mkdir,      SYS_symlink,
				      SYS_getitimer, SYS_ptrace,    SYS_openat2,    SYS_capset,
				      SYS_unlink,    SYS_mq_notify, SYS_epoll_wait, SYS_io_uring_setup,
				      SYS_sigaltstack};

	for (int i = 0; i < 17; i++)
		eq(sc(numbers[i], 0, 0, 0, 0, 0), -ENOSYS, "ENOSYS: number %d", numbers[i]);
	eq(sc(1023), -ENOSYS, "ENOSYS: the number below Bulkhead's own");
	eq(sc(1026), -ENOSYS, "ENOSYS: the number above them");
}

static void one_world(void)
{
	char directory[8] = "";
	struct utsname u;

	eq(sc(SYS_getcwd, directory, sizeof directory), 2, "the current directory");
	ok(!strcmp(directory, "/"), "is the root");
	ok(getuid() == 0 && getgid() == 0, "everybody is root");
	sc(SYS_uname, &u);
	ok(!strcmp(u.sysname, "Linux") && !strcmp(u.nodename, "bulkhead"), "uname");
	eq(sc(SYS_open, "/bin/sh", O_WRONLY, 0), -EROFS, "EROFS: a file for writing");
	eq(sc(SYS_open, "/bin/sh", O_RDWR, 0), -EROFS, "EROFS: for reading and writing");
	eq(sc(SYS_open, "/new", O_WRONLY | O_CREAT, 0644), -EROFS, "EROFS: a new file");
	eq(sc(SYS_open, "/new", O_RDONLY, 0), -ENOENT, "ENOENT: which is not made");
}

static void queue_limits(void)
{
	struct mq_attr attr = {.mq_maxmsg = 257, .mq_msgsize = 16};
	static char message[8192], out[8192];
	int q, good = 1;

	eq(sc(SYS_mq_open, "bh_limit", O_RDWR | O_CREAT, 0600, &attr), -EINVAL, "EINVAL: 257 messages");
	attr = (struct mq_attr){.mq_maxmsg = 1, .mq_msgsize = 8193};
	eq(sc(SYS_mq_open, "bh_limit", O_RDWR | O_CREAT, 0600, &attr), -EINVAL, "EINVAL: 8193 bytes");
	attr = (struct mq_attr){.mq_maxmsg = 256, .mq_msgsize = 8192};
	q = sc(SYS_mq_open, "bh_limit", O_RDWR | O_CREAT | O_NONBLOCK, 0600, &attr);
	ok(q >= 0, "256 messages of 8 KiB");
	for (int i = 0; i < 256; i++) {
		message[0] = i;
		good &= sc(SYS_mq_timedsend, q, message, sizeof message, 0, 0) == 0;
	}
	ok(good, "can all be queued");
	eq(sc(SYS_mq_timedsend, q, message, 1, 0, 0), -EAGAIN, "EAGAIN: one more");
	for (int i = 0; i < 256; i++)
		good &= sc(SYS_mq_timedreceive, q, out, sizeof out, 0, 0) == 8192 && out[0] == (char)i;
	ok(good, "and received");
	sc(SYS_mq_unlink, "bh_limit");
	close(q);
}

/* 1024 descriptors; each call that makes one fails with EMFILE then, and nothing else does. */
static void descriptor_limit(void)
{
	int first = dup(1), last = first, fd[2] = {-5, -5}, n;

	while ((n = dup(1)) >= 0)
		last = n;
	eq(last, 1023, "descriptors end at 1023");
	eq(sc(SYS_dup, 1), -EMFILE, "EMFILE: dup");
	eq(sc(SYS_open, "/", O_RDONLY, 0), -EMFILE, "EMFILE: open");
	eq(sc(SYS_pipe, fd), -EMFILE, "EMFILE: pipe");
	close(last);
	eq(sc(SYS_pipe, fd), -EMFILE, "EMFILE: pipe with one number left");
	eq(fd[0], -5, "which stores nothing");
	eq(sc(SYS_dup, 1), last, "and leaves the number free");
	eq(sc(SYS_mq_open, "bh_limit", O_RDWR | O_CREAT | O_EXCL, 0600, 0), -EMFILE, "EMFILE: mq_open");
	eq(sc(SYS_mq_unlink, "bh_limit"), -ENOENT, "ENOENT: which made no queue");
	eq(sc(SYS_fcntl, 1, F_DUPFD, 3), -EMFILE, "EMFILE: F_DUPFD");
	eq(sc(SYS_dup2, 1, 1023), 1023, "dup2 onto the last one");
	eq(sc(SYS_dup2, 1, 1024), -EBADF, "EBADF: dup2 above it");
	for (int i = first; i <= 1023; i++)
		close(i);
}

/* On Linux this needs CAP_SYS_RESOURCE, which root need not have in a container. */
static void root_raises_limits(void)
{
	struct {
		unsigned long soft, hard;
	} low = {5, 10}, high = {5, 20}, most = {5, 4096}, more = {5, 4097};

	eq(sc(SYS_setrlimit, 5, &low), 0, "a hard limit is lowered");
	eq(sc(SYS_setrlimit, 5, &high), 0, "and raised again by root");
	eq(sc(SYS_setrlimit, 7, &most), 0, "4,096 descriptors");
	eq(sc(SYS_setrlimit, 7, &more), -EPERM, "EPERM: are as many as there can be");
	most.soft = 1024;
	sc(SYS_setrlimit, 7, &most);
}

int main(void)
{
	no_shared_writing();
	write_or_execute();
	copies_instead_of_threads();
	unknown_calls();
	one_world();
	queue_limits();
	descriptor_limit();
	root_raises_limits();
	return tap_done();
}
