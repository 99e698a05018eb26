/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/oom_rank.h"

#include "judge/oom_points.h"
#include "judge/oom_tasks.h"

/* The process that the points were computed for: named in "Kill process P (x) score S" up to 5.0,
 * later the victim itself. */
static uint32_t chosen_row(const struct oom_report *r)
{
	if (r->choice.known)
		return oom_task_find(r, r->choice.pid);
	return r->victim_count ? oom_task_find(r, r->victim[0].pid) : OOM_NO_TASK;
}

static bool beats(int64_t a, uint32_t row_a, int64_t b, uint32_t row_b, bool last_wins)
{
	if (a != b)
		return a > b;
	return last_wins ? row_a > row_b : row_a < row_b;
}

static int64_t points_of(const struct oom_formula *f, uint32_t row)
{
	const struct oom_task *t = &f->report->task[row];

	return oom_points(f, t, oom_adj_of(f->report, t));
}

/* ---- totalpages and the bonus, by the printed score where there is one ---- */

/* The kernel prints an int; 1000 is all of the memory. */
#define SCORE_MAX INT32_MAX

/* Is the score that of the badness? With oom_kill_allocating_task it is 0. */
static bool score_counts(const struct oom_report *r)
{
	return r->choice.known && r->choice.score.known == KNOWN &&
	       r->message != OOM_MESSAGE_ALLOCATING_TASK && r->choice.score.value >= 0 &&
	       r->choice.score.value <= SCORE_MAX;
}

/* totalpages such that the printed score comes out, in the middle of those that give it. */
static int64_t solve_totalpages(const struct oom_formula *f, uint32_t row, int64_t score)
{
	const struct oom_task *t = &f->report->task[row];
	struct oom_formula plain = *f;
	int64_t adj = oom_adj_of(f->report, t), base, low, high;
	bool bonus = f->rule <= OOM_BADNESS_ROOT_30 && f->pid_has_bonus;

	plain.totalpages = 0;
	base = oom_points(&plain, t, 0);
	score -= adj - (bonus ? 30 : 0);
	if (score <= 0 || base <= 1)
		return 0;
	low = base * 1000 / (score + 1);
	high = base * 1000 / score;
	return low + (high - low + 1) / 2;
}

/* The candidate of totalpages, and of the bonus, that gives the printed score. */
static bool match_score(struct oom_formula *f, uint32_t row, const struct oom_totalpages *totals,
			uint32_t count, struct oom_badness *b)
{
	bool proxy = f->report->columns & OOM_COLUMN_UID && f->report->task[row].uid == 0;

	for (uint32_t i = 0; i < count * 2; i++) {
		f->totalpages = totals[i / 2].pages;
		f->pid_has_bonus = i % 2 ? !proxy : proxy;
		if (oom_printed_score(f, points_of(f, row)) == b->printed_score.value) {
			b->totalpages_source = totals[i / 2].source;
			return true;
		}
	}
	f->pid_has_bonus = proxy;
	return false;
}

static void settle(struct oom_formula *f, uint32_t row, struct oom_badness *b)
{
	struct oom_totalpages totals[OOM_TOTALS];
	uint32_t count = oom_totalpages(f->report, totals);
	bool scored = row != OOM_NO_TASK && score_counts(f->report);

	if (row != OOM_NO_TASK)
		f->pid = f->report->task[row].pid;
	if (!scored || !match_score(f, row, totals, count, b)) {
		f->pid_has_bonus = row != OOM_NO_TASK && f->report->columns & OOM_COLUMN_UID &&
				   f->report->task[row].uid == 0;
		f->totalpages = count ? totals[0].pages : 0;
		b->totalpages_source = count ? totals[0].source : OOM_TOTALPAGES_UNKNOWN;
	}
	/* Which swap a cgroup had is open more often than not; what a node spans is never told. */
	if (scored &&
	    (!count || (totals[0].source != OOM_TOTALPAGES_HOST &&
			oom_printed_score(f, points_of(f, row)) != b->printed_score.value))) {
		int64_t solved = solve_totalpages(f, row, b->printed_score.value);

		if (solved > 0 && (!count || solved >= totals[count - 1].pages)) {
			f->totalpages = solved;
			b->totalpages_source = OOM_TOTALPAGES_SCORE;
		}
	}
	if (f->totalpages)
		b->totalpages = opt_u64_of((uint64_t)f->totalpages);
}

