/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/guard_reload.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "act/pidfd.h"
#include "base/alloc_trap.h"
#include "base/fd.h"
#include "cmd/common.h"
#include "judge/growth.h"

#define RELOAD_SECONDS 2
#define KILLED_MS 500 /* how long a killed child may take to go */

static struct guard_config *shared;

struct guard_config *guard_config_map(struct fault *f)
{
	void *p = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);

	if (p == MAP_FAILED) {
		(void)fault_errno(f, -errno, "cannot map memory for the configuration");
		return NULL;
	}
	shared = p;
	return shared;
}

void guard_config_drop(void)
{
	/* Some 80 KiB that would stay locked; failing costs no more than that. */
	(void)madvise(shared, sizeof(*shared), MADV_REMOVE);
}

void config_complain(const struct config_report *report)
{
	uint32_t told = MIN(report->error_count, (uint32_t)CONFIG_ERRORS_MAX);

	for (uint32_t i = 0; i < told; i++) {
		const struct config_error *e = &report->error[i];

		if (e->line)
			complain("%s:%u: %s", e->file, e->line, e->text);
		else
			complain("%s: %s", e->file, e->text);
	}
	if (told < report->error_count)
		complain("%u more errors", report->error_count - told);
}

void guard_growth_policy(struct guard_policy *policy, const struct host *host)
{
	uint64_t asked = policy->growth.noise_floor_bytes;

	policy->growth = growth_policy_default(host->cpus);
	policy->growth.noise_floor_bytes =
		asked ? asked : rss_noise_floor_bytes(host->cpus, host->page_bytes);
}

static _Noreturn void child(const char *config)
{
	alloc_trap_disarm();
	guard_policy_default(&shared->policy);
	memset(&shared->report, 0, sizeof(shared->report));
	_exit(guard_config_read(config, &shared->policy, &shared->report) < 0);
}

int guard_child_wait(pid_t pid, int seconds)
{
	_cleanup_close_ int pidfd = pidfd_open_process(pid);
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int status = 0;
	pid_t r;

	if (pidfd < 0 || poll(&p, 1, seconds * 1000) <= 0) {
		(void)kill(pid, SIGKILL);
		(void)poll(&p, pidfd >= 0, KILLED_MS);
	}
	/* One that hangs in the kernel dies when that ends: it stays a zombie, guard goes on. */
	r = waitpid(pid, &status, WNOHANG);
	if (r < 0)
		return -errno;
	if (r == 0 || !WIFEXITED(status))
		return -ETIMEDOUT;
	return WEXITSTATUS(status) ? -EINVAL : 0;
}

static void take_over(struct guard *g)
{
	struct guard_policy *new = &shared->policy;

	memcpy(new->state_file, g->policy.state_file, sizeof(new->state_file));
	memcpy(new->decision_log, g->policy.decision_log, sizeof(new->decision_log));
	memcpy(new->evidence_dir, g->policy.evidence_dir, sizeof(new->evidence_dir));
	new->journal = g->policy.journal;
	if (g->policy.dry_run && !new->dry_run && !g->options.dry_run)
		complain("a dry run is not ended by a reload; start guard again for that");
	new->dry_run |= g->policy.dry_run;
	guard_growth_policy(new, &sampler_table(g->sampler)->host);
	g->policy = *new;
	g->next_scan_seconds = 0;
}

void guard_reload(struct guard *g)
{
	pid_t pid = fork();
	int r;

	if (pid == 0)
		child(g->options.config);
	r = pid < 0 ? -errno : guard_child_wait(pid, RELOAD_SECONDS);
	if (r == 0) {
		take_over(g);
		complain("configuration reloaded");
	} else {
		if (r == -EINVAL)
			config_complain(&shared->report);
		complain("configuration not reloaded (%s); the old one stays", strerrordesc_np(-r));
	}
	guard_config_drop();
}
