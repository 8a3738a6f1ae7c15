/*
 * test.c - test EXPRESSION, [ EXPRESSION ]: the forms that POSIX (XCU test) defines by the number of
 * operands, up to four. Status 0 true, 1 false, 2 for what is not an expression.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/lib/number.h"
#include "user/shell/builtin.h"
#include "user/shell/shell.h"

enum { TRUE, FALSE, WRONG };

static int truth(bool value)
{
	return value ? TRUE : FALSE;
}

static int test_not(int status)
{
	return status == WRONG ? WRONG : !status;
}

static int test_unary(const char *operator, const char *operand)
{
	bool letter = operator[0] == '-' && operator[1] && !operator[2];
	struct stat file;
	long fd;

	switch (letter ? operator[1] : 0) {
	case 'n':
		return truth(*operand);
	case 'z':
		return truth(!*operand);
	case 't':
		return truth(number_parse(operand, &fd) && isatty((int)fd));
	case 'e':
		return truth(stat(operand, &file) == 0);
	case 'f':
		return truth(stat(operand, &file) == 0 && S_ISREG(file.st_mode));
	case 'd':
		return truth(stat(operand, &file) == 0 && S_ISDIR(file.st_mode));
	case 's':
		return truth(stat(operand, &file) == 0 && file.st_size > 0);
	case 'x':
		return truth(stat(operand, &file) == 0 && (file.st_mode & 0111));
	default:
		shell_warn("test: %s: unknown operator", operator);
		return WRONG;
	}
}

static int test_binary(const char *left, const char *operator, const char *right)
{
	static const char *const operators[] = {"-eq", "-ne", "-lt", "-le", "-gt", "-ge"};
	long a, b;
	int i = 0;

	if (strcmp(operator, "=") == 0)
		return truth(strcmp(left, right) == 0);
	if (strcmp(operator, "!=") == 0)
		return truth(strcmp(left, right) != 0);
	while (i < 6 && strcmp(operator, operators[i]) != 0)
		i++;
	if (i == 6) {
		shell_warn("test: %s: unknown operator", operator);
		return WRONG;
	}
	if (!number_parse(left, &a) || !number_parse(right, &b)) {
		shell_warn("test: %s %s %s: not numbers", left, operator, right);
		return WRONG;
	}
	return truth((const bool[]){a == b, a != b, a < b, a <= b, a > b, a >= b}[i]);
}

static int test_expression(int count, char **operand)
{
	bool negated = count > 0 && strcmp(operand[0], "!") == 0;

	switch (count) {
	case 0:
		return FALSE;
	case 1:
		return truth(*operand[0]);
	case 2:
		return negated ? truth(!*operand[1]) : test_unary(operand[0], operand[1]);
	case 3:
		if (negated && strcmp(operand[1], "=") != 0 && strcmp(operand[1], "!=") != 0)
			return test_not(test_expression(2, operand + 1));
		return test_binary(operand[0], operand[1], operand[2]);
	case 4:
		if (negated)
			return test_not(test_expression(3, operand + 1));
	}
	shell_warn("test: too many operands");
	return WRONG;
}

int builtin_test(int argc, char **argv)
{
	if (strcmp(argv[0], "[") == 0 && strcmp(argv[--argc], "]") != 0) {
		shell_warn("[: ] is missing");
		return WRONG;
	}
	return test_expression(argc - 1, argv + 1);
}
