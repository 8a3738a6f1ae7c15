/* t_reboot - reboot(2) without its magic numbers is refused, which is all that a test can try. */
#include "tap.h"

#define MAGIC1 0xfee1dead
#define MAGIC2 672274793

/* Without the privilege Linux says EPERM before it looks at the numbers. */
static void refused(long result, const char *name)
{
	ok(result == -EINVAL || result == -EPERM, "EINVAL: %s", name);
}

int main(void)
{
	refused(sc(SYS_reboot, 0, 0, 0, 0), "no magic at all");
	refused(sc(SYS_reboot, MAGIC1, 0, 0x4321fedc, 0), "the second magic is missing");
	refused(sc(SYS_reboot, 0, MAGIC2, 0x4321fedc, 0), "the first magic is missing");
	refused(sc(SYS_reboot, MAGIC1, MAGIC2, 0x7777, 0), "an unknown command");
	return tap_done();
}
