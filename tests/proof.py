#!/usr/bin/env python3
"""Updates the table of docs/reliability.md from the results that tests print: tests/proof.py LOG...

A result is a line with `proof: ` and the columns of the table (tests/services/proof.rs). Several results for one fault are added up, also their other
figures if these have the form `name 7, most of another 8`, of which the second is a maximum. A row of the table without a result stays as it is.
"""

import re
import sys
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs/reliability.md"
BEGIN, END = "<!-- results -->\n", "<!-- end of results -->\n"


def total(cells):
    """The sum of numbers with one unit, such as `7 events` and `8 events`; `-` without such a number."""
    numbers = [cell.split(" ", 1) for cell in cells if cell != "-"]
    if not numbers:
        return "-"
    unit = "".join(" " + word for word in numbers[0][1:])
    return f"{sum(int(number[0].replace(',', '')) for number in numbers):,}{unit}"


def figures(notes):
    """The other figures of several results; those of the last one if they cannot be added up."""
    sums = {}
    for figure in (figure for note in notes for figure in note.split(", ")):
        found = re.fullmatch(r"(.*\S) (\d+)", figure)
        if not found:
            return notes[-1]
        name, number = found[1], int(found[2])
        sums[name] = max(sums.get(name, 0), number) if name.startswith("most ") else sums.get(name, 0) + number
    return ", ".join(f"{name} {number:,}" for name, number in sums.items())


def ranges(seeds):
    """Sorted numbers, with ranges of consecutive ones: 1, 5 to 7."""
    parts = []
    for seed in sorted({int(seed) for seed in seeds}):
        if parts and seed == parts[-1][1] + 1:
            parts[-1][1] = seed
        else:
            parts.append([seed, seed])
    return ", ".join(f"{first}" if first == last else f"{first} to {last}" for first, last in parts)


def row(results):
    fault, *_, test = results[-1]
    columns = list(zip(*results))
    sums = [total(column) for column in (*columns[1:5], columns[6])]
    return f"| {' | '.join([fault, *sums[:4], ranges(columns[5]), sums[4], figures(columns[7]), f'`{test}`'])} |\n"


def main(logs):
    results = {}
    for log in logs:
        for line in Path(log).read_text(encoding="utf-8", errors="replace").splitlines():
            if found := re.search(r"proof: (.*)", line):
                cells = [cell.strip() for cell in found[1].split(" | ")]
                if len(cells) == 9:
                    results.setdefault(cells[0], []).append(cells)
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    table, after = rest.split(END)
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in table.splitlines(keepends=True)}
    rows.update({fault: row(cells) for fault, cells in results.items()})
    PAGE.write_text(before + BEGIN + "".join(rows.values()) + END + after, encoding="utf-8")
    for fault in results:
        print(rows[fault], end="")


main(sys.argv[1:])
