/*
 * id.c - prints user and group ids of the caller: real ones, effective ones where they differ, all groups.
 */
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "user/lib/io.h"

int main(void)
{
	unsigned int uid = getuid(), euid = geteuid(), gid = getgid(), egid = getegid();
	gid_t groups[NGROUPS_MAX];
	int count = getgroups(NGROUPS_MAX, groups);

	if (count < 0)
		err(1, "cannot tell the groups");
	printf("uid=%u gid=%u", uid, gid);
	if (euid != uid)
		printf(" euid=%u", euid);
	if (egid != gid)
		printf(" egid=%u", egid);
	printf(" groups=%u", egid);
	for (int i = 0; i < count; i++)
		if (groups[i] != egid)
			printf(",%u", groups[i]);
	printf("\n");
	finish(0);
}
