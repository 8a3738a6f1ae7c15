/*
 * lockstat.c - how often the kernel's locks were taken, and waited for. One line for each class of locks, which has
 * the name of the one that was last met. Who builds for release counts only the waits.
 */
#include <err.h>
#include <stdio.h>

#include "user/lib/bh.h"
#include "user/lib/io.h"

int main(void)
{
	struct bh_lock *lock;
	size_t count;

	bh_require();
	lock = bh_info_all(BH_INFO_LOCKS, 0, sizeof *lock, &count);
	if (!lock)
		err(1, "cannot ask");
	printf("%-12s %12s %12s %12s\n", "LOCK", "TAKEN", "WAITED FOR", "SPINS");
	for (size_t i = 0; i < count; i++)
		printf("%-12.*s %12llu %12llu %12llu\n", (int)sizeof lock[i].name, lock[i].name,
		       (unsigned long long)lock[i].acquired, (unsigned long long)lock[i].contended,
		       (unsigned long long)lock[i].spins);
	finish(0);
}
