/* t_ioctl_notty - terminal requests on what is no terminal, and isatty(). */
#include "tap.h"

#include <sys/ioctl.h>
#include <termios.h>

static const struct {
	unsigned long request;
	const char *name;
} requests[] = {
	{TCGETS, "TCGETS"},       {TIOCGWINSZ, "TIOCGWINSZ"},         {TIOCGPGRP, "TIOCGPGRP"},
	{TIOCSPGRP, "TIOCSPGRP"}, {0x12345678, "an unknown request"},
};

int main(void)
{
	char buffer[128] = {0};
	int fd[2], file = open("/proc/self/exe", O_RDONLY);

	if (pipe(fd))
		return 97;
	for (int i = 0; i < 5; i++) {
		eq(sc(SYS_ioctl, fd[0], requests[i].request, buffer), -ENOTTY, "ENOTTY: %s, pipe",
		   requests[i].name);
		eq(sc(SYS_ioctl, fd[1], requests[i].request, buffer), -ENOTTY, "ENOTTY: %s, its other end",
		   requests[i].name);
		eq(sc(SYS_ioctl, file, requests[i].request, buffer), -ENOTTY, "ENOTTY: %s, file",
		   requests[i].name);
		eq(sc(SYS_ioctl, fd[0], requests[i].request, BAD_POINTER), -ENOTTY,
		   "ENOTTY before EFAULT: %s", requests[i].name);
		eq(sc(SYS_ioctl, -1, requests[i].request, buffer), -EBADF, "EBADF: %s", requests[i].name);
	}
	ok(!isatty(fd[0]) && errno == ENOTTY, "isatty of a pipe");
	ok(!isatty(-1) && errno == EBADF, "isatty of -1");
	eq(tcgetpgrp(fd[0]), -1, "tcgetpgrp of a pipe");
	return tap_done();
}
