/* SPDX-License-Identifier: BSD-3-Clause */
#include "command/trace/chrome.h"

#include <string.h>

/* The ID of a lane, which is a thread there; no thread of Linux has one as high. */
static size_t lane_id(const struct row *row, uint32_t lane)
{
	return lane ? 20000000 + row->lanes_above + lane : (size_t)row->shown_pid;
}

static void write_row(const struct row *row, FILE *out)
{
	fprintf(out,
		"{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":%d,\"tid\":%d,\"args\":"
		"{\"name\":%s}}\n",
		row->shown_pid, row->shown_pid, row->label);
	/* "" of a timeline of an earlier version. */
	if (strlen(row->more) > 2)
		fprintf(out,
			",{\"ph\":\"M\",\"name\":\"process_labels\",\"pid\":%d,\"tid\":%d,\"args\":"
			"{\"labels\":%s}}\n",
			row->shown_pid, row->shown_pid, row->more);
	for (uint32_t lane = 0; lane < row->n_lanes; lane++)
		fprintf(out,
			",{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":%d,\"tid\":%zu,\"args\":"
			"{\"name\":\"file %u\"}}\n",
			row->shown_pid, lane_id(row, lane), lane + 1);
}

/* The last part of a path, a string of JSON, without the quotes; *LENGTH is its own. */
static const char *base_of(const char *name, int *length)
{
	const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name + 1;

	*length = (int)strlen(base) - 1;
	return base;
}

static void write_span(const struct timeline *timeline, const struct span *span, FILE *out)
{
	static const char *const results[] = {
		[RESULT_UNKNOWN] = "no end was recorded: killed, or still there",
		[RESULT_GOT] = "got it",
		[RESULT_GAVE_UP] = "gave up",
		[RESULT_INTERRUPTED] = "interrupted",
		[RESULT_REPLACED] = "another file had come to its place",
		[RESULT_FAILED] = "failed",
		[RESULT_RELEASED] = "released",
		[RESULT_NOW_SHARED] = "changed to shared",
		[RESULT_NOW_EXCLUSIVE] = "changed to exclusive",
	};
	const struct row *row = &timeline->rows[span->row];
	const char *mode = span->exclusive ? "exclusive" : "shared";
	const char *kind = span->waits ? "waiting" : mode;
	const char *colour = span->waits ? "terrible" : span->exclusive ? "rail_response" : "good";
	int length;
	const char *base = base_of(span->file->name, &length);

	fprintf(out,
		",{\"ph\":\"X\",\"name\":\"%.*s %s\",\"cat\":\"%s\",\"cname\":\"%s\",\"pid\":%d,"
		"\"tid\":%zu,\"ts\":%lld,\"dur\":%lld,\"args\":{\"file\":%s,\"mode\":\"%s\","
		"\"result\":\"%s\",\"thread\":%d}}\n",
		length, base, kind, kind, colour, row->shown_pid, lane_id(row, span->lane),
		(long long)span->begin, (long long)(span->end - span->begin), span->file->name,
		mode, results[span->result], span->thread);
}

void chrome_write(const struct timeline *timeline, FILE *out)
{
	fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n", out);
	for (size_t i = 0; i < timeline->n_rows; i++) {
		if (i)
			putc(',', out);
		write_row(&timeline->rows[i], out);
	}
	for (size_t i = 0; i < timeline->n_spans; i++)
		write_span(timeline, &timeline->spans[i], out);
	fputs("]}\n", out);
}
