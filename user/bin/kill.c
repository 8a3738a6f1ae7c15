/* kill.c - the kill utility; user/lib/killcmd.h says what it takes. */
#include "user/lib/io.h"
#include "user/lib/killcmd.h"

int main(int argc, char **argv)
{
	(void)argc;
	finish(kill_command("kill", argv, 0));
}
