#!/usr/bin/env python3
"""The version, whose one place is Cargo.toml.

packaging/version.py               prints it; fails if another file has another version
packaging/version.py set VERSION   writes VERSION into all files
packaging/version.py release       fails if the tree cannot be released: changes not committed, no section in CHANGELOG.md, a tag that exists
"""

import pathlib
import re
import subprocess
import sys

SEMVER = r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?"
GO = r"github\.com/libseerflow/libseerflow/bindings/go\S* v"
# (file, what stands before the version)
PLACES = [
    ("Cargo.toml", r'\A\[package\]\nname = "seerflow"\nversion = "'),
    ("Cargo.lock", r'name = "seerflow"\nversion = "'),
    ("bindings/node/package.json", r'"name": "seerflow",\n  "version": "'),
    ("bindings/node/package-lock.json", r'"name": "seerflow",\n +"version": "'),
    ("bindings/go/seerflowzap/go.mod", GO),
    ("bindings/go/otelexporter/go.mod", GO),
    ("bindings/go/otelexporter/collector/go.mod", GO),
    ("bindings/go/otelexporter/collector/main.go", r'Version: "'),
    ("bindings/go/otelexporter/collector/builder-config.yaml", r"(?:^  version: |bindings/go/otelexporter v)"),
    ("bindings/go/README.md", r"`bindings/go/(?:\w+/)?v"),
    ("include/seerflow.h", r'#define SEERFLOW_VERSION "'),
]


def pattern(before):
    return re.compile(f"({before})({SEMVER})", re.MULTILINE)


def stated():
    """Returns (file, version) of every place; a file without a version has None."""
    for name, before in PLACES:
        found = pattern(before).findall(pathlib.Path(name).read_text())
        for _, version in found or [(None, None)]:
            yield name, version


def release_faults(version):
    if subprocess.run(["git", "status", "--porcelain"], check=True, capture_output=True, text=True).stdout:
        yield "changes are not committed"
    changes = pathlib.Path("CHANGELOG.md").read_text()
    if not re.search(rf"^## \[?{re.escape(version)}\]? - \d{{4}}-\d\d-\d\d$", changes, re.MULTILINE):
        yield f"CHANGELOG.md has no section `## {version} - DATE`"
    if re.search(r"^## Unreleased\n+(?!## )\S", changes, re.MULTILINE):
        yield "CHANGELOG.md has unreleased changes"
    if subprocess.run(["git", "rev-parse", "-q", "--verify", f"refs/tags/v{version}"], capture_output=True).returncode == 0:
        yield f"the tag v{version} exists"


[(_, version), *others] = stated()
match sys.argv[1:]:
    case ["set", new]:
        if not re.fullmatch(SEMVER, new):
            sys.exit(f"{new} is not a version of SemVer")
        for name, before in PLACES:
            path = pathlib.Path(name)
            path.write_text(pattern(before).sub(lambda found: found.group(1) + new, path.read_text()))
    case [] | ["release"]:
        faults = [f"{name} has {found}, Cargo.toml has {version}" for name, found in others if found != version]
        if sys.argv[1:] == ["release"]:
            faults += release_faults(version)
        print(version)
        sys.exit("\n".join(faults) if faults else 0)
    case _:
        sys.exit(__doc__)
