# SPDX-License-Identifier: BSD-3-Clause
"""The table of clients, between the markers of doc/clients.md."""

import re
import sys

BEGIN, END = "<!-- clients -->", "<!-- /clients -->"


def row(*cells):
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def result_of(result):
    if result.verdict == "FAIL":
        return "**fails**"
    return "refused" if result.mode == "refused" else "works"


def table(results):
    lines = [
        row("client", "version", "language", "how it finds HDF5", "four at once", "result"),
        "|---|---|---|---|---|---|",
    ]
    for result in sorted(results, key=lambda result: (result.language, result.client.lower())):
        lines.append(
            row(
                result.client,
                result.version,
                result.language,
                result.finds,
                result.does,
                result_of(result),
            )
        )
    return "\n".join(lines)


def put_table(file, results):
    page = file.read_text(encoding="utf-8")
    text = table([result for result in results if result.verdict != "SKIP"])
    new, times = re.subn(
        re.escape(BEGIN) + ".*?" + re.escape(END),
        lambda _: f"{BEGIN}\n{text}\n{END}",
        page,
        flags=re.DOTALL,
    )
    if times != 1:
        sys.exit(f"{file} needs one pair of {BEGIN} and {END}")
    file.write_text(new, encoding="utf-8")