/* ---- the ranking ---- */

/* Keeps the highest in order; `e` has just been met, so it goes behind equals that stay first. */
static void insert(struct oom_badness *b, struct oom_ranked e, bool last_wins)
{
	uint32_t at = b->ranked_count;

	while (at && beats((int64_t)e.points, e.task, (int64_t)b->ranked[at - 1].points,
			   b->ranked[at - 1].task, last_wins))
		at--;
	if (at == OOM_RANKED)
		return;
	if (b->ranked_count < OOM_RANKED)
		b->ranked_count++;
	for (uint32_t i = b->ranked_count - 1; i > at; i--)
		b->ranked[i] = b->ranked[i - 1];
	b->ranked[at] = e;
}

/* Without totalpages oom_score_adj has no size. The order is then certain only for a process that
 * is largest in both. */
static bool dominates(const struct oom_formula *f, uint32_t row)
{
	const struct oom_report *r = f->report;
	int64_t own = points_of(f, row);
	int16_t adj = oom_adj_of(r, &r->task[row]);

	for (uint32_t i = 0; i < r->task_count; i++) {
		if (i != row && oom_eligible(f, &r->task[i]) &&
		    (points_of(f, i) > own || oom_adj_of(r, &r->task[i]) > adj))
			return false;
	}
	return true;
}

/* Up to 3.7 a row has no swap entries: who is swapped out looks small. */
static bool swap_hidden(const struct oom_report *r)
{
	return !(r->columns & OOM_COLUMN_SWAPENTS) &&
	       !(opt_is_known(r->memory.swap_total_bytes) && !r->memory.swap_total_bytes.value);
}

static void rank_all(const struct oom_formula *f, uint32_t row, bool last_wins,
		     struct oom_badness *b)
{
	const struct oom_report *r = f->report;
	int64_t own = row == OOM_NO_TASK ? 0 : points_of(f, row);
	uint64_t above = 0;

	for (uint32_t i = 0; i < r->task_count; i++) {
		int64_t points;

		if (!oom_eligible(f, &r->task[i]))
			continue;
		points = points_of(f, i);
		insert(b, (struct oom_ranked){ i, (double)points, true }, last_wins);
		above += row != OOM_NO_TASK && i != row && beats(points, i, own, row, last_wins);
	}
	if (row == OOM_NO_TASK || !oom_eligible(f, &r->task[row]))
		return;
	if (f->totalpages && (!above || !swap_hidden(r)))
		b->victim_rank = opt_u64_of(above + 1);
	else if (dominates(f, row))
		b->victim_rank = opt_u64_of(1);
	if (above >= OOM_RANKED)
		b->ranked[OOM_RANKED - 1] = (struct oom_ranked){ row, (double)own, true };
}

/* ---- what another oom_score_adj would have changed ---- */

static void find_rival(struct oom_badness *b, uint32_t row)
{
	for (uint32_t i = 0; i < b->ranked_count; i++) {
		if (b->ranked[i].task != row) {
			b->rival_task = opt_u64_of(b->ranked[i].task);
			return;
		}
	}
}

/* The nearest value that changes the choice; every step is the kernel's own arithmetic. */
static void what_if(const struct oom_formula *f, uint32_t row, bool last_wins,
		    struct oom_badness *b)
{
	const struct oom_report *r = f->report;
	uint32_t rival;
	int64_t own, other;

	if (!opt_is_known(b->victim_rank) || b->victim_rank.value != 1 ||
	    !opt_is_known(b->rival_task) || !f->totalpages)
		return;
	rival = (uint32_t)b->rival_task.value;
	own = points_of(f, row);
	other = points_of(f, rival);
	for (int16_t adj = oom_adj_of(r, &r->task[row]); adj >= -1000; adj--) {
		if (adj == -1000 ||
		    beats(other, rival, oom_points(f, &r->task[row], adj), row, last_wins)) {
			b->adj_to_spare_victim = opt_i64_of(adj);
			break;
		}
	}
	for (int16_t adj = oom_adj_of(r, &r->task[rival]); adj <= 1000; adj++) {
		if (beats(oom_points(f, &r->task[rival], adj), rival, own, row, last_wins)) {
			b->adj_to_choose_rival = opt_i64_of(adj);
			break;
		}
	}
}

