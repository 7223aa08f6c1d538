# SPDX-License-Identifier: BSD-3-Clause
"""trace_check.py TRACE [EXPRESSION...]: is TRACE what viewers of the Chrome trace format take, and
does it keep the promises of a timeline of locks?  Each expression has to be true of what is in it.
"""

import json
import sys
from itertools import combinations

COLOURS = {"waiting": "terrible", "shared": "good", "exclusive": "rail_response"}

with open(sys.argv[1], encoding="utf-8") as file:
    events = json.load(file)["traceEvents"]

names = {}
for event in events:
    if event["ph"] == "M" and event["name"] == "process_name":
        assert event["pid"] not in names, f"two rows {event['pid']}"
        names[event["pid"]] = event["args"]["name"]
labels = {e["pid"]: e["args"]["labels"] for e in events if e["name"] == "process_labels"}
assert labels.keys() <= names.keys(), "labels without a row"
lanes = {(e["pid"], e["tid"]) for e in events if e["ph"] == "M" and e["name"] == "thread_name"}
assert len({tid for _, tid in lanes}) == len(lanes), "a thread in two processes"


class Span:
    """An X event, with its parts by name."""

    def __init__(self, event):
        self.kind = event["cat"]
        self.pid, self.lane = event["pid"], (event["pid"], event["tid"])
        self.begin, self.end = event["ts"], event["ts"] + event["dur"]
        self.file, self.mode = event["args"]["file"], event["args"]["mode"]
        self.result, self.thread = event["args"]["result"], event["args"]["thread"]
        base = self.file.rpartition("/")[2]
        assert event["name"] == f"{base} {self.kind}", event
        assert event["cname"] == COLOURS[self.kind], event
        assert isinstance(event["ts"], int) and isinstance(event["dur"], int), event
        assert event["dur"] >= 0 and event["ts"] > 10**15, event
        assert self.mode in ("shared", "exclusive"), event
        assert self.kind in ("waiting", self.mode), event
        assert self.lane in lanes, event

    def __repr__(self):
        return f"{names[self.pid]}: {self.begin}-{self.end} {self.file} {self.kind} ({self.result})"


spans = [Span(event) for event in events if event["ph"] == "X"]
assert len(spans) + len(names) + len(labels) + len(lanes) == len(events), "unknown events"
waits = [span for span in spans if span.kind == "waiting"]
holds = [span for span in spans if span.kind != "waiting"]
ends = [span.end for span in spans]

for a, b in combinations(sorted(spans, key=lambda span: (span.begin, span.end)), 2):
    overlap = min(a.end, b.end) - max(a.begin, b.begin)
    assert overlap <= 0 or a.lane != b.lane, f"in one lane: {a}, {b}"
    if "exclusive" in (a.kind, b.kind) and a in holds and b in holds and a.file == b.file:
        assert overlap <= 0, f"not excluded: {a}, {b}"


def of(pid, kind=None):
    """What the process PID did, in order."""
    mine = [span for span in spans if span.pid == pid and kind in (None, span.kind)]
    return sorted(mine, key=lambda span: span.begin)


def rows(program):
    """How many rows there are for processes of that program."""
    return sum(name.startswith(program + " ") for name in names.values())


def seen(pid):
    """All of that in words."""
    return [f"{s.file.rpartition('/')[2]} {s.kind}: {s.result}" for s in of(pid)]


NO_END = "no end was recorded: killed, or still there"

for expression in sys.argv[2:]:
    if not eval(expression):
        sys.exit(f"not true: {expression}\n" + "\n".join(map(str, spans[:20])))
