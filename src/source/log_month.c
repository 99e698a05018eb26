/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of months. dmesg -T and journalctl print them in the language of whoever called them. */
#include <ctype.h>

#include "source/log_stamp.h"

/* %b of glibc 2.36's locales, without the final point; alternatives of one month share a row. */
static const char *const months[12] = {
	"jan january janv janvier ene enero gen gennaio janeiro januari januar sty led ian ocak "
	"oca "
	"янв січ tammi jän јан ιαν 1月 一月",
	"feb february févr fév février febrero febbraio fev fevereiro lut úno únor şub фев лют "
	"helmi "
	"luty φεβ 2月 二月",
	"mar march mars marzo mär märz março mrt maart marec bře mart мар бер maalis marca μαρ 3月 "
	"三月",
	"apr april avr avril abr abril aprile kwi dub nis апр кві huhti ápr апрель απρ 4月 四月",
	"may mai mayo mag maggio maio mei maj kvě máj май мая тра touko μαΐ μαϊ 5月 五月",
	"jun june juin junio giu giugno junho juni cze čen čvn haz июн чер kesä jún июня ιουν 6月 "
	"六月",
	"jul july juil juillet julio lug luglio julho juli lip čec čvc tem июл лип heinä júl ιουλ "
	"7月 "
	"七月",
	"aug august août aou ago agosto sie srp ağu авг сер elo augustus αυγ 8月 八月",
	"sep sept september septembre septiembre set settembre setembro wrz zář eyl сен вер syys "
	"szept "
	"σεπ 9月 九月",
	"oct october octobre octubre ott ottobre out outubro okt oktober paź říj eki окт жов loka "
	"οκτ "
	"10月 十月",
	"nov november novembre noviembre novembro lis kas ноя лис marras νοε 11月 十一月",
	"dec december déc décembre dic diciembre dicembre dez dezember dezembro gru pro ara дек "
	"гру "
	"joulu δεκ 12月 十二月",
};

static bool same_word(struct text a, struct text lower)
{
	if (a.n != lower.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (a.p[i] != lower.p[i] && tolower((unsigned char)a.p[i]) != lower.p[i])
			return false;
	return true;
}

/* Nearly all logs have these, and each line has one. */
static unsigned int english(struct text name)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	if (name.n == 3)
		for (unsigned int m = 0; m < 12; m++)
			if (memcmp(name.p, names + (size_t)m * 3, 3) == 0)
				return m + 1;
	return 0;
}

static bool row_has(const char *row, struct text name, int first)
{
	for (const char *word = row, *end; *word; word = *end ? end + 1 : end) {
		end = strchrnul(word, ' ');
		if ((*word == first || *word == name.p[0]) &&
		    same_word(name, text_of(word, (size_t)(end - word))))
			return true;
	}
	return false;
}

unsigned int log_month(struct text name)
{
	unsigned int month = english(name);

	if (name.n && name.p[name.n - 1] == '.')
		name.n--;
	for (unsigned int m = 0; name.n && !month && m < ARRAY_SIZE(months); m++)
		if (row_has(months[m], name, tolower((unsigned char)name.p[0])))
			month = m + 1;
	return month;
}

uint64_t log_civil_usec(unsigned int year, unsigned int month, unsigned int day)
{
	static const uint16_t before[12] = {
		0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334
	};
	uint64_t days = before[(month + 11) % 12] + day - 1;

	if (year >= 1970) {
		const uint64_t y = year - (month <= 2);

		days += (uint64_t)(year - 1970) * 365 + (y / 4 - y / 100 + y / 400) -
			(1969 / 4 - 1969 / 100 + 1969 / 400);
	}
	return days * UINT64_C(86400000000);
}
