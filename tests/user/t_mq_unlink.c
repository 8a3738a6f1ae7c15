/* t_mq_unlink - names of queues: making, finding, removing, and what a name may be. */
#include "mq.h"

static char buffer[17];

static void while_open(void)
{
	int q = q_open(mq_name, O_RDWR | O_CREAT | O_EXCL, 2, 16), other;

	eq(q_open(mq_name, O_RDWR | O_CREAT | O_EXCL, 2, 16), -EEXIST, "EEXIST: O_EXCL of a name in use");
	q_send(q, "kept", 0);
	eq(sc(SYS_mq_unlink, mq_name), 0, "unlink while it is open");
	eq(q_open(mq_name, O_RDWR, 0, 0), -ENOENT, "ENOENT: the name is gone");
	eq(sc(SYS_mq_unlink, mq_name), -ENOENT, "ENOENT: unlink again");
	other = q_open(mq_name, O_RDWR | O_CREAT | O_EXCL, 2, 16);
	ok(other >= 0, "the name can be used anew");
	eq(q_count(other), 0, "for an empty queue");
	q_send(other, "new", 0);
	eq(q_receive(q, buffer, 16, 0), 4, "the old one still has its message");
	ok(!strcmp(buffer, "kept"), "unchanged");
	eq(q_receive(other, buffer, 16, 0), 3, "the new one has its own");
	sc(SYS_mq_unlink, mq_name);
	close(q);
	close(other);
}

/* A queue with a name lives on without anybody who has it open. */
static void closed(void)
{
	int q = q_open(mq_name, O_WRONLY | O_CREAT | O_EXCL, 2, 16), pid;

	q_send(q, "rest", 5);
	close(q);
	q = q_open(mq_name, O_RDONLY, 0, 0);
	ok(q >= 0, "a closed queue can be opened again");
	eq(q_receive(q, buffer, 16, 0), 4, "with its message");
	close(q);
	pid = fork();
	if (pid == 0)
		_exit(sc(SYS_mq_unlink, mq_name) != 0);
	eq(wait_for(pid), EXITED(0), "another process may unlink it");
	eq(q_open(mq_name, O_RDONLY, 0, 0), -ENOENT, "ENOENT: then it is gone");
}

static void names(void)
{
	char longest[300], slash[300];
	int q, n = snprintf(longest, sizeof longest, "%s", mq_name);

	memset(longest + n, 'n', 256 - n);
	longest[256] = 0;
	eq(q_open(longest, O_RDWR | O_CREAT, 1, 8), -ENAMETOOLONG, "ENAMETOOLONG: 256 bytes");
	eq(sc(SYS_mq_unlink, longest), -ENAMETOOLONG, "ENAMETOOLONG: unlink");
	longest[255] = 0;
	q = q_open(longest, O_RDWR | O_CREAT, 1, 8);
	ok(q >= 0, "255 bytes are a name");
	eq(sc(SYS_mq_unlink, longest), 0, "which can be unlinked");
	close(q);
	eq(q_open("", O_RDWR | O_CREAT, 1, 8), -ENOENT, "ENOENT: an empty name");
	eq(sc(SYS_mq_unlink, ""), -ENOENT, "ENOENT: unlink of an empty name");
	snprintf(slash, sizeof slash, "%s/x", mq_name);
	eq(q_open(slash, O_RDWR | O_CREAT, 1, 8), -EACCES, "EACCES: a slash within the name");
	eq(q_open("/lead", O_RDWR | O_CREAT, 1, 8), -EACCES, "EACCES: a slash ahead, which libc takes away");
	eq(q_open(".", O_RDWR, 1, 8), -EACCES, "EACCES: a dot");
	eq(q_open("..", O_RDWR, 1, 8), -EACCES, "EACCES: two dots");
	for (int i = 0; i < BAD_POINTERS; i++) {
		eq(q_open(bad_pointers[i], O_RDWR | O_CREAT, 1, 8), -EFAULT, "EFAULT: open, bad pointer %d",
		   i);
		eq(sc(SYS_mq_unlink, bad_pointers[i]), -EFAULT, "EFAULT: unlink, bad pointer %d", i);
	}
	eq(q_open("bh_no_such_queue", O_RDWR, 0, 0), -ENOENT, "ENOENT: no such queue");
	eq(sc(SYS_mq_unlink, "bh_no_such_queue"), -ENOENT, "ENOENT: unlink of no such queue");
}

/* Names that differ in one letter are different queues. */
static void distinct(void)
{
	char one[80], two[80];
	int a, b;

	snprintf(one, sizeof one, "%s_a", mq_name);
	snprintf(two, sizeof two, "%s_A", mq_name);
	a = q_open(one, O_RDWR | O_CREAT | O_EXCL, 2, 16);
	b = q_open(two, O_RDWR | O_CREAT | O_EXCL, 2, 16);
	ok(a >= 0 && b >= 0, "two names");
	q_send(a, "to a", 0);
	eq(q_count(b), 0, "are two queues");
	eq(sc(SYS_mq_unlink, one), 0, "unlink of one");
	eq(sc(SYS_mq_unlink, two), 0, "and of the other");
	close(a);
	close(b);
}

int main(void)
{
	mq_unique("unlink");
	while_open();
	closed();
	names();
	distinct();
	return tap_done();
}
