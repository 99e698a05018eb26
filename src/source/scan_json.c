/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/scan_json.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "source/whole_file.h"

static void json_drop(json_t **o)
{
	json_decref(*o);
}

/* Never negative: json_bytes() of report/ ends at INT64_MAX. */
static bool number_of(const json_t *o, const char *key, uint64_t *ret)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return false;
	*ret = (uint64_t)json_integer_value(v);
	return true;
}

static bool loss_of(const json_t *o, struct loss *ret)
{
	return number_of(o, "bytes", &ret->bytes) && number_of(o, "blocks", &ret->blocks);
}

static int hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? (int)(p - digits) : -1;
}

/* One character of what strbuf_escape wrote; how many bytes of `p` it took, 0: none. */
static size_t unescape_one(const char *p, size_t n, char *ret)
{
	if (*p != '\\') {
		*ret = *p;
		return 1;
	}
	if (n >= 4 && p[1] == 'x' && hex_value(p[2]) >= 0 && hex_value(p[3]) >= 0) {
		*ret = (char)(hex_value(p[2]) << 4 | hex_value(p[3]));
		return 4;
	}
	if (n < 2 || (p[1] != 'n' && p[1] != 't' && p[1] != '\\'))
		return 0;
	*ret = p[1] == 'n' ? '\n' : p[1] == 't' ? '\t' : '\\';
	return 2;
}

/* The text as it was before it was escaped. False: malformed, a NUL in it, or too long. */
static bool unescape(const char *p, size_t n, char *buf, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < n;) {
		const size_t took = unescape_one(p + i, n - i, &buf[used]);

		if (!took || !buf[used] || ++used >= size)
			return false;
		i += took;
	}
	buf[used] = '\0';
	return true;
}

/* null is the empty text. */
static bool text_key(const json_t *o, const char *key, char *buf, size_t size)
{
	const json_t *v = json_object_get(o, key);

	buf[0] = '\0';
	if (json_is_null(v))
		return true;
	return json_is_string(v) &&
	       unescape(json_string_value(v), json_string_length(v), buf, size);
}

static bool class_of(const json_t *o, enum loss_class *ret)
{
	const char *name = json_string_value(json_object_get(o, "class"));

	for (int c = 0; name && c < LOSS_CLASSES; c++)
		if (strcmp(name, loss_class_name((enum loss_class)c)) == 0) {
			*ret = (enum loss_class)c;
			return true;
		}
	return false;
}

static bool looks_known(const char *shape)
{
	return strspn(shape, "0pfxdtn") == strlen(shape);
}

/* The key that is wrong, NULL when all are right. */
static const char *read_group(const json_t *o, struct loss_group *g)
{
	if (!json_is_object(o) || !class_of(o, &g->class))
		return "class";
	if (!number_of(o, "size_bytes", &g->size))
		return "size_bytes";
	if (!loss_of(o, &g->loss))
		return "bytes or blocks";
	if (!loss_of(json_object_get(o, "indirect"), &g->indirect))
		return "indirect";
	if (!text_key(o, "shape", g->shape, sizeof(g->shape)) || !looks_known(g->shape))
		return "shape";
	if (!text_key(o, "type", g->type, sizeof(g->type)))
		return "type";
	g->suppressed = json_is_true(json_object_get(o, "suppressed"));
	return NULL;
}

static bool schema_known(const json_t *o)
{
	const char *schema = json_string_value(json_object_get(o, "schema"));

	return schema &&
	       (strcmp(schema, "bulkhead.scan/1") == 0 || strcmp(schema, "bulkhead.check/1") == 0);
}

static int read_groups(const json_t *list, struct loss_group *group, size_t count, struct fault *f)
{
	for (size_t i = 0; i < count; i++) {
		const char *wrong = read_group(json_array_get(list, i), &group[i]);

		if (wrong)
			return fault_set(f, -EPROTO,
					 "group %zu of the earlier scan has no valid %s", i + 1,
					 wrong);
	}
	return 0;
}

static int take_groups(const json_t *list, struct scan_json *ret, struct fault *f)
{
	const size_t count = json_array_size(list);
	struct loss_group *group;
	int r;

	if (!json_is_array(list))
		return fault_set(f, -EPROTO, "the earlier scan has no list 'groups'");
	if (count > SCAN_JSON_GROUPS_MAX)
		return fault_set(f, -E2BIG, "the earlier scan has more than %d groups",
				 SCAN_JSON_GROUPS_MAX);
	group = calloc(count + 1, sizeof(*group));
	if (!group)
		return fault_errno(f, -ENOMEM, "cannot keep the earlier scan");
	r = read_groups(list, group, count, f);
	if (r < 0) {
		free(group);
		return r;
	}
	*ret = (struct scan_json){ .group = group, .count = (uint32_t)count };
	for (size_t i = 0; i < count; i++)
		ret->reachable |= group[i].class == LOSS_REACHABLE;
	return 0;
}

static bool is_partial(const json_t *o)
{
	const json_t *suppressed =
		json_object_get(json_object_get(o, "summary"), loss_class_name(LOSS_SUPPRESSED));
	uint64_t left_out = 0;
	struct loss hidden = { 0 };

	return (number_of(o, "groups_left_out", &left_out) && left_out) ||
	       (loss_of(suppressed, &hidden) && hidden.blocks);
}

int scan_json_parse(const char *buf, size_t len, struct scan_json *ret, struct fault *f)
{
	json_error_t error;
	int r;
	_cleanup_(json_drop) json_t *o = json_loadb(buf, len, JSON_REJECT_DUPLICATES, &error);

	if (!o)
		return fault_set(f, -EPROTO, "the earlier scan is no JSON: line %d, column %d",
				 error.line, error.column);
	if (!schema_known(o))
		return fault_set(f, -EPROTO,
				 "the earlier scan is not the output of 'scan --json' or "
				 "'check --json' (bulkhead.scan/1)");
	r = take_groups(json_object_get(o, "groups"), ret, f);
	if (r == 0)
		ret->partial = is_partial(o);
	return r;
}

int scan_json_read(const char *path, struct scan_json *ret, struct fault *f)
{
	char *buf;
	size_t len;
	int r = whole_file_read(path, SCAN_JSON_FILE_MAX, &buf, &len, f);

	if (r < 0)
		return r;
	r = scan_json_parse(buf, len, ret, f);
	free(buf);
	return r;
}
