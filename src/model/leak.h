/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a scan found: valgrind's leak classes of one heap, the lost blocks in groups, how far it can
 * be trusted and what it cost. Judges fill it (judge/reach.h, judge/loss_groups.h, judge/harm.h),
 * report/leak_*.h shows it. Plain data; leak_report_release frees the lists.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/opt.h"
#include "model/roots.h"
#include "model/verdict.h"

/* As valgrind's manual, "Memcheck: a memory error detector", 4.2.10, defines them. */
enum loss_class {
	LOSS_DEFINITE = 0, /* no pointer to it anywhere */
	LOSS_INDIRECT,	   /* only lost blocks point to it */
	LOSS_POSSIBLE,	   /* only pointers to its inside lead to it */
	LOSS_REACHABLE,	   /* a pointer to its start leads to it */
	LOSS_SUPPRESSED, /* definite, indirect or possible, and the user does not want to hear of it
			  */
	LOSS_CLASSES,
};

struct loss {
	uint64_t bytes, blocks;
};

/* "definitely_lost", ...: the keys of cli.md. */
const char *loss_class_name(enum loss_class c);

/* --leak-check-heuristics, with valgrind's names and meaning (mc_leakcheck.c). */
enum leak_heuristic {
	HEURISTIC_STDSTRING = 1 << 0,
	HEURISTIC_LENGTH64 = 1 << 1,
	HEURISTIC_NEWARRAY = 1 << 2,
	HEURISTIC_MULTIPLEINHERITANCE = 1 << 3,
	HEURISTIC_ALL = 15,
	HEURISTICS = 4,
};

/* Where a pointer to a lost block was last seen. No proof, a hint where to look. */
enum last_holder {
	HOLDER_NONE = 0, /* nowhere */
	HOLDER_FREED,	 /* in memory that is free again */
	HOLDER_DEAD_STACK,
	HOLDER_LOST, /* in another lost block: it is an indirect one, or of a cycle */
};

/* What the words of a block look like: its shape, when its type is not known. */
enum word_look {
	LOOK_ZERO = '0',
	LOOK_HEAP = 'p',   /* a pointer to a block in use */
	LOOK_FREED = 'f',  /* to free heap memory */
	LOOK_CODE = 'x',   /* into an executable mapping */
	LOOK_DATA = 'd',   /* into another mapping */
	LOOK_TEXT = 't',   /* eight printable bytes, or a text's end */
	LOOK_NUMBER = 'n', /* anything else */
};

#define LOSS_SHAPE_WORDS 8
#define LOSS_TYPE_SIZE 160
#define LOSS_SAMPLE_SIZE 64
#define LOSS_ADDRESSES 4

/* Lost blocks that are alike: of one class, size, and type or shape. */
struct loss_group {
	enum loss_class class;
	uint64_t size;			  /* of each block, bytes */
	struct loss loss;		  /* of the blocks of the group */
	struct loss indirect;		  /* what only they lead to; for definite ones */
	char shape[LOSS_SHAPE_WORDS + 1]; /* enum word_look of its first words, NUL-terminated */
	char type[LOSS_TYPE_SIZE];	  /* C++ class, demangled, hostile; "" when not known */
	bool elsewhere;	 /* the vtable stands at another word than the first; reserved, false */
	uint64_t vtable; /* address, 0 when none */
	/* --contents: the first bytes of the first block. */
	uint8_t sample[LOSS_SAMPLE_SIZE];
	uint32_t sample_bytes;		  /* 0: not asked for */
	bool sample_is_text;		  /* begins with a printable text of 4 bytes or more */
	uint64_t address[LOSS_ADDRESSES]; /* of some of its blocks, lowest first */
	uint32_t addresses;
	enum last_holder holder; /* the most frequent that was found for its blocks */
	uint64_t holder_blocks;	 /* how many of the group have it */
	uint64_t holder_size;	 /* HOLDER_FREED, HOLDER_LOST: size of the holding chunk, when one
				    size is the most frequent; 0 else */
	bool suppressed;
};

