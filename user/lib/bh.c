/*
 * bh.c - wrappers of Bulkhead's own system calls. Stateless; used by ps, pmap, meminfo, init and others.
 */
#include "user/lib/bh.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

long bh_info(int what, long argument, void *buffer, size_t size)
{
	return syscall(SYS_bh_info, what, argument, buffer, size);
}

int bh_report(int wait_status)
{
	return (int)syscall(SYS_bh_report, wait_status);
}

void *bh_info_all(int what, long argument, size_t record_size, size_t *count)
{
	size_t size = 16 * record_size;
	char *buffer = NULL;

	for (;;) {
		char *larger = realloc(buffer, size);
		long needed = larger ? bh_info(what, argument, larger, size) : -1;

		if (needed < 0) {
			int error = larger ? errno : ENOMEM;

			free(larger ? larger : buffer);
			errno = error;
			return NULL;
		}
		buffer = larger;
		if ((size_t)needed <= size) {
			*count = (size_t)needed / record_size;
			return buffer;
		}
		/* Room for a few more than there were: the next look may find more. */
		size = (size_t)needed + 8 * record_size;
	}
}

void bh_require(void)
{
	struct bh_memory memory;

	if (bh_info(BH_INFO_MEMORY, 0, &memory, sizeof memory) < 0)
		errx(1, "this works on Bulkhead only");
}
