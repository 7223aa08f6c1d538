# SPDX-License-Identifier: BSD-3-Clause
"""Draws results.tsv as an SVG, with gnuplot: plot.py RESULTS.TSV PICTURE.SVG"""

import shutil
import subprocess
import sys

import counters
import rows

# Colours that people who see few of them can tell apart.
SHIM, SIDE, ALONE, SPAWN = "#0072b2", "#e69f00", "#999999", "#cc79a7"

SETUP = """
set terminal svg size 980,440 dynamic enhanced font 'DejaVu Sans,Verdana,sans-serif,13' \\
    background '#ffffff'
set encoding utf8
set output '{picture}'
set multiplot layout 1,2 margins 0.07,0.985,0.30,0.89 spacing 0.09
set style fill solid 1 noborder
set style data histograms
set style histogram clustered gap 1
set boxwidth 0.92 relative
set border 3 lc rgb '#444444'
set tics nomirror scale 0.4 textcolor rgb '#222222'
set grid y lc rgb '#dddddd' lt 1
unset key
"""

COUNTER = """
set title 'One counter in one file: updates each second' font ',15'
set xlabel 'processes at once'
set yrange [0:*]
set format y '%.0f'
set xrange [-0.6:{last}.6]
plot $counter using 2:xtic(1) lc rgb '{SHIM}', '' using 3 lc rgb '{SIDE}', \\
    '' using 4 lc rgb '{ALONE}', '' using 5 lc rgb '{SPAWN}', \\
    '' using ($0 + 0.3):5:(sprintf('%.0f', $5)) with labels offset 0,0.6 font ',10'
"""

WRITER = """
unset label
set title "How long a writer waits at worst" font ',15'
set xlabel 'overlapping readers, each holding the file for {hold:.0f} ms'
set logscale y
set yrange [10:10000]
set format y '%g ms'
set xrange [-0.6:{last}.6]
plot $writer using 2:xtic(1) lc rgb '{SHIM}', '' using 3 lc rgb '{SIDE}', \\
    2 * {hold} with lines dt 2 lc rgb '#444444', \\
    '' using ($0 - 0.167):2:4 with labels offset 0,0.6 font ',10', \\
    '' using ($0 + 0.167):3:5 with labels offset 0,0.6 font ',10'
"""

GOAL = "two holds: the goal"
LEFT = (
    ("SHIM", "liblockedh5", 0.06, 0.13),
    ("SIDE", "flock on a side file, in the program", 0.2, 0.13),
    ("ALONE", "one process alone", 0.06, 0.06),
    ("SPAWN", "flock(1) around each run", 0.23, 0.06),
)
RIGHT = (
    ("SHIM", "liblockedh5", 0.575, 0.13),
    ("SIDE", "plain flock (a run lasts {run})", 0.71, 0.13),
    ("ALONE", GOAL, 0.575, 0.06),
)


def legend(entries, colours, **values):
    """Placed by hand: gnuplot's own would lie over the axis."""
    lines = []
    for colour, text, x, y in entries:
        mark = "- -" if text == GOAL else "■"
        lines.append(
            f"set label '{mark}' at screen {x},{y} textcolor rgb '{colours[colour]}' front\n"
            f"set label '{text.format(**values)}' at screen {x + 0.02},{y} front"
        )
    return "\n".join(lines)


def speed(row, which):
    """Updates each second, of a counter row's value or rival."""
    took = getattr(row, which) if row else None
    return f"{counters.UPDATES / took * 1e3:.6g}" if took else "?"


def sizes(by_key, prefix):
    return sorted(int(key.split(".")[2]) for key in by_key if key.startswith(prefix))


def data(by_key):
    """The two data blocks."""
    lines = ["$counter << EOD"]
    for n in sizes(by_key, "counter.side."):
        side, alone, spawn = (by_key.get(f"counter.{k}.{n}") for k in ("side", "alone", "spawn"))
        lines.append(
            f"{n} {speed(side, 'value')} {speed(side, 'rival')} {speed(alone, 'rival')} "
            f"{speed(spawn, 'rival')}"
        )
    lines += ["EOD", "$writer << EOD"]
    for n in sizes(by_key, "writer.flock."):
        row = by_key[f"writer.flock.{n}"]
        starved = "starved" if row.rival > 10 * row.value else f"{row.rival:.0f}"
        lines.append(f"{n} {row.value:.6g} {row.rival:.6g} {row.value:.0f} {starved}")
    return "\n".join([*lines, "EOD"])


def draw(tsv, picture):
    """False if there is no gnuplot."""
    if not shutil.which("gnuplot"):
        return False
    found, facts = rows.read_tsv(tsv)
    by_key = {row.key: row for row in found}
    crowds = sizes(by_key, "writer.flock.")
    hold = rows.median(by_key[f"writer.{n}"].rival for n in crowds)
    run = facts["length of a run among readers or writers"]
    colours = {"SHIM": SHIM, "SIDE": SIDE, "ALONE": ALONE, "SPAWN": SPAWN}
    script = "\n".join(
        [
            data(by_key),
            SETUP.format(picture=picture),
            legend(LEFT, colours),
            COUNTER.format(last=len(sizes(by_key, "counter.side.")) - 1, **colours),
            WRITER.format(last=len(crowds) - 1, hold=hold, **colours).replace(
                "unset label", "unset label\n" + legend(RIGHT, colours, run=run)
            ),
            "unset multiplot",
        ]
    )
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
    return True


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    if not draw(*sys.argv[1:]):
        sys.exit("plot.py: no gnuplot (Debian: gnuplot-nox)")
