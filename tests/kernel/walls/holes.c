/*
 * holes.c - planted bugs, one for each wall of the second line: such a wall stops nobody from outside, and only shows
 * when the kernel is wrong. In the walls build alone, where the linker puts this in the place of sys_ioctl()
 * (Makefile: --wrap); the boot word `hole=NAME` opens one of them.
 *
 * Both are what drivers have really done with an argument of ioctl(2).
 */
#include "boot/handoff.h"
#include "kernel/lib/string.h"
#include "kernel/syscall.h"

#define HOLE_REQUEST 0x486f /* tests/user/hole.h */

i64 __real_sys_ioctl(struct thread *self, struct trapframe *f);
i64 __wrap_sys_ioctl(struct thread *self, struct trapframe *f);

/* "smep": ring 3 names a function to call back, and it is called here. */
static u32 call_back(u64 function, u64 argument)
{
	return ((u32 (*)(u64))function)(argument);
}

/* "smap": the object that the argument points to is taken for one of the kernel's own, with pointers that hold. */
static u32 read_counter(u64 object)
{
	const u32 *volatile *counter = (const u32 *volatile *)object;

	return **counter;
}

static bool is_open(const char *name)
{
	char value[16];

	return word_find(boot_handoff->cmdline, "hole", value, sizeof value) && !strcmp(value, name);
}

i64 __wrap_sys_ioctl(struct thread *self, struct trapframe *f)
{
	if (arg(f, 1) == HOLE_REQUEST && is_open("smep"))
		return call_back(arg(f, 2), arg(f, 3));
	if (arg(f, 1) == HOLE_REQUEST && is_open("smap"))
		return read_counter(arg(f, 2));
	return __real_sys_ioctl(self, f);
}
