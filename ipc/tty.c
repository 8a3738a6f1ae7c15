/*
 * tty.c - the line discipline: what becomes of each byte typed and written. See tty.h; POSIX XBD chapter 11.
 *
 * It touches nothing but its struct tty and `put`, so tests drive it with bytes.
 *
 * D1  head <= canon <= edit <= head + TTY_BUFFER, as counts. Outside canonical mode canon == edit.
 * D2  A mark is set only on bytes of [head, canon).
 */
#include "ipc/tty.h"

#include "kernel/lib/string.h"
#include "sched/signal.h"

#define CTRL(c) ((c) & 0x1f)
#define DEL     0x7f

const struct termios_abi termios_default = {
	.iflag = ICRNL,
	.oflag = OPOST | ONLCR,
	.cflag = 0010002 | 0000060 | 0000200 | 0002000, /* B115200 CS8 CREAD HUPCL */
	.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
	.cc = {CTRL('C'), CTRL('\\'), DEL, CTRL('U'), CTRL('D'), 0, 1, 0, CTRL('Q'), CTRL('S'), CTRL('Z'), 0,
	       CTRL('R'), CTRL('O'), CTRL('W'), CTRL('V'), 0},
};

const struct winsize_abi winsize_default = {.rows = 24, .columns = 80};

void tty_init(struct tty *t, void (*put)(const void *bytes, size_t n))
{
	memset(t, 0, sizeof(*t));
	lock_init(&t->lock, RANK_TTY, "tty");
	t->termios = termios_default;
	t->size = winsize_default;
	waitq_init(&t->readers);
	waitq_init(&t->room);
	t->put = put;
}

static u8 *byte_at(struct tty *t, u32 position)
{
	return &t->buffer[position % TTY_BUFFER];
}

static bool marked(const struct tty *t, u32 position)
{
	return t->marks[position % TTY_BUFFER / 64] >> position % 64 & 1;
}

static void mark_set(struct tty *t, u32 position, bool on)
{
	u64 *word = &t->marks[position % TTY_BUFFER / 64];

	*word = on ? *word | BIT(position % 64) : *word & ~BIT(position % 64);
}

/* ---- output */

static void out_flush(struct tty *t)
{
	if (t->out_count)
		t->put(t->out, t->out_count);
	t->out_count = 0;
}

static void out_byte(struct tty *t, u8 c)
{
	if (t->out_count == sizeof(t->out))
		out_flush(t);
	t->out[t->out_count++] = c;
}

static void out_processed(struct tty *t, u8 c)
{
	if (c == '\n' && (t->termios.oflag & OPOST) && (t->termios.oflag & ONLCR))
		out_byte(t, '\r');
	out_byte(t, c);
}

void tty_output(struct tty *t, const u8 *bytes, size_t n)
{
	while (n--)
		out_processed(t, *bytes++);
	out_flush(t);
}

/* ---- echo and editing */

static bool shown_as_caret(const struct tty *t, u8 c)
{
	return (t->termios.lflag & ECHOCTL) && (c < ' ' || c == DEL) && c != '\n' && c != '\t';
}

static void echo(struct tty *t, u8 c)
{
	u32 flags = t->termios.lflag;

	if (!(flags & ECHO) && !(c == '\n' && (flags & ECHONL) && (flags & ICANON)))
		return;
	if (shown_as_caret(t, c)) {
		out_processed(t, '^');
		c ^= 0x40;
	}
	out_processed(t, c);
}

static bool continues_character(const struct tty *t, u8 c)
{
	return (t->termios.iflag & IUTF8) && (c & 0xc0) == 0x80;
}

/* Forgets what was typed from `to` on, and wipes it off the screen if `echo_flag` is set, too. */
static void erase_to(struct tty *t, u32 to, u32 echo_flag)
{
	bool wipe = (t->termios.lflag & ECHO) && (t->termios.lflag & echo_flag);

	while (t->edit != to) {
		u8 c = *byte_at(t, --t->edit);
		u32 cells = shown_as_caret(t, c) ? 2 : continues_character(t, c) ? 0 : 1;

		while (wipe && cells--)
			for (const char *s = "\b \b"; *s; s++)
				out_byte(t, (u8)*s);
	}
}

static u32 before_last_character(struct tty *t)
{
	u32 to = t->edit;

	while (to != t->canon && continues_character(t, *byte_at(t, to - 1)))
		to--;
	return to != t->canon ? to - 1 : to;
}

static bool is_word_byte(u8 c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || c >= 0x80;
}

static u32 before_last_word(struct tty *t)
{
	u32 to = t->edit;

	while (to != t->canon && !is_word_byte(*byte_at(t, to - 1)))
		to--;
	while (to != t->canon && is_word_byte(*byte_at(t, to - 1)))
		to--;
	return to;
}

