/*
 * tty.c - the line discipline: what becomes of each byte typed and written. See tty.h; POSIX XBD chapter 11.
 *
 * It touches nothing but its struct tty and `put`, so tests drive it with bytes.
 *
 * D1  head <= canon <= edit <= head + TTY_BUFFER, as counts. Outside canonical mode canon == edit.
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
	.lflag = TERMIOS_LFLAG,
	.cc = {[VINTR] = CTRL('C'), [VQUIT] = CTRL('\\'), [VERASE] = DEL, [VKILL] = CTRL('U'),
	       [VEOF] = CTRL('D'), [VMIN] = 1, [VSUSP] = CTRL('Z')},
};

const struct winsize_abi winsize_default = {.rows = 24, .columns = 80};

void tty_init(struct tty *t, void (*put)(const void *bytes, size_t n))
{
	memset(t, 0, sizeof(*t));
	lock_init(&t->lock, RANK_TTY, "tty");
	t->termios = termios_default;
	waitq_init(&t->readers);
	waitq_init(&t->room);
	t->put = put;
}

static u16 *byte_at(struct tty *t, u32 position)
{
	return &t->buffer[position % TTY_BUFFER];
}

/* ---- output */

static void put_processed(struct tty *t, u8 c)
{
	if (c == '\n' && (t->termios.oflag & OPOST) && (t->termios.oflag & ONLCR))
		t->put("\r", 1);
	t->put(&c, 1);
}

void tty_output(struct tty *t, const u8 *bytes, size_t n)
{
	while (n--)
		put_processed(t, *bytes++);
}

/* ---- echo and editing */

static bool shown_as_caret(u16 c)
{
	return (c < ' ' || c == DEL) && c != '\n' && c != '\t';
}

static void echo(struct tty *t, u8 c)
{
	if (!(t->termios.lflag & ECHO))
		return;
	if (shown_as_caret(c)) {
		put_processed(t, '^');
		c ^= 0x40;
	}
	put_processed(t, c);
}

/* Forgets what was typed from `to` on, and wipes it off the screen. */
static void erase_to(struct tty *t, u32 to)
{
	while (t->edit != to) {
		int cells = shown_as_caret(*byte_at(t, --t->edit)) ? 2 : 1;

		while ((t->termios.lflag & ECHO) && cells--)
			t->put("\b \b", 3);
	}
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

/* `complete`: readers may have it, and what is before it. What is too much is lost. */
static void append(struct tty *t, u16 c, bool complete)
{
	u32 room = complete ? TTY_BUFFER : TTY_BUFFER - 1; /* the last place is a line's end's */

	if (t->edit - t->head >= room)
		return;
	*byte_at(t, t->edit++) = c;
	if (c != END_OF_FILE)
		echo(t, (u8)c);
	if (complete) {
		t->canon = t->edit;
		waitq_wake_all(&t->readers);
	}
}

static void input_canonical(struct tty *t, u8 c)
{
	if (is_erase(t, c))
		erase_to(t, t->edit - (t->edit != t->canon));
	else if (is_key(t, c, VKILL))
		erase_to(t, t->canon);
	else if (is_key(t, c, VEOF))
		append(t, END_OF_FILE, true);
	else
		append(t, c, c == '\n');
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
	int signal = signal_of(t, c);

	if (c == '\r' && (t->termios.iflag & ICRNL))
		c = '\n';
	if (signal) {
		tty_flush_input(t);
		echo(t, c);
	} else if (t->termios.lflag & ICANON) {
		input_canonical(t, c);
	} else {
		append(t, c, true);
	}
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
		u16 c = *byte_at(t, t->head);

		if (got == n && c != END_OF_FILE) /* an end of file right behind is taken along */
			break;
		t->head++;
		if (c != END_OF_FILE)
			to[got++] = (u8)c;
		*end = c == END_OF_FILE || (c == '\n' && (t->termios.lflag & ICANON));
	}
	waitq_wake_all(&t->room);
	return got;
}

void tty_set_termios(struct tty *t, const struct termios_abi *new)
{
	t->termios = *new;
	if (!(new->lflag & ICANON))
		t->canon = t->edit; /* D1 */
	waitq_wake_all(&t->readers);
}
