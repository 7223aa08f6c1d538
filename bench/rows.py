# SPDX-License-Identifier: BSD-3-Clause
"""Rows of results: their statistics, the verdict, and the ways to print them."""

import dataclasses
import math
import statistics

FIELDS = (
    "key measure against unit value rival ratio ratio_low ratio_high limit verdict n note"
).split()


@dataclasses.dataclass
class Row:
    """One comparison. Numbers that there are none of are None."""

    key: str  # for programs: part.what.how-many
    measure: str
    against: str
    unit: str = ""
    value: float = None  # median, with the library
    rival: float = None  # median, of what it is compared with
    ratio: float = None  # median of the paired ratios, with its 95 % interval
    ratio_low: float = None
    ratio_high: float = None
    limit: str = ""  # the reach, as text
    verdict: str = ""  # "met", "missed by …", or empty if nothing is asked
    n: int = 0  # pairs
    note: str = ""


def median(values):
    return statistics.median(values)


def percentile(values, percent):
    values = sorted(values)
    return values[min(len(values) - 1, math.ceil(len(values) * percent / 100) - 1)]


def interval(values):
    """A 95 % interval for the median, by the sign test; the extremes where there are few."""
    values = sorted(values)
    n = len(values)
    skip = 0
    tail = 0.5**n
    while tail + math.comb(n, skip + 1) * 0.5**n <= 0.025:
        skip += 1
        tail += math.comb(n, skip) * 0.5**n
    return values[skip], values[n - 1 - skip]


def judge(measured, limit, at_most, unit=""):
    """"met", or by how much not."""
    missing = measured - limit if at_most else limit - measured
    if missing <= 0:
        return "met"
    if unit:
        return f"missed by {amount(missing, unit)}"
    return f"missed by {missing:.{3 if missing >= 0.001 else 5}f}"


def compare(row, values, rivals, ratios=None, most=None, least=None, speed=False):
    """Fills ROW from paired measurements. SPEED: the ratio is of speeds, not of times."""
    ratios = ratios or [r / v if speed else v / r for v, r in zip(values, rivals)]
    row.value, row.rival = median(values), median(rivals)
    row.ratio = median(ratios)
    row.ratio_low, row.ratio_high = interval(ratios)
    row.n = len(ratios)
    if most is not None:
        row.limit, row.verdict = f"≤ {most}", judge(row.ratio, most, True)
    if least is not None:
        row.limit, row.verdict = f"≥ {least}", judge(row.ratio, least, False)
    return row


def number(x):
    """Three digits that mean something, and no exponents."""
    if x is None:
        return ""
    if x == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(x))))
    return f"{x:.{min(digits, 4)}f}"


def two_digits(x):
    return "" if x is None else f"{x:.3f}" if x < 2 else number(x)


def amount(x, unit):
    return f"{number(x)} {unit}".strip() if x is not None else ""


def cells(row):
    """What people read of a row."""
    ratio = two_digits(row.ratio)
    if row.ratio_low is not None:
        ratio += f" ({two_digits(row.ratio_low)}–{two_digits(row.ratio_high)})"
    return [
        row.measure,
        row.against,
        amount(row.value, row.unit),
        amount(row.rival, row.unit),
        ratio,
        row.limit,
        row.verdict,
        row.note,
    ]


HEADINGS = ["measure", "against", "with liblockedh5", "the other", "ratio", "reach", "", ""]


def line(row, widths=(43, 42, 11, 11, 21, 12, 0)):
    """A row of the table on the terminal."""
    columns = cells(row) if isinstance(row, Row) else row
    text = "  ".join(c.ljust(w) for c, w in zip(columns[:-1], widths))
    return (text + (f"  [{columns[-1]}]" if columns[-1] else "")).rstrip()


def table(rows):
    """All rows, with columns as wide as they need to be."""
    lines = [HEADINGS[:2] + ["value", "the other's"] + HEADINGS[4:]] + [cells(row) for row in rows]
    widths = [max(len(columns[i]) for columns in lines) for i in range(len(lines[0]))]
    return "\n".join(line(columns, widths) for columns in lines)


def write_tsv(path, rows, facts):
    with open(path, "w", encoding="utf-8") as file:
        for name, value in facts.items():
            file.write(f"# {name}: {value}\n")
        file.write("\t".join(FIELDS) + "\n")
        for row in rows:
            values = [getattr(row, field) for field in FIELDS]
            file.write("\t".join(text(value) for value in values) + "\n")


def text(value):
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def read_tsv(path):
    """(rows, facts) of what write_tsv() wrote."""
    facts, rows = {}, []
    with open(path, encoding="utf-8") as file:
        for entry in file:
            entry = entry.rstrip("\n")
            if entry.startswith("# "):
                name, _, value = entry[2:].partition(": ")
                facts[name] = value
            elif entry != "\t".join(FIELDS):
                rows.append(row_of(dict(zip(FIELDS, entry.split("\t")))))
    return rows, facts


def row_of(fields):
    for name in ("value", "rival", "ratio", "ratio_low", "ratio_high"):
        fields[name] = float(fields[name]) if fields[name] else None
    fields["n"] = int(fields["n"])
    return Row(**fields)
