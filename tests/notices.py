#!/usr/bin/env python3
"""Writes docs/third-party-licences.txt: the licence texts of every crate that is linked into the library and the program.

tests/notices.py --write makes the file; without it, the file is compared with the crates of Cargo.lock.
"""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys

FILE = pathlib.Path("docs/third-party-licences.txt")
HEAD = """\
libseerflow is licensed under MIT or Apache-2.0, as you like. It is linked with the crates below; where a crate offers
several licences, one of them is used.
"""


def cargo(*arguments):
    command = [os.environ.get("CARGO", "cargo"), *arguments, "--locked"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def linked():
    """Returns (name, version) of all crates that are linked, on any system."""
    lines = cargo("tree", "--edges", "normal", "--target", "all", "--prefix", "none", "--format", "{p}").splitlines()
    crates = {tuple(line.split()[:2]) for line in lines if line}
    return sorted((name, version[1:]) for name, version in crates if name != "seerflow")


def texts(package):
    """Returns the texts of one licence of a crate, and of its notices."""
    folder = pathlib.Path(package["manifest_path"]).parent
    names = sorted(path for path in folder.iterdir() if re.match(r"(?i)(licen[sc]e|copying|notice)", path.name) and path.is_file())
    mit = [path for path in names if re.search(r"(?i)mit", path.name)]
    chosen = mit[:1] + [path for path in names if path.name.lower().startswith("notice")] if mit else names
    return ["\n".join(line.rstrip() for line in path.read_text(errors="replace").strip().splitlines()) for path in chosen]


def entry(name, version, licence):
    return f"{name} {version} ({licence})"


metadata = json.loads(cargo("metadata", "--format-version", "1", "--all-features"))
packages = {(package["name"], package["version"]): package for package in metadata["packages"]}
crates = [packages[crate] for crate in linked()]
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
