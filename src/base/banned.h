/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions that have a safer replacement here. Force-included by the build for everything in
 * src/; the name in the error tells what was used, base/ tells what to use instead.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok strncpy strncat
#pragma GCC poison atoi atol atoll atof strtol strtoll strtoul strtoull strtof
#pragma GCC poison localtime gmtime asctime ctime
