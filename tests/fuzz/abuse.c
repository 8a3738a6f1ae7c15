/*
 * abuse - takes all there is: abuse bomb (processes), hog (memory), flood (pipes, queues, descriptors), or all of them
 * at once. Each ends with errnos, or by the kernel's hand where a page has no frame; then everything is given back.
 *
 *      abuse: flood: EMFILE ENOMEM, ended
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int told; /* a pipe: the errnos that were met, a byte each */

static void met(int error)
{
	unsigned char byte = (unsigned char)error;

	if (write(told, &byte, 1) != 1 && errno != EAGAIN)
		_exit(1);
}

/* Never ends: where one is refused or has no memory, another's end makes room. */
static void bomb(void)
{
	for (;;)
		if (fork() < 0)
			met(errno);
}

static void hog(void)
{
	const size_t piece = 1 << 20;
	char *p;

	while ((p = mmap(NULL, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) != MAP_FAILED)
		memset(p, 1, piece);
	met(errno);
}

static int fill(int fd)
{
	static char bytes[65536];

	while (write(fd, bytes, sizeof bytes) > 0)
		;
	return errno;
}

static int fill_queue(int n)
{
	struct mq_attr attr = {.mq_maxmsg = 10, .mq_msgsize = 8192};
	static char bytes[8192];
	char name[24];
	mqd_t queue;

	snprintf(name, sizeof name, "/abuse%d", n);
	queue = mq_open(name, O_CREAT | O_RDWR | O_NONBLOCK, 0600, &attr);
	if (queue < 0)
		return errno;
	while (mq_send(queue, bytes, sizeof bytes, 0) == 0)
		;
	return errno == EAGAIN ? 0 : errno;
}

static void flood(void)
{
	int ends[2], error = 0;

	setrlimit(RLIMIT_NOFILE, &(struct rlimit){4096, 4096});
	for (int n = 0; !error; n++)
		error = fill_queue(n);
	met(error);
	while (pipe2(ends, O_NONBLOCK) == 0)
		error = fill(ends[1]);
	met(error);
	met(errno);
	while (dup(0) >= 0)
		;
	met(errno);
}

static void give_back(void)
{
	char name[24];

	for (int n = 0; n < 300; n++) {
		snprintf(name, sizeof name, "/abuse%d", n);
		mq_unlink(name);
	}
}

static const struct {
	const char *name;
	void (*run)(void);
} kinds[] = {{"bomb", bomb}, {"hog", hog}, {"flood", flood}};

static pid_t start(int kind)
{
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		kinds[kind].run();
		_exit(0);
	}
	if (pid > 0)
		setpgid(pid, pid);
	return pid;
}

/* For as long as it takes, but for the bomb, which is given some seconds. All of its group go with it. */
static int finish(pid_t pid, int patient)
{
	static const struct timespec pause = {0, 100000000};
	int status = 0;

	for (int i = 0; waitpid(pid, &status, WNOHANG) == 0; i++) {
		if (!patient && i >= 30)
			kill(-pid, SIGKILL);
		nanosleep(&pause, NULL);
	}
	kill(-pid, SIGKILL);
	return WIFSIGNALED(status);
}

static const char *error_name(int error)
{
	switch (error) {
	case EAGAIN: return "EAGAIN";
	case ENOMEM: return "ENOMEM";
	case EMFILE: return "EMFILE";
	case ENOSPC: return "ENOSPC";
	default: return strerror(error);
	}
}

/* The errnos in the pipe, each once. */
static void report(const char *name, int in, int killed)
{
	unsigned char byte, seen[256] = {0};

	printf("abuse: %s:", name);
	while (read(in, &byte, 1) == 1)
		if (!seen[byte]++)
			printf(" %s", error_name(byte));
	printf("%s, ended\n", killed ? " SIGKILL" : "");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int ends[2], killed = 0;
	pid_t pids[3] = {0};

	if (argc != 2 || pipe2(ends, O_NONBLOCK | O_CLOEXEC))
		return 2;
	told = ends[1];
	for (int i = 0; i < 3; i++)
		if (!strcmp(argv[1], kinds[i].name) || !strcmp(argv[1], "all"))
			pids[i] = start(i);
	for (int i = 0; i < 3; i++)
		if (pids[i] > 0)
			killed |= finish(pids[i], kinds[i].run != bomb);
	give_back();
	report(argv[1], ends[0], killed);
	return 0;
}
