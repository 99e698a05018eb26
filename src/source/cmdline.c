/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/cmdline.h"

#include <ctype.h>

#include "base/strbuf.h"

/* CONFIG_CONSOLE_LOGLEVEL_QUIET is 4 unless a distribution says otherwise; debug is 10. */
#define LOGLEVEL_QUIET 4
#define LOGLEVEL_DEBUG 10

/* LOG_BUF_LEN_MAX of kernel/printk/printk.c: INT_MAX, rounded down to a power of two. */
#define LOG_BUF_MAX (UINT64_C(1) << 30)

static bool blank(char c)
{
	return isspace((unsigned char)c);
}

/* The length of the word at the front, and the place of its first '=' (0: none). */
static size_t measure(struct text in, size_t *ret_equals)
{
	bool quoted = false;
	size_t i;

	*ret_equals = 0;
	for (i = 0; i < in.n && (quoted || !blank(in.p[i])); i++) {
		if (in.p[i] == '=' && !*ret_equals)
			*ret_equals = i;
		if (in.p[i] == '"')
			quoted = !quoted;
	}
	return i;
}

static void drop_last_quote(struct text *t)
{
	if (t->n && t->p[t->n - 1] == '"')
		t->n--;
}

bool cmdline_next(struct text *rest, struct cmdline_word *ret)
{
	struct cmdline_word w = { 0 };
	struct text word;
	size_t equals;

	while (rest->n && blank(rest->p[0]))
		*rest = text_of(rest->p + 1, rest->n - 1);
	if (!rest->n)
		return false;
	word = text_of(rest->p, measure(*rest, &equals));
	*rest = text_of(rest->p + word.n, rest->n - word.n);
	if (text_is(word, "--"))
		return false;
	if (word.p[0] == '"') {
		word = text_of(word.p + 1, word.n - 1);
		equals -= equals ? 1 : 0;
		drop_last_quote(&word);
	}
	w.has_value = equals > 0 && equals < word.n;
	w.name = text_of(word.p, w.has_value ? equals : word.n);
	if (w.has_value) {
		w.value = text_of(word.p + equals + 1, word.n - equals - 1);
		if (text_skip_prefix(&w.value, "\""))
			drop_last_quote(&w.value);
	}
	*ret = w;
	return true;
}

/* '-' and '_' are the same in a parameter's name (parameqn of kernel/params.c). */
static bool name_is(struct text name, const char *parameter)
{
	size_t i;

	for (i = 0; i < name.n && parameter[i]; i++)
		if ((name.p[i] == '-' ? '_' : name.p[i]) != parameter[i])
			return false;
	return i == name.n && !parameter[i];
}

/* "ttyS1" of "ttyS1", "1" (console_setup adds ttyS) and "ttyS" (index 0). False: no such name. */
static bool console_name(struct text in, char name[CONSOLE_NAME_SIZE])
{
	struct strbuf s = { .buf = name, .size = CONSOLE_NAME_SIZE };
	size_t letters = 0, digits = 0;

	strbuf_clear(&s);
	while (letters < in.n && !isdigit((unsigned char)in.p[letters]))
		letters++;
	while (letters + digits < in.n && isdigit((unsigned char)in.p[letters + digits]))
		digits++;
	if (!in.n || digits > 4 || memchr(in.p, ':', in.n) || memchr(in.p, '\0', in.n))
		return false;
	strbuf_puts(&s, letters ? "" : "ttyS");
	strbuf_add(&s, in.p, letters + digits);
	if (!digits)
		strbuf_putc(&s, '0');
	return !s.full;
}

static struct cmdline_console *find_console(struct cmdline *c, const char *name)
{
	for (uint32_t i = 0; i < c->count; i++)
		if (strcmp(c->console[i].name, name) == 0)
			return &c->console[i];
	return NULL;
}

static struct text driver_of(const char *name)
{
	return text_of(name, strcspn(name, "0123456789"));
}

/*
 * A driver has one struct console, and try_enable_preferred_console gives it the first word that
 * fits it (kernel/printk/printk.c; "one console per device type", serial-console.rst).
 */
