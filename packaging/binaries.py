#!/usr/bin/env python3
"""Looks into built files with binutils.

packaging/binaries.py table LIBRARY PROGRAM   prints the table of protections that docs/install.md has
packaging/binaries.py glibc VERSION FILE...   fails if a file needs a newer symbol of glibc
packaging/binaries.py paths ROOT FILE...      fails if a file contains a directory of this machine or the name of a registry
"""

import os
import re
import subprocess
import sys


def of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, errors="replace", env={**os.environ, "LC_ALL": "C"}).stdout


def number(version):
    return [int(part) for part in version.split(".")]


def column(file):
    """Returns the protections of a file, as {property: text}."""
    headers, dynamic = of("readelf", "-W", "-l", file), of("readelf", "-W", "-d", file)
    symbols = of("readelf", "-W", "--dyn-syms", file)
    imported = set(re.findall(r" UND (\w+)", symbols))
    exported = set(re.findall(r" (?:GLOBAL|WEAK) +\w+ +\d+ ([\w.]+)", symbols))
    foreign = {name for name in exported if not re.match(r"(?i)seerflow_", name)}
    now = re.search(r"BIND_NOW|Flags:.*NOW", dynamic)
    landing_pads = of("objdump", "-d", "--no-show-raw-insn", file).count("endbr64")
    checked = sorted(name for name in imported if name.endswith("_chk"))
    stack = re.search(r"GNU_STACK .* (R\w*) ", headers)
    return {
        "relocations read-only after start (RELRO)": "full" if "GNU_RELRO" in headers and now else "no",
        "stack not executable (NX)": "yes" if stack and "E" not in stack.group(1) else "no",
        "segments writable and executable": "some" if re.search(r"LOAD .* RWE ", headers) else "none",
        "position-independent": "yes" if "DYN " in of("readelf", "-h", file) else "no",
        "relocations in code (TEXTREL)": "some" if "TEXTREL" in dynamic else "none",
        "stack protector": "C parts" if "__stack_chk_fail" in imported else "no",
        "checked functions of libc (FORTIFY_SOURCE)": "C parts" if checked else "no",
        "landing pads for indirect branches (CET)": "C parts" if landing_pads > 500 else "no",
        "search path in the file (RPATH, RUNPATH)": "some" if re.search(r"\((RPATH|RUNPATH)\)", dynamic) else "none",
        "exported symbols besides `seerflow_*`": ", ".join(sorted(foreign)[:5]) or "none",
    }


def table(library, program):
    columns = [column(library), column(program)]
    print("| property | `libseerflow.so` | `seerflow` |\n|---|---|---|")
    for name in columns[0]:
        print(f"| {name} | {columns[0][name]} | {columns[1][name]} |")


def glibc(floor, *files):
    for file in files:
        symbols = of("readelf", "-W", "--dyn-syms", file)
        newest = max(re.findall(r"@GLIBC_([0-9.]+)", symbols), key=number)
        print(f"{file}: glibc {newest}")
        if number(newest) > number(floor):
            print("\n".join(line for line in symbols.splitlines() if f"GLIBC_{newest}" in line))
            yield file


def paths(root, *files):
    places = [root, os.path.expanduser("~") + "/", "/.cargo/", "/.rustup/", "index.crates.io", "registry/src"]
    for file in files:
        content = open(file, "rb").read()
        for place in places:
            at = content.find(place.encode())
            if at >= 0:
                print(f"{file}: {content[max(0, at - 40):at + 120]}")
                yield file


command, *arguments = sys.argv[1:]
if command == "table":
    table(*arguments)
else:
    sys.exit(bool(list({"glibc": glibc, "paths": paths}[command](*arguments))))