/* A place outside the heap that leads to much of what is still reachable. */
struct root_holding {
	enum root_kind kind;
	uint64_t address;	    /* of the word; 0 for registers */
	int32_t tid;		    /* 0: none */
	uint32_t mapping;	    /* index in the image; UINT32_MAX: none */
	char where[LOSS_TYPE_SIZE]; /* "libfoo.so: symbol+0x10", hostile; "" when not known */
	struct loss loss; /* what was reached from it first: other places may reach it too */
};

enum snapshot_method {
	SNAPSHOT_NONE = 0,
	SNAPSHOT_FORK, /* copy-on-write fork in the target */
	SNAPSHOT_COPY, /* the target stopped while its memory is copied */
	SNAPSHOT_CORE, /* a core dump */
	SNAPSHOT_EXIT, /* `check`: the process held at its exit */
};

/* What it cost, us and the target. Times in seconds. */
#define SCAN_PAUSES 16 /* two looks, each up to four times, and the reaping of each */
struct scan_cost {
	enum snapshot_method method;
	const char *method_reason; /* why this one: a constant text, never NULL */
	double pause_seconds; /* the longest time in which the target did not run; NAN: unknown */
	double pause[SCAN_PAUSES]; /* each: snapshot(s), and the reaping of the fork */
	uint32_t pauses;
	double copy_seconds, analysis_seconds; /* wall clock, of all scans */
	double cpu_seconds;		       /* of this process */
	uint64_t copied_bytes;		       /* of the last scan */
	uint64_t peak_bytes;		       /* RSS of this process at its highest (VmHWM) */
};

enum scan_doubt {
	DOUBT_ARENA_BUSY = 1 << 0, /* a lock of the allocator was held: chunks in flight */
	DOUBT_SYSTEM_MEM = 1 << 1, /* an arena's chunks do not add up to its system_mem */
	DOUBT_MMAPPED = 1 << 2,	   /* mmapped chunks found differ from mp_'s count or bytes */
	DOUBT_WALK = 1 << 3,   /* part of a heap could not be walked: its blocks are not counted */
	DOUBT_TCACHE = 1 << 4, /* no tcache found although glibc has one: freed blocks may
				  count as lost */
	DOUBT_UNREADABLE = 1 << 5,	/* memory could not be read */
	DOUBT_SINGLE_SCAN = 1 << 6,	/* lost blocks were not confirmed by a second scan */
	DOUBT_OTHER_ALLOCATOR = 1 << 7, /* another allocator is in the process too */
	DOUBT_SHARED = 1 << 8,	       /* shared memory was not frozen, or too large and left out */
	DOUBT_NO_SECOND_LOOK = 1 << 9, /* there was to be one, and it was not to be had */
	DOUBTS = 10,
};

/* How far the figures can be trusted. */
struct scan_quality {
	uint32_t doubts;			/* enum scan_doubt */
	uint64_t chunks;			/* walked, in use or not */
	uint64_t tcache_chunks, fastbin_chunks; /* free ones that look like blocks in use */
	uint32_t arenas, heaps, mmapped;	/* arenas with the main one; heaps of the others */
	uint32_t checks,
		checks_passed; /* system_mem by arena, mmapped count and bytes, tcache key */
	uint64_t unwalked_bytes;
	uint64_t unreadable_pages;
	uint32_t scans;
	struct loss unconfirmed; /* lost in the last scan but not in the one before: counted as
				    possibly lost */
	struct loss heuristic[HEURISTICS]; /* reachable only by this heuristic */
};

