# Merges the files that src/trace.c writes into one in the Chrome trace format.  Their names are the
# input, one a line.  The makefile puts this between single quotes into lockedh5, so there must be
# none in here.
#
# Times are in microseconds since 1970: too large for the %d of some awks, and for the way in which
# some make text of a number.  So they are printed as they were read, or with %.0f.

function complain(sentence) {
	print "lockedh5: " sentence | "cat >&2"
	close("cat >&2")
	failed = 1
	exit 2
}

function number(text) {
	return text ~ /^[0-9]+$/
}

# A line may have been cut where a disk was full; what is no JSON string must not get into the file.
function string(text) {
	return text ~ /^"([^"\\]|\\["\\u])*"$/ && text !~ /[\001-\037]/
}

# --- processes and their rows -------------------------------------------------------------------

# Two threads may both have introduced their process.  The same number with another image is another
# program: executed by that process, or started when the number was free again.
function introduce(pid, image, host, program,    id) {
	id = host "\t" pid "\t" image
	if (!(id in row_of)) {
		row_of[id] = ++rows
		# Other hosts have the same numbers; a row of the picture needs one of its own.
		row_pid[rows] = pid in pid_used ? 10000000 + rows : pid
		pid_used[pid] = 1
		row_host[rows] = host
		row_name[rows] = substr(program, 1, length(program) - 1) " " pid \
			" (" substr(host, 2)
		sub(/"$/, ")\"", row_name[rows])
	}
	row = row_of[id]
}

# What lasts at the same time needs lanes below each other: the lowest one that is free at TIME.
function lane_at(time,    lane) {
	lane = 1
	while (lane_busy[row, lane] || lane_end[row, lane] + 0 > time + 0)
		lane++
	lane_busy[row, lane] = 1
	if (lane > row_lanes[row] + 0)
		row_lanes[row] = lane
	return lane
}

# --- spans: waits and holds ---------------------------------------------------------------------

# A new one is the number SPANS.
function begin(kind, mode, time, thread, name) {
	spans++
	kind_of[spans] = kind
	mode_of[spans] = mode
	begin_of[spans] = time
	thread_of[spans] = thread
	name_of[spans] = name
	of_row[spans] = row
	lane_of[spans] = lane_at(time)
}

function leave_lane(span, time,    lane) {
	lane = of_row[span] SUBSEP lane_of[span]
	lane_busy[lane] = 0
	if (time + 0 > lane_end[lane] + 0)
		lane_end[lane] = time
}

# A clock that was set back must not give a negative duration.
function end(span, time, result) {
	end_of[span] = time + 0 < begin_of[span] + 0 ? begin_of[span] : time
	result_of[span] = result
	leave_lane(span, end_of[span])
}

# Something else begins where this one must have ended unseen.
function lose(span, time) {
	limit_of[span] = time
	leave_lane(span, time)
}

function begin_wait(time, thread, mode, name) {
	if (wait_of[row, thread])
		lose(wait_of[row, thread], time)
	begin("waiting", mode, time, thread, name)
	wait_of[row, thread] = spans
}

function end_wait(time, thread, result) {
	if (wait_of[row, thread])
		end(wait_of[row, thread], time, result)
	wait_of[row, thread] = 0
}

function begin_hold(time, thread, fd, mode, dev, ino, name) {
	if (hold_of[row, fd])
		lose(hold_of[row, fd], time)
	begin(mode, mode, time, thread, name)
	hold_of[row, fd] = spans
	dev_of[spans] = dev
	ino_of[spans] = ino
	holds_of[ino]++
	hold_number[ino, holds_of[ino]] = spans
}

function change_hold(before, thread, fd, after, mode,    old) {
	old = hold_of[row, fd]
	if (!old)
		return
	end(old, before, "changed to " mode)
	hold_of[row, fd] = 0
	begin_hold(after, thread, fd, mode, dev_of[old], ino_of[old], name_of[old])
}

function end_hold(time, fd) {
	if (hold_of[row, fd])
		end(hold_of[row, fd], time, "released")
	hold_of[row, fd] = 0
}

# --- reading ------------------------------------------------------------------------------------