/* RHEL 6 prints neither swap entries nor page tables: the points can be too low. */
static bool row_is_whole(const struct oom_report *r)
{
	return !swap_hidden(r) && r->columns & (OOM_COLUMN_PGTABLES_BYTES | OOM_COLUMN_NR_PTES);
}

void oom_rank(const struct oom_report *r, const struct oom_era *era, struct oom_badness *ret)
{
	bool last_wins = oom_era_last_of_equals(era);
	struct oom_formula f = { .report = r, .pid = -1 };
	uint32_t row = chosen_row(r);

	*ret = (struct oom_badness){ 0 };
	ret->rule = f.rule = oom_era_badness(r, era, &ret->rule_assumed);
	if (r->choice.known)
		ret->printed_score = r->choice.score;
	ret->children_considered =
		(r->choice.known && r->choice.score.known == KNOWN) || f.rule < OOM_BADNESS_PLAIN;
	if (f.rule == OOM_BADNESS_CHILDREN || f.rule == OOM_BADNESS_UNKNOWN)
		return;
	settle(&f, row, ret);
	rank_all(&f, row, last_wins, ret);
	find_rival(ret, row);
	if (row == OOM_NO_TASK)
		return;
	what_if(&f, row, last_wins, ret);
	if (f.totalpages && row_is_whole(r) && r->message != OOM_MESSAGE_ALLOCATING_TASK)
		ret->computed_score = opt_i64_of(oom_printed_score(&f, points_of(&f, row)));
}

/* ---- why ---- */

/* Would the victim be first if nobody's oom_score_adj (own: only the victim's) counted? */
static bool first_without_adj(const struct oom_formula *f, uint32_t row, bool own_only)
{
	const struct oom_report *r = f->report;
	int64_t own = oom_points(f, &r->task[row], 0);

	for (uint32_t i = 0; i < r->task_count; i++) {
		const struct oom_task *t = &r->task[i];

		if (i == row || (own_only && !oom_eligible(f, t)))
			continue;
		if (oom_points(f, t, own_only ? oom_adj_of(r, t) : 0) > own)
			return false;
	}
	return true;
}

static enum oom_why_victim why_first(const struct oom_report *r, const struct oom_badness *b,
				     uint32_t row)
{
	struct oom_formula f = { .report = r,
				 .rule = b->rule,
				 .totalpages = opt_is_known(b->totalpages)
						       ? (int64_t)b->totalpages.value
						       : 0,
				 .pid = -1 };

	if (b->ranked_count == 1)
		return OOM_WHY_ONLY_ONE;
	if (first_without_adj(&f, row, false))
		return OOM_WHY_RANKED_FIRST;
	if (oom_adj_of(r, &r->task[row]) > 0 && !first_without_adj(&f, row, true))
		return OOM_WHY_ADJ_RAISED;
	return OOM_WHY_OTHERS_PROTECTED;
}

enum oom_why_victim oom_rank_why(const struct oom_report *r, const struct oom_badness *b)
{
	uint32_t row = chosen_row(r);

	if (!r->victim_count && !r->choice.known)
		return OOM_WHY_UNKNOWN;
	if (r->message == OOM_MESSAGE_ALLOCATING_TASK)
		return OOM_WHY_ALLOCATING_TASK;
	if (r->group_kill)
		return OOM_WHY_GROUP;
	if (r->choice.known && r->victim_count && r->victim[0].pid != r->choice.pid)
		return OOM_WHY_CHILD;
	if (!r->task_count)
		return OOM_WHY_NO_TABLE;
	if (row == OOM_NO_TASK || !opt_is_known(b->victim_rank))
		return OOM_WHY_UNKNOWN;
	return b->victim_rank.value == 1 ? why_first(r, b, row) : OOM_WHY_NOT_FIRST;
}
