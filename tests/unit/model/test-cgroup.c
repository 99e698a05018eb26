/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "unit.h"

#include "model/cgroup.h"
#include "model/host.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID32 "0123456789abcdef0123456789abcdef"

static void test_unit(void **state)
{
	static const struct {
		const char *path, *unit;
	} rows[] = {
		{ "/system.slice/nginx.service", "nginx.service" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/foot.scope",
		  "foot.scope" },
		{ "/system.slice/nginx.service/worker/7", "nginx.service" },
		{ "/system.slice/a\\x2db.service", "a\\x2db.service" },
		{ "/system.slice", "system.slice" },
		{ "/docker/" ID, NULL },
		{ "/", NULL },
		{ "", NULL },
		{ "/.service", NULL }, /* a suffix is no name */
		{ "/x.services/y", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text unit = TEXT("none");
		bool found = cgroup_path_unit(text_of(rows[i].path, strlen(rows[i].path)), &unit);

		assert_int_equal(found, rows[i].unit != NULL);
		assert_true(text_is(unit, rows[i].unit ? rows[i].unit : "none"));
	}
}

static void test_container(void **state)
{
	static const struct {
		const char *path;
		const char *id;
	} rows[] = {
		{ "/docker/" ID, ID },
		{ "/system.slice/docker-" ID ".scope", ID },
		{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/"
		  "cri-containerd-" ID ".scope",
		  ID },
		{ "/kubepods/burstable/pod1234/" ID, ID },
		{ "/kubepods.slice/pod.slice/crio-" ID ".scope/container", ID },
		{ "/machine.slice/libpod-" ID ".scope/container", ID },
		{ "/user.slice/user@0.service/user.slice/libpod-" ID ".scope", ID },
		{ "/garden/" ID32, ID32 },
		/* the monitor of a container is outside of it */
		{ "/machine.slice/libpod-conmon-" ID ".scope", NULL },
		{ "/kubepods.slice/crio-conmon-" ID ".scope", NULL },
		{ "/docker/" ID "0", NULL },
		{ "/docker/0123456789ABCDEF0123456789ABCDEF", NULL },
		{ "/system.slice/nginx.service", NULL },
		{ "/", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text id = TEXT("none");
		bool found =
			cgroup_path_container(text_of(rows[i].path, strlen(rows[i].path)), &id);

		if (found != (rows[i].id != NULL))
			fail_msg("%s", rows[i].path);
		assert_true(text_is(id, rows[i].id ? rows[i].id : "none"));
	}
}

static void test_noise_floor(void **state)
{
	/* batch is 32 up to 16 CPUs, then twice the CPUs: quadratic */
	assert_true(rss_noise_floor_bytes(0, 4096) == 4 * MIB);
	assert_true(rss_noise_floor_bytes(1, 4096) == 4 * MIB + 16 * 4096);
	assert_true(rss_noise_floor_bytes(16, 4096) == 4 * MIB + 16 * 16 * 4096);
	assert_true(rss_noise_floor_bytes(128, 4096) == 68 * MIB);
	assert_true(rss_noise_floor_bytes(128, 65536) == 1028 * MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unit),
		cmocka_unit_test(test_container),
		cmocka_unit_test(test_noise_floor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
