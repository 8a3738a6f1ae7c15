/* t_futex_addresses - words that are not aligned, not mapped, not readable, read-only, at a border; two of one page. */
#include "threads.h"

#include <sys/mman.h>

#define WAIT 128 /* private: of this process's memory */
#define WAKE 129
#define REQUEUE 131
#define CMP_REQUEUE 132

static const int constant = 5;
static char *pages;
static int done[3];

static long wait_at(void *at, int value)
{
	struct timespec none = {0, 0};

	return sc(SYS_futex, at, WAIT, value, &none);
}

static long wake_at(void *at)
{
	return sc(SYS_futex, at, WAKE, 1);
}

static void alignment(void)
{
	int waits = 0, wakes = 0;

	for (int i = 1; i < 4; i++) {
		waits += wait_at(pages + i, 0) == -EINVAL;
		wakes += wake_at(pages + i) == -EINVAL;
	}
	eq(waits, 3, "EINVAL: no word begins at such an address");
	eq(wakes, 3, "nor can anybody wait there");
	eq(sc(SYS_futex, pages, REQUEUE, 1, 1, pages + 2), -EINVAL, "or be moved to it");
	eq(wait_at(pages + PAGE + 2, 0), -EINVAL, "this comes before the look at the memory");
}

/* The second of the three pages is not there, the third can only be read. */
static void protection(void)
{
	munmap(pages + PAGE, PAGE);
	*(int *)(pages + 2 * PAGE) = 7;
	mprotect(pages + 2 * PAGE, PAGE, PROT_READ);
	eq(wait_at(pages + PAGE, 0), -EFAULT, "EFAULT: nothing is mapped");
	eq(wait_at(pages + PAGE - 4, 0), -ETIMEDOUT, "the last word before it");
	eq(wait_at(pages + 2 * PAGE, 7), -ETIMEDOUT, "to wait it is enough that the word can be read");
	eq(wait_at(pages + 2 * PAGE, 8), -EAGAIN, "and compared");
	eq(wait_at((void *)&constant, 5), -ETIMEDOUT, "also with a constant");
	mprotect(pages + 2 * PAGE, PAGE, PROT_NONE);
	eq(wait_at(pages + 2 * PAGE, 7), -EFAULT, "EFAULT: it cannot be read any more");
	eq(sc(SYS_futex, pages + 2 * PAGE, CMP_REQUEUE, 1, 1, pages, 7), -EFAULT, "CMP_REQUEUE reads it, too");
	eq(wake_at(pages + 2 * PAGE), 0, "to wake nobody reads nothing");
	eq(wake_at(pages + PAGE), 0, "nor where there is no memory");
	eq(wake_at(bad_pointers[2]), -EFAULT, "but not where there can be none");
	mprotect(pages + 2 * PAGE, PAGE, PROT_READ);
	eq(wait_at(pages + 2 * PAGE, 7), -ETIMEDOUT, "made readable again, it has its value");
	for (int i = 0; i < BAD_POINTERS; i++)
		ok(wait_at(bad_pointers[i], 0) == ((long)bad_pointers[i] % 4 ? -EINVAL : -EFAULT), "bad pointer %d", i);
}

static void *waits(void *number)
{
	long n = (long)number;

	while (futex_wait((int *)(pages + 4 * n), 0) == 0 && !read_word(&done[n]))
		add(&done[2], 1); /* somebody has woken it too early */
	return 0;
}

static void neighbours(void)
{
	pthread_t t[2];

	for (long i = 0; i < 2; i++) {
		t[i] = start(waits, (void *)i);
		await_sleepers((int *)(pages + 4 * i), 1);
	}
	eq(futex_wake((int *)(pages + 8), 9), 0, "nobody waits at the third word of a page");
	for (int i = 1; i >= 0; i--) {
		set(&done[i]);
		eq(futex_wake((int *)(pages + 4 * i), 9), 1, "one waits at word %d", i);
		join(t[i]);
	}
	eq(done[2], 0, "and nobody was mistaken for another");
}

int main(void)
{
	pages = mmap(0, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	alignment();
	protection();
	neighbours();
	return tap_done();
}