static bool is_driver_taken(const struct cmdline *c, const struct cmdline_console *one)
{
	struct text driver = driver_of(one->name);

	for (uint32_t i = 0; i < c->count && !one->boot; i++) {
		struct text other = driver_of(c->console[i].name);

		if (!c->console[i].boot && other.n == driver.n &&
		    memcmp(other.p, driver.p, driver.n) == 0)
			return true;
	}
	return false;
}

/*
 * The same console again keeps its first options and becomes the preferred one
 * (__add_preferred_console): it moves to the end of the list.
 */
static void add_console(struct cmdline *c, struct text name, struct text options, bool boot,
			bool braille)
{
	struct cmdline_console one = { .boot = boot, .braille = braille }, *old;

	if (!console_name(name, one.name)) {
		c->dropped++;
		return;
	}
	one.options_cut = text_copy(options, one.options, sizeof(one.options)) < 0;
	one.driver_taken = is_driver_taken(c, &one);
	old = find_console(c, one.name);
	if (old) {
		one = *old;
		memmove(old, old + 1, (size_t)(&c->console[c->count] - (old + 1)) * sizeof(*old));
		c->console[c->count - 1] = one;
		c->console[c->count - 1].boot &= boot;
	} else if (c->count == ARRAY_SIZE(c->console)) {
		c->dropped++;
	} else {
		c->console[c->count++] = one;
	}
}

/* console=uart8250,io,0x3f8,115200n8: the address names the port (univ8250_console_match). */
static bool uart_address(struct text in, struct text *ret_name, struct text *ret_options)
{
	static const struct {
		const char *address, *name;
	} legacy[] = { { "0x3f8", "ttyS0" },
		       { "0x2f8", "ttyS1" },
		       { "0x3e8", "ttyS2" },
		       { "0x2e8", "ttyS3" } };
	struct text how, address;

	if (!text_skip_prefix(&in, "uart8250,") && !text_skip_prefix(&in, "uart,"))
		return false;
	if (!text_next_field(&in, ',', &how) || !text_next_field(&in, ',', &address))
		return false;
	*ret_name = TEXT("uart8250");
	*ret_options = in;
	for (size_t i = 0; text_is(how, "io") && i < ARRAY_SIZE(legacy); i++)
		if (text_is(address, legacy[i].address))
			*ret_name = text_string(legacy[i].name);
	return true;
}

static void read_console(struct cmdline *c, struct text value)
{
	struct text name, options = value, skipped;
	bool braille = false;

	if (!value.n || text_is(value, "null")) {
		c->no_console = true;
		return;
	}
	if (text_skip_prefix(&options, "brl,")) {
		braille = true;
	} else if (text_skip_prefix(&options, "brl=")) {
		braille = true;
		(void)text_next_field(&options, ',', &skipped);
	} else if (uart_address(value, &name, &options)) {
		add_console(c, name, options, false, false);
		return;
	}
	if (text_next_field(&options, ',', &name))
		add_console(c, name, options, false, braille);
}

static void skip_field(struct text *rest)
{
	struct text skipped;

	(void)text_next_field(rest, ',', &skipped);
}

static bool has_keep(struct text value)
{
	return value.n && memmem(value.p, value.n, "keep", 4);
}

/* The console of one kind of earlyprintk, and where its speed stands. False: none of ours. */
static bool early_device(struct text word, struct text *rest, const char **ret_name)
{
	static const struct {
		const char *word, *name;
	} rows[] = {
		{ "vga", "earlyvga0" },	 { "efi", "earlyefi0" },   { "xen", "xenboot0" },
		{ "dbgp", "earlydbg0" }, { "xdbc", "earlyxdbc0" },
	};

	*ret_name = "earlyser0";
	if (text_is(word, "serial") || text_is(word, "mmio32") || text_is(word, "mmio")) {
		skip_field(rest); /* the port */
		return true;
	}
	if (text_is(word, "pciserial")) {
		(void)text_skip_prefix(rest, "force,");
		skip_field(rest); /* bus:device.function */
		return true;
	}
	if (text_skip_prefix(&word, "ttyS"))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (text_skip_prefix(&word, rows[i].word)) {
			*ret_name = rows[i].name;
			return true;
		}
	return false;
}

