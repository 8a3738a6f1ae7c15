/*
 * attack_cow - against the wall "cow": fork write-protects what both processes then share.
 *
 * A page is touched before the forks, so that all three processes have its frame. The victim draws its secret
 * into that page; the attacker reads its own page at the same address. Where the wall stands the victim's
 * write gave it a copy of its own.
 */
#include "attack.h"

#include <sys/mman.h>

static void attacker(const volatile unsigned char *page, int go, int loot)
{
	unsigned char bytes[SECRET];
	int changed = 0;

	await(go); /* until the victim has ended */
	for (int i = 0; i < SECRET; i++) {
		bytes[i] = page[i];
		changed |= bytes[i] != 'x';
	}
	_exit(changed && write(loot, bytes, SECRET) != SECRET);
}

int main(void)
{
	int loot[2], go[2], victim_pid, attacker_pid;
	unsigned char *page = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	make_pipe(loot);
	make_pipe(go);
	memset(page, 'x', PAGE);
	victim_pid = fork();
	if (victim_pid == 0) {
		victim_draw(page);
		_exit(0);
	}
	attacker_pid = fork();
	if (attacker_pid == 0) {
		close(2);
		close(go[1]);
		attacker(page, go[0], loot[1]);
	}
	wait_for(victim_pid);
	close(go[1]);
	close(loot[1]);
	wait_for(attacker_pid);
	return report_loot(loot[0]);
}
