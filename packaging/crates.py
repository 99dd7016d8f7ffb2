"""The crates and C libraries that are linked into the library and the program."""

import json
import os
import pathlib
import re
import subprocess


def cargo(*arguments):
    command = [os.environ.get("CARGO", "cargo"), *arguments, "--locked"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def linked(target="all"):
    """Returns cargo's metadata of all linked crates but our own, sorted by name and version. `target` is a triple, or `all` for any."""
    lines = cargo("tree", "--edges", "normal", "--target", target, "--prefix", "none", "--format", "{p}").splitlines()
    crates = {tuple(line.split()[:2]) for line in lines if line}
    names = sorted((name, version[1:]) for name, version in crates if name != "seerflow")
    metadata = json.loads(cargo("metadata", "--format-version", "1", "--all-features"))
    packages = {(package["name"], package["version"]): package for package in metadata["packages"]}
    return [packages[name] for name in names]


def folder(package):
    return pathlib.Path(package["manifest_path"]).parent


def c_libraries(packages):
    """Returns (name, version, licence) of each C library whose source is in one of the crates."""
    by_name = {package["name"]: package for package in packages}

    def version(crate, header, pattern):
        return ".".join(re.findall(pattern, (folder(by_name[crate]) / header).read_text(errors="replace"), re.MULTILINE))

    found = []
    if "libsqlite3-sys" in by_name:
        found.append(("sqlite", version("libsqlite3-sys", "sqlite3/sqlite3.h", r'^#define SQLITE_VERSION +"(.*)"'), "blessing"))
    if "zstd-sys" in by_name:
        number = r"^#define ZSTD_VERSION_(?:MAJOR|MINOR|RELEASE) +(\d+)"
        found.append(("zstd", version("zstd-sys", "zstd/lib/zstd.h", number), "BSD-3-Clause"))
    if "liblzma-sys" in by_name:
        number = r"^#define LZMA_VERSION_(?:MAJOR|MINOR|PATCH) +(\d+)"
        found.append(("xz", version("liblzma-sys", "xz/src/liblzma/api/lzma/version.h", number), "0BSD"))
    return found
