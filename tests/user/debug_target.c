/*
 * debug_target.c - what tests/parts/debug.py looks at with GDB: process 1 of a machine of its own. It brings children
 * into every state, tells what the kernel says of them and of memory (bh_info), and stops in checkpoint() before
 * anything can change. Then it runs another program, and at last ends, which is a panic.
 */
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/abi/bulkhead.h"

static struct bh_process processes[32];
static struct bh_region regions[64];
static struct bh_memory memory;
static long process_count, region_count;
static int empty_pipe[2], full_pipe[2];
static mqd_t empty_queue, full_queue;

/* Something to do behind a call, so that it is no jump and the caller is seen in backtraces. */
static void come_back(void)
{
	__asm__ volatile("" : : : "memory");
}

static __attribute__((noinline)) int make_pipe(int *ends, int number)
{
	int result = pipe2(ends, number);

	__asm__ volatile("" : : "r"(number) : "memory");
	return result;
}

static __attribute__((noinline)) void touch_page(volatile char *page)
{
	*page = 1;
	__asm__ volatile("" : : "r"(page) : "memory");
}

static __attribute__((noinline)) void checkpoint(const char *page)
{
	__asm__ volatile("" : : "r"(page) : "memory");
}

static void child(void (*body)(void))
{
	if (fork() == 0) {
		body();
		_exit(3);
	}
}

static void read_empty(void)
{
	char c;

	read(empty_pipe[0], &c, 1);
	come_back();
}

static void write_full(void)
{
	static char bytes[65536 + 100];

	write(full_pipe[1], bytes, sizeof bytes);
	come_back();
}

static void receive(void)
{
	char bytes[64];

	mq_receive(empty_queue, bytes, sizeof bytes, NULL);
	come_back();
}

static void send_full(void)
{
	mq_send(full_queue, "third", 5, 1);
	come_back();
}

static void stop(void)
{
	raise(SIGSTOP);
	come_back();
}

static void spin(void)
{
	for (;;)
		__asm__ volatile("pause");
}

static void end(void)
{
}

static void doze(void)
{
	setuid(1000);
	sleep(1000);
	come_back();
}

static void wait_for_grandchild(void)
{
	child(doze);
	wait(NULL);
	come_back();
}

static mqd_t queue(const char *name)
{
	struct mq_attr attributes = {.mq_maxmsg = 2, .mq_msgsize = 64};

	return mq_open(name, O_CREAT | O_RDWR, 0600, &attributes);
}

static void ask(void)
{
	process_count = syscall(SYS_bh_info, BH_INFO_PROCESSES, 0, processes, sizeof processes);
	syscall(SYS_bh_info, BH_INFO_MEMORY, 0, &memory, sizeof memory);
	region_count = syscall(SYS_bh_info, BH_INFO_REGIONS, getpid(), regions, sizeof regions);
}

static void tell(void)
{
	for (long i = 0; i < process_count / (long)sizeof *processes; i++) {
		const struct bh_process *p = &processes[i];

		printf("process %d %d %d %d %u %c %llu %s\n", p->pid, p->ppid, p->pgid, p->sid, p->uid, p->state,
		       (unsigned long long)p->pages, p->name);
	}
	for (long i = 0; i < region_count / (long)sizeof *regions; i++) {
		const struct bh_region *r = &regions[i];

		printf("region %llx %llx %llu %u %s\n", (unsigned long long)r->start, (unsigned long long)r->end,
		       (unsigned long long)r->resident, r->prot, r->name);
	}
	printf("memory %llu %llu\n", (unsigned long long)memory.total_pages, (unsigned long long)memory.free_pages);
	printf("told\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc == 1 && strcmp(argv[0], "/bin/init") == 0) /* under its own name GDB finds its symbols */
		execl("/bin/debug_target", "debug_target", (char *)NULL);

	char *pages = mmap(NULL, 8 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	make_pipe(empty_pipe, O_CLOEXEC);
	make_pipe(full_pipe, 0);
	touch_page(pages + 3 * 4096);
	mprotect(pages + 6 * 4096, 4096, PROT_READ);
	empty_queue = queue("/empty");
	full_queue = queue("/full");
	mq_send(full_queue, "first", 5, 7);
	mq_send(full_queue, "second", 6, 9);
	child(read_empty);
	child(write_full);
	child(receive);
	child(send_full);
	child(stop);
	child(end);
	child(doze);
	child(wait_for_grandchild);
	child(spin);
	usleep(300000);
	ask(); /* touches its pages, which the second one then counts */
	ask();
	checkpoint(pages + 3 * 4096);
	tell();
	if (fork() == 0) {
		execl("/bin/hello", "hello", (char *)NULL);
		_exit(1);
	}
	usleep(300000);
	return 5;
}