enum allocator_kind {
	ALLOCATOR_UNKNOWN = 0,
	ALLOCATOR_GLIBC,
	ALLOCATOR_JEMALLOC,
	ALLOCATOR_TCMALLOC,
	ALLOCATOR_MIMALLOC,
	ALLOCATOR_TBB,
	ALLOCATOR_MUSL,
	ALLOCATOR_SANITIZER, /* AddressSanitizer's or LeakSanitizer's */
	ALLOCATOR_GO,
	ALLOCATOR_KINDS,
};

struct allocator_info {
	enum allocator_kind kind;
	char layout[16];  /* glibc: the row of the layout table that fitted, as "2.27-2.42" */
	char where[128];  /* the file it was recognised in, hostile */
	bool live_blocks; /* its blocks can be enumerated */
	uint32_t others;  /* bits 1 << enum allocator_kind: also in the process */
};
/* "glibc", "jemalloc", ... */
const char *allocator_name(enum allocator_kind kind);

enum harm {
	HARM_NONE = 0,
	HARM_HARMLESS,
	HARM_DANGEROUS,
	HARM_UNKNOWN, /* blocks are possibly lost, and nothing tells whether they are */
};
/* "none", "harmless", "dangerous", "unknown". */
const char *harm_name(enum harm harm);

enum harm_reason_id {
	HARM_NOTHING_LOST = 0, /* reachable_bytes */
	HARM_ENDED_BY_ITSELF,  /* lifetime_seconds, bytes in use then, 0 or the signal of its crash
				*/
	HARM_SHORT_LIVED,      /* lifetime_seconds */
	HARM_STILL_RUNNING,    /* lifetime_seconds, lost_bytes */
	HARM_ENDED_FROM_OUTSIDE, /* lifetime_seconds, signal, lost_bytes: it would have gone on */
	HARM_GREW,		 /* bytes held when settled, bytes at the end, seconds between */
	HARM_DID_NOT_GROW,	 /* bytes held at the start, bytes at the end, seconds between */
	HARM_GROWTH_VERDICT,	 /* enum verdict_class, bytes per second (mid), window_seconds */
	HARM_SMALL,		 /* lost_bytes, bytes that would count */
	HARM_ONLY_POSSIBLE,	 /* bytes possibly lost */
	HARM_REASON_IDS,
};
struct harm_reason {
	enum harm_reason_id id;
	double number[REASON_NUMBERS];
};
#define HARM_REASONS 6
struct harm_verdict {
	enum harm harm;
	uint32_t reasons;
	struct harm_reason reason[HARM_REASONS];
};

/* An earlier scan's groups beside these. */
enum group_change {
	CHANGE_NEW = 0,
	CHANGE_GREW,
	CHANGE_SAME,
	CHANGE_SHRANK,
	CHANGE_GONE,
};
struct group_diff {
	struct loss_group group; /* as it is now; as it was when it is gone */
	struct loss before;
	enum group_change change;
};

struct leak_report {
	int32_t pid;
	char comm[16];
	struct allocator_info allocator;
	bool summary_known; /* false: blocks could not be enumerated; everything below is empty */
	struct loss total[LOSS_CLASSES];
	struct loss free;	  /* chunks that are free */
	struct loss_group *group; /* largest first: definite, possible, indirect */
	uint32_t groups, group_room;
	uint64_t groups_left_out;     /* past the limit; their blocks are in the totals */
	struct root_holding *holding; /* --roots, largest first */
	uint32_t holdings;
	struct group_diff *diff; /* --diff */
	uint32_t diffs;
	struct scan_quality quality;
	struct scan_cost cost;
	double lifetime_seconds; /* of the process so far; NAN: not known */
	bool ended;		 /* while it was looked at from outside */
	struct harm_verdict harm;
	/*
	 * Memory by region, for allocators whose blocks cannot be enumerated: anonymous private
	 * mappings that some root or reachable mapping points into, and those that none does.
	 */
	bool regions_known;
	struct loss region_pointed, region_unpointed; /* bytes present, mappings */
};

void leak_report_release(struct leak_report *r) _nonnull_all_;
