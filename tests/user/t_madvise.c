/* t_madvise - advice is accepted, checked, and MADV_DONTNEED of private memory gives zeros back. */
#include "tap.h"

#include <sys/mman.h>

#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

int main(void)
{
	static const int harmless[] = {MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED};
	char *p = mmap(0, 4 * PAGE, RW, ANON, -1, 0);

	memset(p, 3, 4 * PAGE);
	for (int i = 0; i < 4; i++)
		eq(sc(SYS_madvise, p, 4 * PAGE, harmless[i]), 0, "advice %d is accepted", harmless[i]);
	ok(p[0] == 3 && p[4 * PAGE - 1] == 3, "and changes nothing");
	eq(sc(SYS_madvise, p + PAGE, 2 * PAGE, MADV_DONTNEED), 0, "MADV_DONTNEED is accepted");
	ok(p[PAGE] == 0 && p[3 * PAGE - 1] == 0, "its pages are zero then");
	ok(p[PAGE - 1] == 3 && p[3 * PAGE] == 3, "and no others");
	p[PAGE] = 4;
	eq(p[PAGE], 4, "they can be written again");
	eq(sc(SYS_madvise, p, 0, MADV_DONTNEED), 0, "a length of 0 does nothing");
	eq(p[0], 3, "as can be seen");
	eq(sc(SYS_madvise, p + 1, PAGE, MADV_NORMAL), -EINVAL, "EINVAL: a crooked address");
	eq(sc(SYS_madvise, p, PAGE, 9999), -EINVAL, "EINVAL: unknown advice");
	eq(sc(SYS_madvise, p, PAGE, -1), -EINVAL, "EINVAL: advice -1");
	eq(sc(SYS_madvise, p, -1, MADV_NORMAL), -EINVAL, "EINVAL: a length that wraps");
	munmap(p + 2 * PAGE, PAGE);
	eq(sc(SYS_madvise, p, 4 * PAGE, MADV_NORMAL), -ENOMEM, "ENOMEM: a hole on the way");
	eq(sc(SYS_madvise, p + 2 * PAGE, PAGE, MADV_DONTNEED), -ENOMEM, "ENOMEM: nothing is mapped");
	return tap_done();
}
