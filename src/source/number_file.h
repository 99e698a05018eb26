/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of /proc/sys, /sys/module and the like that hold one number or one switch, read by a table
 * into optional numbers.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/opt.h"
#include "base/root.h"

enum number_form {
	NUMBER_PLAIN,  /* decimal; a negative one as two's complement */
	NUMBER_HEX,    /* "0x0007" */
	NUMBER_KIB,    /* stored in bytes */
	NUMBER_SWITCH, /* Y, N, 1 or 0: 1 or 0 */
	NUMBER_ON,     /* "on" is 1, any other word 0 */
	NUMBER_NAME,   /* 1, but "(null)" and nothing are 0 */
};

struct number_file {
	const char *path; /* below proc or sys */
	uint8_t sys;	  /* 1: below sys */
	uint8_t form;	  /* enum number_form */
	uint16_t offset;  /* of a struct opt_u64 in the result */
};

#define NUMBER_FILE(type, member, is_sys, file, number_form)                                       \
	{                                                                                          \
		.path = (file), .sys = (is_sys), .form = (number_form),                            \
		.offset = offsetof(type, member),                                                  \
	}

/* -EPROTO: not of that form, or more than one line. */
int number_file_parse(const char *buf, size_t len, enum number_form form,
		      uint64_t *ret) _must_check_ _nonnull_all_;

/* Missing: ABSENT. Forbidden or not of the form: UNREADABLE. */
void number_files_read(const struct root *root, const struct number_file *table, size_t count,
		       void *base) _nonnull_all_;

/* What a failed read means for an optional number. */
enum known known_of_errno(int r);
