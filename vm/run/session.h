/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One boot that came up: starts QEMU (again, up to twice, when the guest ends before its init came
 * up), follows what the guest says over the fast line, gives out each result as
 * it comes, and ends QEMU whatever happened.
 */
#pragma once

#include <jansson.h>

#include "base/fault.h"
#include "base/macro.h"
#include "initramfs.h"
#include "kernel.h"
#include "scenario.h"

struct session_hooks {
	void *arg;
	/* One result; consumes it. */
	void (*event)(void *arg, json_t *object);
	/* For a person who waits: "run 'storm' (1 of 3): baseline". */
	void (*progress)(void *arg, const char *text);
	/* What must be told though the session goes on: a boot that failed, and its console. */
	void (*warn)(void *arg, const char *text);
	int signals;	   /* a signalfd; readable: end, with -EINTR */
	const char *keep;  /* folder for raw files, "" none; it must exist */
	bool *keep_failed; /* set when a file there could not be written; the result was given */
};

/*
 * 0 when every run gave a result, valid or not. Else -EINTR, -ETIMEDOUT, -EPIPE (the guest ended),
 * -ECHILD (QEMU did), -EPROTO (the guest could not do its part) or what kept it from starting, with
 * a fault.
 */
int session_run(const struct scenario *s, const struct kernel *k, const struct parts *parts,
		const struct session_hooks *hooks, struct fault *f) _must_check_ _nonnull_all_;
