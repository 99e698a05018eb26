/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/alloc_trap.h"

#ifdef __SANITIZE_ADDRESS__

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* From sanitizer/allocator_interface.h, which gcc's packages do not ship. */
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
					      void (*on_free)(const volatile void *));
void __sanitizer_print_stack_trace(void);

static atomic_bool armed;

static void on_malloc(const volatile void *p, size_t size)
{
	static const char message[] = "bulkhead: allocation after arming\n";

	if (!atomic_exchange(&armed, false))
		return;
	if (write(STDERR_FILENO, message, sizeof(message) - 1) < 0)
		_exit(134);
	__sanitizer_print_stack_trace();
	abort();
}

static void on_free(const volatile void *p)
{
}

void alloc_trap_arm(void)
{
	static atomic_bool installed;

	if (!atomic_exchange(&installed, true))
		(void)__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
	atomic_store(&armed, true);
}

void alloc_trap_disarm(void)
{
	atomic_store(&armed, false);
}

#else

void alloc_trap_arm(void)
{
}

void alloc_trap_disarm(void)
{
}

#endif
