#!/usr/bin/env python3
"""Adds a released Go module to a directory that serves as a GOPROXY: packaging/go.py PREFIX PROXY PLATFORM

PREFIX is an installed libseerflow, whose header and static library the module gets. A module that the directory has already, of another
platform, keeps its libraries.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time
import zipfile

prefix, proxy, platform = sys.argv[1:]
lib = {
    "x86_64-linux-gnu": "lib/linux_amd64",
    "x86_64-linux-musl": "lib/linux_amd64_musl",
    "aarch64-linux-gnu": "lib/linux_arm64",
    "aarch64-linux-musl": "lib/linux_arm64_musl",
}[platform]
source = pathlib.Path("bindings/go")
path = re.search(r"^module (\S+)", (source / "go.mod").read_text(), re.MULTILINE).group(1)
version = "v" + re.search(r'^version = "(.*)"', pathlib.Path("Cargo.toml").read_text(), re.MULTILINE).group(1)
moment = int(os.environ["SOURCE_DATE_EPOCH"])

tracked = subprocess.run(["git", "ls-files", source], check=True, capture_output=True, text=True).stdout.split("\n")[:-1]
names = [pathlib.Path(name).relative_to(source) for name in tracked]
other_modules = {name.parent for name in names if name.name == "go.mod"} - {pathlib.Path()}
files = {str(name): (source / name).read_bytes() for name in names if not other_modules & set(name.parents)}

folder = pathlib.Path(proxy) / path / "@v"
folder.mkdir(parents=True, exist_ok=True)
archive = folder / f"{version}.zip"
laid = re.compile(r"lib/[^/]+/(libseerflow\.a|seerflow\.h)")
if archive.exists():
    with zipfile.ZipFile(archive) as old:
        of_old = {name.split("@" + version + "/", 1)[1]: name for name in old.namelist()}
        files.update({short: old.read(name) for short, name in of_old.items() if laid.fullmatch(short)})
[static_library] = pathlib.Path(prefix).glob("lib*/libseerflow.a")
files[f"{lib}/libseerflow.a"] = static_library.read_bytes()
files[f"{lib}/seerflow.h"] = (pathlib.Path(prefix) / "include/seerflow.h").read_bytes()

with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
    for name in sorted(files):
        entry = zipfile.ZipInfo(f"{path}@{version}/{name}", time.gmtime(moment)[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        made.writestr(entry, files[name])
(folder / f"{version}.mod").write_bytes(files["go.mod"])
(folder / f"{version}.info").write_text(json.dumps({"Version": version, "Time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))}))
(folder / "list").write_text(version + "\n")
