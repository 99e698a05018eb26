/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * printk and its consumers: the ring buffer, the log daemons, the consoles. Plain data; what was
 * not found or could not be read stays unknown, and says why.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/opt.h"

#define CONSOLES_MAX 16
#define CONSOLE_NAME_SIZE 24
#define CONSOLE_WHY_SIZE 96

/* What is behind a console: decides whether bytes x 10 / baud is its speed. */
enum console_kind {
	CONSOLE_UNKNOWN = 0, /* a driver that bulkhead does not know */
	CONSOLE_UART,	     /* ttyS, ttyAMA, ttymxc, ...: a serial line of so many bits a second */
	CONSOLE_VT,	     /* tty0: video; the driver's scrolling is the cost, not a baud rate */
	CONSOLE_VIRTUAL,     /* hvc, xvc, sclp, virtio: a hypervisor's channel, no baud rate */
	CONSOLE_NET,	     /* netcon */
	CONSOLE_NULL,	     /* ttynull */
	CONSOLE_KIND_COUNT,
};

/* Where the speed of a line was found; the first that answers, from the bottom up. */
enum baud_source {
	BAUD_UNKNOWN = 0, /* .why says what was tried */
	BAUD_DEFAULT,	  /* console=ttyS0 without options: the driver's default, 9600 for the 8250
			     (drivers/tty/serial/8250/8250_port.c, serial8250_console_setup) */
	BAUD_CMDLINE,	  /* console=ttyS0,115200n8 */
	BAUD_TERMIOS,	  /* asked the tty (TCGETS2): what it has now */
	BAUD_OPTION,	  /* --baud CONSOLE=N */
};

struct console {
	char name[CONSOLE_NAME_SIZE]; /* "ttyS1", "tty0", "netcon0"; not escaped */
	enum console_kind kind;
	bool on_cmdline;       /* named by console=, earlycon= or earlyprintk= */
	enum known registered; /* in /proc/consoles: KNOWN yes, ABSENT no, UNREADABLE: that
				  file did not answer, and then the flags below mean nothing */
	bool enabled;	       /* E: gets messages */
	bool preferred;	       /* C: is /dev/console */
	bool boot;	       /* an early console that stays: boot_flag, or such a word */
	bool boot_flag;	       /* B; earlyprintk=...,keep clears it in the kernel */
	bool nbcon;	       /* N: printed by a thread of its own, not by who calls printk */
	bool braille;	       /* b */
	/*
	 * 'r' in the options of console=. uart_set_options makes it CRTSCTS of the line and no
	 * more; the wait for CTS that the 8250 console has (up to 1 s a character) asks
	 * UPF_CONS_FLOW, which nothing sets before the cons_flow series of 2026 (Linux 6.1 and 6.12
	 * have none).
	 */
	bool flow_control;
	struct opt_u64 bits_per_second;
	enum baud_source baud_source;
	uint32_t bits_per_character; /* on the line: 10 for 8N1; 0 = not a serial line */
	char why[CONSOLE_WHY_SIZE];  /* why the speed (or the driver) is not known; "" when it is */
};

/* How the size of the ring buffer was found. */
enum ring_source {
	RING_UNKNOWN = 0,
	RING_SYSLOG, /* asked: syslog(SYSLOG_ACTION_SIZE_BUFFER) */
	RING_CONFIG, /* CONFIG_LOG_BUF_SHIFT, log_buf_len= and the possible CPUs */
};

struct console_list {
	struct console console[CONSOLES_MAX];
	uint32_t count;
	uint32_t dropped;	    /* more than CONSOLES_MAX were named */
	bool no_console;	    /* console=null or console="": none is wanted */
	enum known registered;	    /* could /proc/consoles be read? */
	char why[CONSOLE_WHY_SIZE]; /* if not: "no answer within 1 s", ... */
};

/*
 * kernel.printk and what overrides it. Levels: a record is printed on a console when its level is
 * below console_loglevel (kernel/printk/printk.c, suppress_message_printing).
 */
struct printk {
	struct opt_u64 console_loglevel, default_message_loglevel, minimum_console_loglevel,
		default_console_loglevel; /* /proc/sys/kernel/printk */
	struct opt_u64 ignore_loglevel;	  /* 0/1, /sys/module/printk/parameters */
	struct opt_u64 timestamps;	  /* 0/1, parameter `time` */
	struct opt_u64 caller;		  /* 0/1, CONFIG_PRINTK_CALLER, from the kernel's config */
	struct opt_u64 console_no_auto_verbose; /* 0/1: a panic does not raise the level */
	struct opt_u64 delay_ms;		/* kernel.printk_delay */
	struct opt_u64 ratelimit_seconds, ratelimit_burst;
	struct opt_u64 devkmsg_on;    /* 0/1: kernel.printk_devkmsg is "on" (not rate limited) */
	struct opt_u64 ring_bytes;    /* size of the ring buffer */
	enum ring_source ring_source; /* RING_UNKNOWN when that is not known */
	struct opt_u64 legacy_thread; /* 0/1: a pr/legacy thread prints for the legacy consoles */
};

/*
 * The kernel prints every record on one console after the other, in the caller's time, unless that
 * console is nbcon or a legacy thread prints (PREEMPT_RT): those do not hold up the caller.
 */
static inline bool console_is_synchronous(const struct console *c, const struct printk *p)
{
	const bool threaded = opt_is_known(p->legacy_thread) && p->legacy_thread.value;

	return !(c->registered == KNOWN && c->nbcon) && !threaded;
}

/* "uart", "vt", ...: the JSON's words. */
const char *console_kind_name(enum console_kind kind);
const char *baud_source_name(enum baud_source source);
