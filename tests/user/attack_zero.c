/*
 * attack_zero - against the wall "zero": a frame is zeroed before ring 3 sees it.
 *
 * The victim writes its mark and its secret to the start of many pages and exits. The attacker maps fresh
 * memory, more and more, and looks at the start of each page for the mark. It writes to the end of a page
 * first, so that it gets a frame and not a share of some page of zeros.
 */
#include "attack.h"

#include <sys/mman.h>

#define VICTIM_PAGES   256
#define ATTACKER_PAGES 4096

static unsigned char *map_pages(int count)
{
	return mmap(0, count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void victim(void)
{
	struct marked m = {{SUM - KEY, SUM - 2 * KEY}, {0}};
	unsigned char *pages = map_pages(VICTIM_PAGES);

	victim_draw(m.secret);
	for (int i = 0; i < VICTIM_PAGES; i++)
		memcpy(pages + i * PAGE, &m, sizeof m);
	_exit(0);
}

static void attacker(int go, int loot)
{
	volatile unsigned char *pages = map_pages(ATTACKER_PAGES);

	await(go); /* until the victim has ended */
	for (int i = 0; i < ATTACKER_PAGES; i++) {
		const struct marked *m = (const struct marked *)(pages + i * PAGE);

		pages[i * PAGE + PAGE - 1] = 1;
		if (is_marked(m->mark[0], m->mark[1]))
			_exit(write(loot, m->secret, SECRET) != SECRET);
	}
	_exit(0);
}

int main(void)
{
	int loot[2], go[2], victim_pid, attacker_pid;

	make_pipe(loot);
	make_pipe(go);
	attacker_pid = fork(); /* first, so that its own tables are made before the victim frees its pages */
	if (attacker_pid == 0) {
		close(2);
		close(go[1]);
		attacker(go[0], loot[1]);
	}
	victim_pid = fork();
	if (victim_pid == 0)
		victim();
	wait_for(victim_pid);
	close(go[1]);
	close(loot[1]);
	wait_for(attacker_pid);
	return report_loot(loot[0]);
}