function event(line,    column, n) {
	n = split(line, column, "\t")
	if (n < 4 || !number(column[1]) || !number(column[2]))
		return
	if (column[4] == "process") {
		if (n == 6 && column[3] ~ /^[0-9a-f]+$/ && string(column[5]) && string(column[6]))
			introduce(column[2], column[3], column[5], column[6])
		else
			return
	} else if (!row) {
		return
	} else if (column[4] == "wait" && n == 6 && mode(column[5]) && string(column[6])) {
		begin_wait(column[1], column[2], column[5], column[6])
	} else if (column[4] == "hold" && n == 8 && mode(column[5]) && string(column[8])) {
		begin_hold(column[1], column[2], column[3], column[5], column[6], column[7],
			column[8])
	} else if (column[4] == "change" && n == 6 && number(column[5]) && mode(column[6])) {
		change_hold(column[1], column[2], column[3], column[5], column[6])
	} else if (column[4] == "release" && n == 4) {
		end_hold(column[1], column[3])
	} else if (n == 4 && column[4] in results) {
		end_wait(column[1], column[2], results[column[4]])
	} else {
		return
	}
	if (column[1] + 0 > last + 0)
		last = column[1]
}

function mode(word) {
	return word == "shared" || word == "exclusive"
}

BEGIN {
	results["got"] = "got it"
	results["gave-up"] = "gave up"
	results["interrupted"] = "interrupted"
	results["replaced"] = "another file had come to its place"
	results["failed"] = "failed"
	colour["waiting"] = "terrible"
	colour["shared"] = "good"
	colour["exclusive"] = "rail_response"
}

{
	row = 0
	while ((got = (getline line <$0)) > 0)
		event(line)
	if (got < 0)
		complain("the trace " $0 " can not be read")
	close($0)
}

# --- writing ------------------------------------------------------------------------------------

# Whether two holds are of one file.  Other hosts number their devices otherwise, other names lead
# to the same file on the same host.
function same_file(a, b) {
	return name_of[a] == name_of[b] || \
		(dev_of[a] == dev_of[b] && row_host[of_row[a]] == row_host[of_row[b]])
}

# When a span whose end was not recorded must have been over: at the latest at the last event of
# all, but before somebody else got a lock that does not go with it.
function latest_end(span,    time, i, other, ino) {
	time = span in limit_of ? limit_of[span] : last
	if (span in ino_of) {
		ino = ino_of[span]
		for (i = 1; i <= holds_of[ino]; i++) {
			other = hold_number[ino, i]
			if (other != span && begin_of[other] + 0 >= begin_of[span] + 0 && \
			    begin_of[other] + 0 < time + 0 && \
			    (mode_of[span] == "exclusive" || mode_of[other] == "exclusive") && \
			    same_file(span, other))
				time = begin_of[other]
		}
	}
	return time
}

function write(text) {
	print (written++ ? "," : "") text
}

function write_row(row,    lane, tid) {
	write("{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":" row_pid[row] \
		",\"tid\":" row_pid[row] ",\"args\":{\"name\":" row_name[row] "}}")
	for (lane = 1; lane <= row_lanes[row]; lane++) {
		tid = lane == 1 ? row_pid[row] : 20000000 + ++more_lanes
		lane_tid[row, lane] = tid
		write("{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":" row_pid[row] \
			",\"tid\":" tid ",\"args\":{\"name\":\"file " lane "\"}}")
	}
}

function write_span(span,    base, row) {
	row = of_row[span]
	if (!(span in end_of))
		end(span, latest_end(span), "no end was recorded: killed, or still there")
	base = name_of[span]
	sub(/^"/, "", base)
	sub(/^.*\//, "", base)
	sub(/"$/, "", base)
	write("{\"ph\":\"X\",\"name\":\"" base " " kind_of[span] "\",\"cat\":\"" kind_of[span] \
		"\",\"cname\":\"" colour[kind_of[span]] "\",\"pid\":" row_pid[row] \
		",\"tid\":" lane_tid[row, lane_of[span]] ",\"ts\":" begin_of[span] \
		",\"dur\":" sprintf("%.0f", end_of[span] - begin_of[span]) \
		",\"args\":{\"file\":" name_of[span] ",\"mode\":\"" mode_of[span] \
		"\",\"result\":\"" result_of[span] "\",\"thread\":" thread_of[span] "}}")
}

END {
	if (failed)
		exit 2
	if (!rows)
		complain("none of the files there is a trace of the library")
	print "{\"displayTimeUnit\":\"ms\",\"traceEvents\":["
	for (i = 1; i <= rows; i++)
		write_row(i)
	for (i = 1; i <= spans; i++)
		write_span(i)
	print "]}"
}
