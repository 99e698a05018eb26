/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cases of the laboratory with their truth, for people and for programs. */
#pragma once

/* To stdout; enum exitcode. */
int lab_list_json(void);
int lab_list_text(void);
