/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Logs that keep a message and what is known of it in fields: JSON (journalctl -o json, Docker's
 * json-file, collectors), journalctl -o export and -o verbose. An entry gives a text, which may
 * have several lines and prefixes of its own, and what its fields say.
 */
#pragma once

#include "source/log_frame.h"

struct log_entry {
	struct log_line base; /* stamp, level, speaker; .origin points to .host */
	char host[OOM_WORD_SIZE];
	size_t len;
	char text[LOG_LINE_MAX];
};

enum log_json_result {
	LOG_JSON_NOT = 0,
	LOG_JSON_OTHER, /* JSON, and no message in it */
	LOG_JSON_MESSAGE,
};

/*
 * The object at the front of *line, of an array or an event ("data: {"), or one member of an object
 * that has a line for each ("\t"MESSAGE" : "...",", journalctl -o json-pretty, jq). *line is left
 * behind it. What is broken is searched for strings.
 */
enum log_json_result log_entry_json(struct text *line, struct log_entry *ret) _nonnull_all_;

/* Fields on lines of their own, one after another until an empty line. */
struct log_fields {
	bool open;	 /* between the first field and the end of the entry */
	bool in_message; /* of the binary form: no line tells where it ends but the next field */
	bool message;	 /* .entry has one */
	struct log_entry entry;
};

enum log_fields_result {
	LOG_FIELDS_NOT = 0, /* the line is none of an entry's */
	LOG_FIELDS_MORE,
	LOG_FIELDS_ENTRY,	 /* the line ended .entry */
	LOG_FIELDS_ENTRY_BEFORE, /* .entry ended before the line, which is to be given again */
};

enum log_fields_result log_fields_line(struct log_fields *f, struct text line) _nonnull_(1);
