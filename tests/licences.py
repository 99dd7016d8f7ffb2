#!/usr/bin/env python3
"""Holds the licences of all crates against deny.toml's list, on machines without cargo-deny."""

import json
import os
import re
import subprocess
import sys
import tomllib

with open("deny.toml", "rb") as file:
    licenses = tomllib.load(file)["licenses"]
allowed = set(licenses["allow"])
exceptions = {entry["crate"]: set(entry["allow"]) for entry in licenses.get("exceptions", [])}


def holds(expression, allowed):
    """Evaluates an SPDX expression: AND binds closer than OR; `A/B` is the old way to write OR."""
    words = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))

    def either():
        value = both()
        while words and words[0] == "OR":
            words.pop(0)
            value = both() or value
        return value

    def both():
        value = one()
        while words and words[0] == "AND":
            words.pop(0)
            value = one() and value
        return value

    def one():
        word = words.pop(0)
        if word == "(":
            value = either()
            words.pop(0)
            return value
        if words and words[0] == "WITH":
            word = " ".join([word, words.pop(0), words.pop(0)])
        return word in allowed

    return either()


cargo = os.environ.get("CARGO", "cargo")
command = [cargo, "metadata", "--format-version", "1", "--locked", "--all-features"]
packages = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["packages"]
bad = [
    f"{package['name']} {package['version']}: {package['license']}"
    for package in packages
    if not holds(package["license"] or "none", allowed | exceptions.get(package["name"], set()))
]
print(f"{len(packages)} crates")
print("\n".join(bad))
sys.exit(bool(bad))
