/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of web/, embedded by tools/embed. The hash is what a Content-Security-Policy names so
 * that this text, and no other, may run between <script> and </script>.
 */
#pragma once

extern const char web_explain_css[], web_explain_css_hash[];
extern const char web_explain_js[], web_explain_js_hash[];
