/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/lab_list.h"

#include <stdio.h>

#include "base/opt.h"
#include "base/text.h"
#include "cmd/common.h"
#include "cmd/labcase.h"
#include "report/json.h"

static struct opt_u64 bytes_of(const char *amount)
{
	uint64_t bytes;

	if (!amount || text_bytes(text_string(amount), &bytes) < 0)
		return opt_u64_none(ABSENT);
	return opt_u64_of(bytes);
}

static json_t *json_loss(const struct labcase_loss *l)
{
	const struct {
		enum loss_class class;
		const struct loss *loss;
	} rows[] = {
		{ LOSS_DEFINITE, &l->definite },
		{ LOSS_INDIRECT, &l->indirect },
		{ LOSS_POSSIBLE, &l->possible },
		{ LOSS_REACHABLE, &l->reachable },
	};
	json_t *object = l->known ? json_object() : json_null();

	for (size_t i = 0; l->known && i < ARRAY_SIZE(rows); i++)
		json_object_set_new(object, loss_class_name(rows[i].class),
				    json_pack("{s:I, s:I}", "bytes",
					      (json_int_t)rows[i].loss->bytes, "blocks",
					      (json_int_t)rows[i].loss->blocks));
	return object;
}

static json_t *json_case(const struct labcase *c)
{
	const char *args[LABCASE_ARGS + 1];
	size_t n = labcase_args(c, args);
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(args[i]));
	return json_pack("{s:s, s:s, s:s, s:o, s:{s:b, s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:o}}",
			 "name", c->name, "program", c->program, "summary", c->summary, "args",
			 list, "truth", "leaks", c->leaks, "harm", labcase_harm_name(c->harm),
			 "memory", labcase_memory_name(c->memory), "curve",
			 labcase_curve_name(c->curve), "size_bytes", json_opt(bytes_of(c->size)),
			 "rate_bytes_per_second", json_opt(bytes_of(c->rate)), "verdict",
			 verdict_class_name(c->verdict), "valgrind", c->valgrind, "blocks",
			 json_loss(&c->loss));
}

int lab_list_json(void)
{
	json_t *root = json_pack("{s:s, s:[]}", "schema", "bulkhead.lab/1", "cases");
	json_t *cases = json_object_get(root, "cases");

	for (size_t i = 0; i < labcase_count; i++)
		if (json_array_append_new(cases, json_case(&labcases[i])) < 0) {
			json_decref(root);
			complain("no memory for the list");
			return EXITCODE_UNDETERMINED;
		}
	/* stdout_finish says why */
	return json_print(stdout, root) == 0 ? EXITCODE_OK : EXITCODE_UNDETERMINED;
}

static void list_row(const struct labcase *c)
{
	printf("%-18s %-5s %-10s %-6s %-5s %-8s %s\n", c->name, c->leaks ? "yes" : "no",
	       labcase_harm_name(c->harm), labcase_memory_name(c->memory),
	       labcase_curve_name(c->curve), verdict_class_name(c->verdict), c->summary);
}

static void list_loss_row(const struct labcase *c)
{
	const struct labcase_loss *l = &c->loss;

	printf("%-18s %-5s %10ju %10ju %10ju %10ju %s\n", c->name, c->leaks ? "yes" : "no",
	       (uintmax_t)l->definite.blocks, (uintmax_t)l->indirect.blocks,
	       (uintmax_t)l->possible.blocks, (uintmax_t)l->reachable.blocks, c->summary);
}

/* The cases whose memory over time is the point, and those whose blocks are. */
int lab_list_text(void)
{
	printf("For watch and guard: memory over time\n\n%-18s %-5s %-10s %-6s %-5s %-8s %s\n",
	       "CASE", "LEAKS", "HARM", "MEMORY", "CURVE", "VERDICT", "WHAT IT DOES");
	for (size_t i = 0; i < labcase_count; i++)
		if (!labcases[i].loss.known || labcases[i].size)
			list_row(&labcases[i]);
	printf("\nFor scan and check: blocks, in valgrind's classes\n\n"
	       "%-18s %-5s %10s %10s %10s %10s %s\n",
	       "CASE", "LEAKS", "DEFINITELY", "INDIRECTLY", "POSSIBLY", "REACHABLE",
	       "WHAT IT DOES");
	for (size_t i = 0; i < labcase_count; i++)
		if (labcases[i].loss.known)
			list_loss_row(&labcases[i]);
	return EXITCODE_OK;
}
