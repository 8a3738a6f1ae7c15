/*
 * reboot.c - starts the machine again at once; nothing needs saving.
 * On Bulkhead only: it must not end the host of somebody who tries it there.
 */
#include <err.h>
#include <sys/reboot.h>

#include "user/lib/bh.h"

int main(void)
{
	bh_require();
	reboot(RB_AUTOBOOT);
	err(1, NULL);
}
