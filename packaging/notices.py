#!/usr/bin/env python3
"""Writes docs/third-party-licences.txt: the licence texts of every crate that is linked into the library and the program.

packaging/notices.py --write makes the file; without it, the file is compared with the crates of Cargo.lock.
"""

import collections
import pathlib
import re
import sys

import crates as linked_crates

FILE = pathlib.Path("docs/third-party-licences.txt")
HEAD = """\
libseerflow is licensed under MIT or Apache-2.0, as you like. It is linked with the crates below; where a crate offers
several licences, one of them is used.

SQLite, whose source is in libsqlite3-sys, is in the public domain. XZ Utils' liblzma, in liblzma-sys, is under 0BSD. Both ask for
no notice. Rust's standard library is licensed under MIT or Apache-2.0: Copyright (c) The Rust Project Contributors.
"""


def texts(package):
    """Returns the texts of one licence of a crate, and of its notices."""
    names = sorted(path for path in linked_crates.folder(package).iterdir() if re.match(r"(?i)(licen[sc]e|copying|notice)", path.name) and path.is_file())
    mit = [path for path in names if re.search(r"(?i)mit", path.name)]
    chosen = mit[:1] + [path for path in names if path.name.lower().startswith("notice")] if mit else names
    return ["\n".join(line.rstrip() for line in path.read_text(errors="replace").strip().splitlines()) for path in chosen]


def entry(name, version, licence):
    return f"{name} {version} ({licence})"


crates = linked_crates.linked()
lines = [entry(crate["name"], crate["version"], crate["license"]) for crate in crates]
if sys.argv[1:] == ["--write"]:
    groups = collections.defaultdict(list)
    for crate, line in zip(crates, lines):
        for text in texts(crate) or [f"See {crate['repository']}"]:
            groups[text].append(line)
    rule = "-" * 100
    sections = ["\n".join(names) + "\n\n" + text for text, names in sorted(groups.items(), key=lambda group: group[1])]
    FILE.write_text(HEAD + "".join(f"\n{rule}\n{section}\n" for section in sections))
else:
    stated = set(re.findall(r"^\S+ \d+\.\d+\S* \(.+\)$", FILE.read_text(), re.MULTILINE))
    wrong = sorted(stated ^ set(lines))
    print(f"{len(lines)} crates")
    print("\n".join(f"{'not linked' if line in stated else 'missing'}: {line}" for line in wrong))
    sys.exit(bool(wrong))
