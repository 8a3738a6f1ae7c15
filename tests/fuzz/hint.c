/*
 * hint.c - the rows, from kernel/abi/syscalls.def, and for some of them what makes the call succeed. A row that
 * is not here gets arguments by their kinds alone, which is enough for most.
 *
 * A hint has a word for each argument: alternatives apart by `|`, each a number, a range `A..B`, or a letter:
 *
 *   .  by its kind      n  NULL           P  a process        M  this process      S  a signal
 *   t  a short time     T  a near time    v  an iovec[]       a  an argv[]         z  zeros
 *   l  an rlimit        m  an mq_attr     B  near the break   L  some pages' size  W  a page of TARGET
 *   Q  a queue's name   X  a program      F  a file's path
 */
#include "fuzz.h"

struct row rows[ROWS_MAX] = {
#define SYSCALL(number, name, kinds) {number, #name, kinds, NULL, HOW_PLAIN},
#include "kernel/abi/syscalls.def"
#undef SYSCALL
};
int row_count;

static const struct {
	const char *name;
	char how;
	const char *hint;
} hints[] = {
	{"read", 0, "3|3|8|10|11 . ."},
	{"write", 0, "4|4|10|6|2 . 0..600|."},
	{"open", 0, "F 0|0x10000|0x80000|. ."},
	{"pread64", 0, "8|9 . . 0..9000"},
	{"pwrite64", 0, "8|9|10|11 . 0..600 0..9000"},
	{"lseek", 0, "8|9 . 0..2"},
	{"mmap", 0, "n|W L 0|1|3|5 0x22|0x32|0x22|2|1 -1|8 0|4096"},
	{"mprotect", 0, "W L 0|1|3|5"},
	{"munmap", 0, "W L"},
	{"brk", 0, "B"},
	{"rt_sigaction", HOW_CHILD, "S z|n|. .|n 8"},
	{"rt_sigprocmask", 0, "0..2 .|n .|n 8"},
	{"ioctl", 0, "0|2 0x5401|0x5413|0x5402|0x540f|0x5410|. ."},
	{"readv", 0, "3|8|10 v 0..4"},
	{"writev", 0, "4|10|2 v 0..4"},
	{"mremap", 0, "W L L 0|1|3 W"},
	{"madvise", 0, "W L 0..4|8..25"},
	{"mincore", 0, "W L W"},
	{"nanosleep", 0, "t n|."},
	{"clone", HOW_FORK, "17|0x1200011|0x4111|0x100011 0|. . . ."},
	{"fork", HOW_FORK, NULL},
	{"vfork", HOW_FORK, NULL},
	{"execve", HOW_EXEC, "X a|n a|n"},
	{"exit", HOW_END, NULL},
	{"exit_group", HOW_END, NULL},
	{"wait4", HOW_KID, "-1|-1|0|P .|n 0|1|3|9|0x40000000 n|."},
	{"waitid", HOW_KID, "0|2|1 P|. . 4|5|0x1000005|0xd n|."},
	{"kill", 0, "P 0|0|17|18|23|S"},
	{"tkill", 0, "P 0|0|17|23|S"},
	{"tgkill", 0, "M M 0|17|23"},
	{"fcntl", 0, "3|4|8|9|11 0..4|1030 0..70|0x800"},
	{"getcwd", 0, ". 2..600"},
	{"setuid", HOW_CHILD, "0|1000..1003|."},
	{"setgid", HOW_CHILD, "0|1000..1003|."},
	{"setreuid", HOW_CHILD, "-1|0|1000..1003 -1|0|1000..1003"},
	{"setregid", HOW_CHILD, "-1|0|1000..1003 -1|0|1000..1003"},
	{"setresuid", HOW_CHILD, "-1|0|1000..1003 -1|0|1000..1003 -1|0|1000..1003"},
	{"setresgid", HOW_CHILD, "-1|0|1000..1003 -1|0|1000..1003 -1|0|1000..1003"},
	{"setpgid", HOW_CHILD, "0|M|P 0|M|P"},
	{"setsid", HOW_CHILD, NULL},
	{"getgroups", 0, "0|32|. ."},
	{"setgroups", HOW_CHILD, "0..4|. ."},
	{"getpgid", 0, "0|P"},
	{"getpriority", 0, "0..2 0|M|P"},
	{"setpriority", HOW_CHILD, "0..2 0|M|P 0..19|."},
	{"sched_setparam", 0, "0|M|P z|."},
	{"sched_setscheduler", HOW_CHILD, "0|M|P 0|3|5|. z|."},
	{"sched_setaffinity", 0, "0|M|P 8|. ."},
	{"getsid", 0, "0|P"},
	{"arch_prctl", 0, "0x1001..0x1004 W"},
	{"setrlimit", HOW_CHILD, "0..15 l|z|."},
	{"prlimit64", HOW_CHILD, "0|P 0..15 n|n|l|. .|n"},
	{"reboot", 0, "0xfee1dead 672274793|85072278|369367448|537993216 0|0x89abcdef ."},
	{"getdents64", 0, "9 . 30..2000"},
	{"clock_nanosleep", 0, "0|1 0|1 t n|."},
	{"mq_open", 0, "Q 0x42|0x40|0xc2|2|0|0x842 0600|0666|0 n|m"},
	{"mq_unlink", 0, "Q"},
	{"mq_timedsend", 0, "7|7|12 . 0..64|. 0..9 n|T|T"},
	{"mq_timedreceive", 0, "7|7|12 . 8192|. .|n n|T|T"},
	{"mq_getsetattr", 0, "7|12 n|z .|n"},
	{"openat", 0, "-100|9 F 0|0x10000|. ."},
	{"newfstatat", 0, "-100|9|. F . 0|0x100|0x1000"},
	{"dup3", 0, ". . 0|0x80000"},
	{"pipe2", 0, ". 0|0x800|0x80000"},
	{"getrandom", 0, ". . 0..2"},
	{"bh_info", 0, "1..4|6|. P . 0..9000"},
	{"bh_report", HOW_FIRST, NULL},
	{"set_robust_list", 0, ". 24|."},
	{"access", 0, "F 0..7"},
	{"faccessat2", 0, "-100|9 F 0..7 0|0x100|0x200"},
	{"readlink", 0, "F . ."},
	{"poll", 0, "z|. 0..6 0..3"},
	{"ppoll", 0, "z|. 0..6 t n|z 8"},
	{"prctl", 0, "15|16 z|t . . ."},
	{"clock_settime", 0, "0 T"},
	{"pause", HOW_SIGNAL, NULL},
	{"rt_sigsuspend", HOW_SIGNAL, "z 8"},
	{"rt_sigreturn", HOW_SIGNAL, NULL},
};

void rows_init(void)
{
	while (row_count < ROWS_MAX && rows[row_count].name)
		row_count++;
	for (int r = 0; r < row_count; r++)
		for (size_t h = 0; h < COUNT(hints); h++)
			if (!strcmp(hints[h].name, rows[r].name)) {
				rows[r].hint = hints[h].hint;
				rows[r].how = hints[h].how;
			}
}
