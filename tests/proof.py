#!/usr/bin/env python3
"""Updates the table of docs/reliability.md from the results that tests print: tests/proof.py LOG...

A result is a line with `proof: ` and the columns of the table (tests/services/proof.rs). Several results for one fault are added up. A row
of the table without a result stays as it is.
"""

import re
import sys
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs/reliability.md"
BEGIN, END = "<!-- results -->\n", "<!-- end of results -->\n"


def total(cells):
    """The sum of numbers with one unit, such as `7 events` and `8 events`; `-` if there is none."""
    numbers = [cell.split(" ", 1) for cell in cells if cell != "-"]
    if not numbers:
        return "-"
    unit = "".join(" " + word for word in numbers[0][1:])
    return f"{sum(int(number[0].replace(',', '')) for number in numbers):,}{unit}"


def row(results):
    fault, *_, note, test = results[-1]
    columns = list(zip(*results))
    seeds = ", ".join(sorted(set(columns[5])))
    sums = [total(column) for column in (*columns[1:5], columns[6])]
    return f"| {' | '.join([fault, *sums[:4], seeds, sums[4], note, f'`{test}`'])} |\n"


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
