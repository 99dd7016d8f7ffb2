#!/usr/bin/env python3
"""Checks the Go modules for known vulnerabilities with govulncheck; exits with 77 if no database of them can be reached.

The database is vuln.go.dev, or, where only the module proxy can be reached, the module golang.org/x/vulndb. A vulnerability counts if one of
its packages is imported. Those of Go's standard library belong to the installed toolchain: they are printed, and are no failure.
"""
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "target/vulndb"


def database():
    """Returns the address of a database; None if there is none."""
    address = "https://vuln.go.dev"
    try:
        urllib.request.urlopen(address + "/index/db.json", timeout=10).close()
        return address
    except (urllib.error.URLError, OSError):
        pass
    command = ["go", "mod", "download", "-json", "golang.org/x/vulndb@latest"]
    environment = dict(os.environ, GOFLAGS="-mod=mod")
    done = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        return None
    module = json.loads(done.stdout)
    print("database: golang.org/x/vulndb", module["Version"])
    convert(Path(module["Dir"]) / "data/osv")
    return PLACE.as_uri()


def convert(entries):
    """Writes a folder of OSV entries in the form that govulncheck reads (https://go.dev/security/vuln/database)."""
    for folder in ["ID", "index"]:
        (PLACE / folder).mkdir(parents=True, exist_ok=True)
    modules, newest = {}, ""
    for file in entries.glob("*.json"):
        entry = json.loads(file.read_text())
        if entry.get("withdrawn"):
            continue
        (PLACE / "ID" / file.name).write_bytes(file.read_bytes())
        newest = max(newest, entry["modified"])
        for affected in entry["affected"]:
            found = modules.setdefault(affected["package"]["name"], {})
            found[entry["id"]] = {"id": entry["id"], "modified": entry["modified"]}
    index = [{"path": path, "vulns": list(found.values())} for path, found in sorted(modules.items())]
    (PLACE / "index/modules.json").write_text(json.dumps(index))
    (PLACE / "index/db.json").write_text(json.dumps({"modified": newest}))


def messages(text):
    """Yields the JSON values of a text."""
    decoder, at = json.JSONDecoder(), 0
    while (rest := text[at:].lstrip()):
        value, length = decoder.raw_decode(rest)
        at = len(text) - len(rest) + length
        yield value


def findings(folder, address):
    """Returns the vulnerabilities whose packages a module imports: id, module, version, first version without it."""
    command = ["govulncheck", "-C", folder, "-db", address, "-scan", "package", "-format", "json", "./..."]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{folder}: {done.stderr}")
    found = set()
    for message in messages(done.stdout):
        finding = message.get("finding")
        if finding and finding["trace"][0].get("package"):
            used = finding["trace"][0]
            found.add((finding["osv"], used["module"], used["version"], finding.get("fixed_version", "none")))
    return sorted(found)


def main():
    address = database()
    if address is None:
        return 77
    failed = False
    for file in sorted((ROOT / "bindings").rglob("go.mod")):
        if "node_modules" in file.parts:
            continue
        for name, module, version, fixed in findings(file.parent, address):
            print(f"{file.parent.relative_to(ROOT)}: {name} in {module} {version}, fixed in {fixed}")
            failed |= module != "stdlib"
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
