/*
 * audit.c - the isolation audit: the kernel looks through all page tables while nobody else runs, and says of each
 * rule how often it was held against something, and how often it was broken. Exit status 1: one was.
 */
#include <err.h>
#include <stdio.h>

#include "user/lib/bh.h"
#include "user/lib/io.h"

int main(void)
{
	struct bh_rule *rule;
	size_t count;
	int broken = 0;

	bh_require();
	rule = bh_info_all(BH_INFO_AUDIT, 0, sizeof *rule, &count);
	if (!rule)
		err(2, "cannot ask");
	printf("%-16s %12s %12s\n", "RULE", "CHECKED", "BROKEN");
	for (size_t i = 0; i < count; i++) {
		printf("%-16.*s %12llu %12llu\n", (int)sizeof rule[i].name, rule[i].name,
		       (unsigned long long)rule[i].checked, (unsigned long long)rule[i].broken);
		broken |= rule[i].broken != 0;
	}
	finish(broken);
}