/* ---- input */

static bool is_key(const struct tty *t, u8 c, int which)
{
	return c && c == t->termios.cc[which];
}

/* Terminals disagree on what Backspace sends; where DEL erases, so does ^H. */
static bool is_erase(const struct tty *t, u8 c)
{
	return is_key(t, c, VERASE) || (c == '\b' && t->termios.cc[VERASE] == DEL);
}

static void append(struct tty *t, u8 c)
{
	*byte_at(t, t->edit) = c;
	mark_set(t, t->edit, false);
	t->edit++;
}

/* Ends the line: readers may have it. */
static void complete(struct tty *t, u8 c)
{
	if (t->edit - t->head == TTY_BUFFER)
		return;
	append(t, c);
	mark_set(t, t->edit - 1, true);
	t->canon = t->edit;
	waitq_wake_all(&t->readers);
}

static void input_canonical(struct tty *t, u8 c)
{
	bool extended = t->termios.lflag & IEXTEN;

	if (is_erase(t, c)) {
		erase_to(t, before_last_character(t), ECHOE);
	} else if (is_key(t, c, VKILL)) {
		erase_to(t, t->canon, ECHOKE);
	} else if (extended && is_key(t, c, VWERASE)) {
		erase_to(t, before_last_word(t), ECHOE);
	} else if (is_key(t, c, VEOF)) {
		complete(t, 0);
	} else if (c == '\n' || is_key(t, c, VEOL) || (extended && is_key(t, c, VEOL2))) {
		echo(t, c);
		complete(t, c);
	} else if (t->edit - t->head < TTY_BUFFER - 1) { /* the last place is the newline's */
		append(t, c);
		echo(t, c);
	}
}

static void input_raw(struct tty *t, u8 c)
{
	if (t->edit - t->head == TTY_BUFFER)
		return;
	append(t, c);
	t->canon = t->edit;
	echo(t, c);
	waitq_wake_all(&t->readers);
}

static int signal_of(const struct tty *t, u8 c)
{
	if (!(t->termios.lflag & ISIG))
		return 0;
	if (is_key(t, c, VINTR))
		return SIGINT;
	if (is_key(t, c, VQUIT))
		return SIGQUIT;
	return is_key(t, c, VSUSP) ? SIGTSTP : 0;
}

int tty_input(struct tty *t, u8 c)
{
	u32 flags = t->termios.iflag;
	int signal;

	if (c == '\r' && (flags & IGNCR))
		return 0;
	if (c == '\r' && (flags & ICRNL))
		c = '\n';
	else if (c == '\n' && (flags & INLCR))
		c = '\r';
	signal = signal_of(t, c);
	if (signal) {
		if (!(t->termios.lflag & NOFLSH))
			tty_flush_input(t);
		echo(t, c);
	} else if (t->termios.lflag & ICANON) {
		input_canonical(t, c);
	} else {
		input_raw(t, c);
	}
	out_flush(t);
	return signal;
}

/* A line that alone fills the buffer loses what is too much, or its newline could never come in. */
bool tty_is_full(const struct tty *t)
{
	bool complete_line = t->head != t->canon;

	return t->edit - t->head >= TTY_BUFFER - 1 && complete_line;
}

void tty_flush_input(struct tty *t)
{
	t->head = t->canon = t->edit;
	waitq_wake_all(&t->room);
}

/* ---- reading */

u32 tty_available(const struct tty *t)
{
	return t->canon - t->head; /* D1 */
}

size_t tty_take(struct tty *t, u8 *to, size_t n, bool *end)
{
	size_t got = 0;

	*end = false;
	while (t->head != t->canon && !*end) {
		bool mark = marked(t, t->head);
		u8 c = *byte_at(t, t->head);
		bool end_of_file = mark && c == 0;

		if (got == n && !end_of_file) /* an end that comes right behind is taken along */
			break;
		t->head++;
		if (!end_of_file)
			to[got++] = c;
		*end = mark;
	}
	waitq_wake_all(&t->room);
	return got;
}

/* Changing to canonical mode ends the line that is there, as Linux has it (D1, D2). */
void tty_set_termios(struct tty *t, const struct termios_abi *new)
{
	bool was = t->termios.lflag & ICANON, will = new->lflag & ICANON;

	t->termios = *new;
	if (was && !will) {
		t->canon = t->edit;
		memset(t->marks, 0, sizeof(t->marks));
	} else if (!was && will && t->canon != t->head) {
		mark_set(t, t->canon - 1, *byte_at(t, t->canon - 1) != 0);
	}
	waitq_wake_all(&t->readers);
}
