/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/json.h"

#include <errno.h>
#include <math.h>

#include "base/strbuf.h"

json_t *json_bytes(uint64_t value)
{
	return json_integer((json_int_t)MIN(value, (uint64_t)INT64_MAX));
}

json_t *json_opt(struct opt_u64 o)
{
	return opt_is_known(o) ? json_bytes(o.value) : json_null();
}

json_t *json_finite(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

json_t *json_escaped(struct text hostile)
{
	/* A path of PATH_MAX bytes, each escaped to four. */
	static _Thread_local char room[4 * 4096 + 1];
	struct strbuf s = STRBUF(room);

	if (!hostile.n)
		return json_null();
	strbuf_escape(&s, hostile);
	return json_sentence(&s);
}

json_t *json_sentence(const struct strbuf *s)
{
	return s->len ? json_stringn(s->buf, s->len) : json_null();
}

json_t *json_interval(const struct interval *i)
{
	json_t *o;

	if (!i->known)
		return json_null();
	o = json_object();
	return json_whole(o, json_put(o, "low", json_finite(i->low)) &&
				     json_put(o, "mid", json_finite(i->mid)) &&
				     json_put(o, "high", json_finite(i->high)));
}

bool json_put(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) == 0;
}

bool json_add(json_t *array, json_t *value)
{
	return json_array_append_new(array, value) == 0;
}

json_t *json_whole(json_t *o, bool ok)
{
	if (ok)
		return o;
	json_decref(o);
	return NULL;
}

int json_print(FILE *out, json_t *object)
{
	int r;

	if (!object)
		return -ENOMEM;
	/* 15 digits hold microseconds of an epoch time and do not turn 0.1 into 0.10000000000000001
	 */
	r = json_dumpf(object, out, JSON_COMPACT | JSON_REAL_PRECISION(15));
	json_decref(object);
	return r < 0 || fputc('\n', out) == EOF || fflush(out) == EOF ? -EIO : 0;
}
