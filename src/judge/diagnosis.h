/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wrong with how this machine would live through an OOM: rules over what was read and what
 * the cost model predicts. Pure. A rule fires only on a known number or a documented behaviour of
 * the kernel; what is not known is listed as such. docs/DOCTOR.md has each rule with its source.
 */
#pragma once

#include "base/macro.h"
#include "judge/oom_shape.h"
#include "model/finding.h"
#include "model/machine.h"

struct diagnosis_policy {
	/*
	 * Seconds of printing. 1 s is where others begin to act on the silence: the first
	 * retransmission of TCP (RFC 6298, RTO). After 3.6 s a VRRP peer with the default timer
	 * has taken over (RFC 5798, Master_Down_Interval): 5 s is past what a cluster waits.
	 */
	double warning_seconds, critical_seconds;
	double unkillable_notice_share, unkillable_warning_share; /* of RAM */
	double min_free_share;	 /* of RAM; khugepaged itself never asks for more than 5 % */
	uint64_t min_free_bytes; /* below it the kernel's documentation warns of deadlock */
};

struct diagnosis_policy diagnosis_policy_default(void);

struct diagnosis_input {
	const struct machine *machine;
	const struct oom_report_shape *shape;
	uint32_t assumptions; /* that the shape stands on: enum shape_assumption */
	const struct storm_prediction *prediction; /* of the machine as it is */
	const struct diagnosis_policy *policy;
};

/* *ret is large (some 200 KiB): not for a stack. */
void diagnose(const struct diagnosis_input *in, struct diagnosis *ret) _nonnull_all_;

/* Printing of one report after these remedies, by themselves or not; not known where no console's
 * part of it is. */
struct interval diagnosis_seconds_after(const struct diagnosis_input *in, const struct diagnosis *d,
					const bool fixed[REMEDY_COUNT]) _nonnull_all_;
