/* pipes.c - bytes through pipes: within one process, there and back between two, and in bulk. */
#include "measure.h"

static long make_pipe(int fd[2])
{
	return sc2(SYS_pipe2, fd, 0);
}

/* Two pipes that parent and child share. The child's pid, 0 in the child; negative after saying why there is none. */
static long fork_with_pipes(const char *name, int a[2], int b[2])
{
	long r;

	if ((r = make_pipe(a)) < 0 || (r = make_pipe(b)) < 0)
		skipped(name, "pipe2", r);
	else if ((r = xfork()) < 0)
		skipped(name, "fork", r);
	return r;
}

/* One byte written and read back by one process: no switch. */
static void pipe_self(void)
{
	const char *name = "pipe_self_1B";
	int p[2];
	long r;

	if (!wanted(name))
		return;
	if ((r = make_pipe(p)) < 0) {
		skipped(name, "pipe2", r);
		return;
	}
	LOOP_TEST(name, 10000, { xwrite(p[1], buf, 1); xread(p[0], buf, 1); });
	sc1(SYS_close, p[0]);
	sc1(SYS_close, p[1]);
}

static _Noreturn void echo(int from, int to, size_t size)
{
	partner_begins();
	while (read_full(from, buf, size))
		xwrite(to, buf, size);
	xexit(0);
}

/* A round trip: parent, child, parent; `size` bytes each way. */
void pipe_round_trip(const char *name, size_t size, u64 iters)
{
	int a[2], b[2];
	long pid;

	if (!wanted(name))
		return;
	if ((pid = fork_with_pipes(name, a, b)) < 0)
		return;
	if (pid == 0) {
		sc1(SYS_close, a[1]);
		sc1(SYS_close, b[0]);
		echo(a[0], b[1], size);
	}
	sc1(SYS_close, a[0]);
	sc1(SYS_close, b[1]);
	LOOP_TEST(name, iters, {
		xwrite(a[1], buf, size);
		read_full(b[0], buf, size);
	});
	sc1(SYS_close, a[1]);
	xwait((int)pid);
	sc1(SYS_close, b[0]);
}

static int write_full(int fd, size_t n)
{
	for (size_t done = 0; done < n;) {
		long r = xwrite(fd, buf + done, n - done);

		if (r <= 0)
			return 0;
		done += (size_t)r;
	}
	return 1;
}

static _Noreturn void pour(int go, int to, size_t chunk, u64 chunks)
{
	char c;

	while (xread(go, &c, 1) == 1)
		for (u64 i = 0; i < chunks; i++)
			if (!write_full(to, chunk))
				xexit(1);
	xexit(0);
}

/* 64 MiB: the child writes `chunk` bytes at a time, the parent reads up to 64 KiB. An operation is one chunk. */
static void pipe_bandwidth(const char *name, size_t chunk)
{
	u64 chunks = scale((64ull << 20) / BATCHES / chunk);
	struct acc acc = {0};
	int p[2], go[2];
	long r, pid;
	char c = 0;

	if (!wanted(name))
		return;
	if ((pid = fork_with_pipes(name, p, go)) < 0)
		return;
	if (pid == 0) {
		sc1(SYS_close, go[1]);
		pour(go[0], p[1], chunk, chunks);
	}
	sc1(SYS_close, go[0]);
	sc1(SYS_close, p[1]);
	for (int b = 0; b <= BATCHES; b++) {
		struct acc w = {0}, *q = b ? &acc : &w;
		u64 left = chunks * chunk;

		begin(q);
		xwrite(go[1], &c, 1);
		while (left && (r = xread(p[0], buf2, sizeof buf2)) > 0)
			left -= (u64)r;
		end(q);
	}
	sc1(SYS_close, go[1]);
	xwait((int)pid);
	sc1(SYS_close, p[0]);
	report(name, &acc, chunks);
}

void bench_pipes(void)
{
	pipe_self();
	pipe_round_trip("pipe_pp_1B", 1, 5000);
	pipe_round_trip("pipe_pp_512B", 512, 5000);
	pipe_round_trip("pipe_pp_4K", 4096, 2000);
	pipe_bandwidth("pipe_bw_4K", 4096);
	pipe_bandwidth("pipe_bw_64K", 65536);
}
