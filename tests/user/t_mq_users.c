/* t_mq_users - whose a message queue is, and who may open or unlink it (mq_overview(7), a sticky directory). */
#include "mq.h"
#include "users.h"

#include <sys/stat.h>

static const char *const access_name[] = {"reading", "writing", "both"};

struct person {
	const char *name;
	unsigned user, group, extra; /* a supplementary group */
};

/* The queues are ann's, of group bob. */
static const struct person people[] = {
	{"root", 0, 0, 0},        {"the owner", ANN, ANN, ANN},  {"the owner in the group", ANN, BOB, BOB},
	{"a member", CYD, BOB, 0}, {"one more member", CYD, CYD, BOB}, {"a stranger", CYD, CYD, CYD},
	{"root's group", BOB, 0, 0},
};
#define PEOPLE ((int)(sizeof people / sizeof people[0]))

static const int modes[] = {0000, 0400, 0200, 0600, 0040, 0020, 0060, 0004, 0002, 0006, 0640, 0462, 0066, 0606, 0666};
#define MODES ((int)(sizeof modes / sizeof modes[0]))

static int be(const struct person *p)
{
	return sc(SYS_setgroups, 1, &p->extra) || sc(SYS_setresgid, p->group, p->group, p->group) ||
	       sc(SYS_setresuid, p->user, p->user, p->user);
}

static int create(long mode)
{
	static const struct person ann = {"ann", ANN, BOB, CYD};

	sc(SYS_umask, 0);
	return be(&ann) || sc(SYS_mq_open, mq_name, O_CREAT | O_EXCL | O_RDWR, mode, 0) < 0;
}

static int opens(const struct person *p, int mode, int access)
{
	static const int bits[] = {4, 2, 6};
	int in_group = p->group == BOB || p->extra == BOB;
	int allowed = p->user == 0 ? 7 : p->user == ANN ? mode >> 6 : in_group ? mode >> 3 : mode;

	return (bits[access] & ~allowed) == 0;
}

static int wrongly_opened(long n)
{
	const struct person *p = &people[n % PEOPLE];
	int mode = modes[n / PEOPLE];

	if (be(p))
		return 1;
	for (int access = 0; access < 3; access++) {
		long want = opens(p, mode, access) ? 0 : -EACCES, got = sc(SYS_mq_open, mq_name, access, 0, 0);

		if ((got < 0 ? got : 0) != want)
			return 2 + access;
		got = sc(SYS_mq_open, mq_name, access | O_CREAT, 0666, 0);
		if ((got < 0 ? got : 0) != want)
			return 5 + access;
	}
	return sc(SYS_mq_open, mq_name, O_RDWR | O_CREAT | O_EXCL, 0666, 0) == -EEXIST ? 0 : 8;
}

static void matrix(void)
{
	for (int m = 0; m < MODES; m++) {
		eq(wait_for(child_as(create, modes[m])), EXITED(0), "a queue of mode %04o", modes[m]);
		for (int i = 0; i < PEOPLE; i++) {
			char yes[64] = "";

			for (int access = 0; access < 3; access++)
				if (opens(&people[i], modes[m], access))
					strcat(strcat(yes, " "), access_name[access]);
			eq(wait_for(child_as(wrongly_opened, m * PEOPLE + i)), EXITED(0), "%s opens it for:%s",
			   people[i].name, yes);
		}
		eq(sc(SYS_mq_unlink, mq_name), 0, "root unlinks it");
	}
}

static int unlinks(long n)
{
	return be(&people[n]) || sc(SYS_mq_unlink, mq_name) != (people[n].user == ANN || n == 0 ? 0 : -EPERM);
}

static void unlinking(void)
{
	for (int i = 0; i < PEOPLE; i++) {
		wait_for(child_as(create, 0666));
		eq(wait_for(child_as(unlinks, i)), EXITED(0), "%s unlinks it: %s", people[i].name,
		   i == 0 || people[i].user == ANN ? "yes" : "EPERM");
		sc(SYS_mq_unlink, mq_name);
	}
	eq(sc(SYS_mq_unlink, mq_name), -ENOENT, "ENOENT: none of that name");
}

/* The file-system ids own what is made, and open what is there. */
static int by_fs_ids(long unused)
{
	struct stat st;
	int fd;

	(void)unused;
	sc(SYS_setfsgid, CYD);
	sc(SYS_setfsuid, BOB);
	fd = (int)sc(SYS_mq_open, mq_name, O_CREAT | O_RDONLY, 0200, 0);
	if (fd < 0 || fstat(fd, &st) || st.st_uid != BOB || st.st_gid != CYD)
		return 1;
	if (sc(SYS_mq_open, mq_name, O_RDONLY, 0, 0) != -EACCES || sc(SYS_mq_open, mq_name, O_WRONLY, 0, 0) < 0)
		return 2;
	sc(SYS_setfsuid, ANN);
	if (sc(SYS_mq_open, mq_name, O_WRONLY, 0, 0) != -EACCES || sc(SYS_mq_unlink, mq_name) != -EPERM)
		return 3;
	sc(SYS_setfsuid, 0);
	return sc(SYS_mq_open, mq_name, O_RDWR, 0, 0) < 0 || sc(SYS_mq_unlink, mq_name);
}

static void masked(void)
{
	static const int masks[] = {0, 022, 077, 0777};

	for (int i = 0; i < 4; i++) {
		long old = sc(SYS_umask, masks[i]), fd = sc(SYS_mq_open, mq_name, O_CREAT | O_RDWR, 0666, 0);
		struct stat st = {0};

		fstat((int)fd, &st);
		eq(st.st_mode, S_IFREG | (0666 & ~masks[i]), "mode 0666 under mask %03o", masks[i]);
		ok(st.st_uid == 0 && st.st_gid == 0, "owner and group");
		close((int)fd);
		eq(sc(SYS_mq_unlink, mq_name), 0, "unlink");
		sc(SYS_umask, old);
	}
}

static long sender(void *to)
{
	return be(&people[5]) ? -1 : q_send((int)(long)to, "late", 1);
}

static void kept(void)
{
	char text[17];
	long old = sc(SYS_umask, 0);
	int fd = (int)q_open(mq_name, O_CREAT | O_RDWR, 2, 16);

	eq(in_child(sender, (void *)(long)fd), 0, "who holds it open needs no permission any more");
	eq(q_receive(fd, text, 16, 0), 4, "its message is there");
	eq(sc(SYS_mq_open, mq_name, 3, 0, 0), -EINVAL, "EINVAL: access mode 3 of a queue that is there");
	eq(sc(SYS_mq_open, mq_name, 3 | O_CREAT | O_EXCL, 0, 0), -EEXIST, "EEXIST comes before it");
	close(fd);
	sc(SYS_mq_unlink, mq_name);
	sc(SYS_umask, old);
}

int main(void)
{
	if (users_skip())
		return 0;
	mq_unique("users");
	matrix();
	unlinking();
	eq(wait_for(child_as(by_fs_ids, 0)), EXITED(0), "a queue is its maker's file-system ids'");
	masked();
	kept();
	return tap_done();
}