/*
 * earlyprintk=serial[,PORT[,BAUD]], ttySn[,BAUD], pciserial,B:D.F[,BAUD], vga, xen, dbgpN, xdbc and
 * others (setup_early_printk, arch/x86/kernel/early_printk.c); the word alone names none. Without
 * "keep" the console is gone once a real one comes.
 */
static void read_earlyprintk(struct cmdline *c, struct text value)
{
	const bool keep = c->keep_bootcon || has_keep(value);
	struct text word;

	while (keep && text_next_field(&value, ',', &word)) {
		struct text baud = TEXT(""), after;
		const char *name;

		if (!early_device(word, &value, &name))
			continue;
		after = value;
		if (text_next_field(&after, ',', &baud) &&
		    !(baud.n && isdigit((unsigned char)baud.p[0])) && !text_is(baud, "nocfg"))
			baud = TEXT("");
		add_console(c, text_string(name), baud, true, false);
	}
}

/* earlycon=uart8250,io,0x3f8,115200n8. Only keep_bootcon makes one stay. */
static void read_earlycon(struct cmdline *c, struct text value)
{
	struct text name = TEXT("earlycon0"), word, last = TEXT("");

	if (!c->keep_bootcon)
		return;
	(void)text_next_field(&value, ',', &name);
	while (text_next_field(&value, ',', &word))
		last = word;
	/* The last part may also be the address. */
	if (!last.n || !isdigit((unsigned char)last.p[0]) || (last.n > 1 && last.p[1] == 'x'))
		last = TEXT("");
	add_console(c, name, last, true, false);
}

static void set_loglevel(struct cmdline *c, uint64_t level)
{
	c->loglevel_quiet = level == LOGLEVEL_QUIET;
	c->loglevel = opt_u64_of(level);
}

static void read_loglevel(struct cmdline *c, struct text value)
{
	uint64_t level;

	c->loglevel_quiet = false;
	c->loglevel = text_u64(value, &level) < 0 ? opt_u64_none(UNREADABLE) : opt_u64_of(level);
}

/* memparse: a number with K, M or G. */
static void read_log_buf_len(struct cmdline *c, struct text value)
{
	uint64_t bytes, size = 1;

	if (text_bytes(value, &bytes) < 0 || !bytes || bytes > LOG_BUF_MAX)
		return;
	while (size < bytes)
		size <<= 1;
	c->log_buf_bytes = opt_u64_of(size);
}

static bool is_true(struct cmdline_word w)
{
	return !w.has_value || text_is(w.value, "1") || text_is(w.value, "y") ||
	       text_is(w.value, "Y") || text_is(w.value, "on");
}

static void read_word(struct cmdline *c, struct cmdline_word w)
{
	if (name_is(w.name, "loglevel") && w.has_value)
		read_loglevel(c, w.value);
	else if (name_is(w.name, "quiet"))
		set_loglevel(c, LOGLEVEL_QUIET);
	else if (name_is(w.name, "debug"))
		set_loglevel(c, LOGLEVEL_DEBUG);
	else if (name_is(w.name, "ignore_loglevel"))
		c->ignore_loglevel = true;
	else if (name_is(w.name, "printk.ignore_loglevel"))
		c->ignore_loglevel = is_true(w);
	else if (name_is(w.name, "keep_bootcon"))
		c->keep_bootcon = true;
	else if (name_is(w.name, "log_buf_len") && w.has_value)
		read_log_buf_len(c, w.value);
}

void cmdline_parse(const char *buf, size_t len, struct cmdline *ret)
{
	struct cmdline c = { 0 };
	struct text rest = text_of(buf, len);
	struct cmdline_word w;

	while (cmdline_next(&rest, &w))
		read_word(&c, w);
	/* A second time, because keep_bootcon may stand after what it keeps. */
	rest = text_of(buf, len);
	while (cmdline_next(&rest, &w)) {
		if (name_is(w.name, "console") && w.has_value)
			read_console(&c, w.value);
		else if (name_is(w.name, "earlyprintk"))
			read_earlyprintk(&c, w.value);
		else if (name_is(w.name, "earlycon"))
			read_earlycon(&c, w.value);
	}
	*ret = c;
}
