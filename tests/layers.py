#!/usr/bin/env python3
"""Checks the imports of src/: no circle of files, and no import of a higher layer (the map in ARCHITECTURE.md).

An import is a path in a `use` or in code. A path through a re-export leads to the file that defines the item, so a `mod.rs` that only
re-exports its children imports nothing. A file may import what the `mod.rs` of its own folder defines: the parent owns what its
children share. Tests (`#[cfg(test)]`) may import anything.
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# From the top; a module imports those of its own line and of lines below.
LAYERS = ["fuzzing", "ffi", "transfer", "engine", "graph", "buffer", "store", "codec", "config", "pool", "record",
          "back_off conninfo error fork log memory process sync threads tls"]
RANK = {name: -row for row, names in enumerate(LAYERS) for name in names.split()}
# Files that import each other, with the reason.
MUTUAL = {
    # A value contains values. One file handles a value, the other one walks nested values without recursion.
    "src/codec/json/nested.rs": ("src/codec/json/write.rs",),
    "src/codec/msgpack/nested.rs": ("src/codec/msgpack/reader.rs", "src/codec/msgpack/write.rs"),
    "src/record/nested.rs": ("src/record/value.rs",),
    # The C type and its functions are in one file, because the header has them together; the Rust value of the type is in the other.
    "src/ffi/listed.rs": ("src/ffi/list.rs",),
}
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|b?r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|b?\'(?:\\.[^\']*|[^\'\\])\'', re.S)
PATH = re.compile(r"(?<![\w:.])(?:\w+::)+\w+")


def without_noise(text):
    """Blanks comments and literals; keeps lines."""
    return NOISE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def without_tests(text):
    """Blanks items under `#[cfg(test)]`; returns the modules whose files are tests, too."""
    tests = set()
    while found := re.search(r"#\[cfg\(test\)\]", text):
        item = re.compile(r"[^;{]*").match(text, found.end())
        end = item.end()
        if text[end] == "{" and not item[0].lstrip().startswith(("use", "pub use")):
            depth = 0
            while True:
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                end += 1
                if depth == 0:
                    break
        else:
            end = text.index(";", end) + 1
            tests.update(re.findall(r"\bmod (\w+)", item[0]))
        blank = re.sub(r"[^\n]", " ", text[found.start():end])
        text = text[:found.start()] + blank + text[end:]
    return text, tests


def leaves(tree, prefix=()):
    """Yields (path, name) for each item of a use tree."""
    tree = tree.strip()
    head, brace, rest = tree.partition("{")
    steps = [step.strip() for step in head.split("::") if step.strip()]
    if not brace:
        if not steps:
            return
        last, _, alias = steps[-1].partition(" as ")
        path = (*prefix, *steps[:-1], last)
        if last == "self":
            path = path[:-1]
        yield path, (alias.strip() or path[-1])
        return
    depth, part = 0, ""
    for char in rest[:rest.rindex("}")] + ",":
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == "," and depth == 0:
            yield from leaves(part, (*prefix, *steps))
            part = ""
        else:
            part += char


class File:
    def __init__(self, path, module, text):
        self.path, self.module = path, module
        self.text, self.tests = without_tests(without_noise(text))
        self.children = set(re.findall(r"\bmod (\w+)\s*;", self.text))
        self.items = set(re.findall(r"\b(?:fn|struct|enum|trait|type|const|static|union|macro_rules!) (\w+)", self.text))
        self.uses = []
        for found in re.finditer(r"\buse ([^;]+);", self.text):
            line = self.text.count("\n", 0, found.start()) + 1
            self.uses += [(path, name, line) for path, name in leaves(found[1])]
        self.names = {name: path for path, name, _ in self.uses}
        # Declarations and uses are no code.
        self.code = re.sub(r"\b(?:use|mod) [^;{]+(?:\{[^;]*)?;", lambda found: "\n" * found[0].count("\n"), self.text)


class Crate:
    def __init__(self, folder, root):
        self.files = {}
        self.read(folder, folder / root, ())

    def read(self, folder, path, module):
        file = self.files[module] = File(path, module, path.read_text())
        for child in file.children:
            for place in (folder / f"{child}.rs", folder / child / "mod.rs"):
                if place.exists():
                    self.read(folder / child, place, (*module, child))

    def resolve(self, module, path, seen=()):
        """Returns the module that defines the item at a path seen from a module, and whether the path is a module's own."""
        first, at, file = path[0], module, self.files[module]
        if (module, path) in seen:
            return None
        seen = (*seen, (module, path))
        if first == "crate":
            at, path = (), path[1:]
        elif first in ("self", "super"):
            while path and path[0] in ("self", "super"):
                at, path = (at[:-1] if path[0] == "super" else at), path[1:]
        elif first in file.names and file.names[first] != path and first not in file.children:
            return self.resolve(module, (*file.names[first], *path[1:]), seen)
        elif (*module, first) not in self.files:
            return None
        for step, name in enumerate(path):
            if (*at, name) in self.files:
                at = (*at, name)
                continue
            file = self.files[at]
            if name in file.items:
                return at, False
            if name in file.names:
                return self.resolve(at, (*file.names[name], *path[step + 1:]), seen)
            for glob in (path for path, last, _ in file.uses if last == "*"):
                found = self.resolve(at, (*glob[:-1], name), seen)
                if found and name in self.files[found[0]].items:
                    return found
            return at, False
        return at, True

    def imports(self, file):
        """Yields (module, line) for every import of a file."""
        for path, name, line in file.uses:
            # A name that is only re-exported is not an import of this file.
            handed_on = re.search(rf"\b{name}\b", file.code) is None
            is_glob = path[-1] == "*"
            found = self.resolve(file.module, path[:-1] if is_glob else path)
            if found and (is_glob or not found[1]) and not handed_on:
                yield found[0], line
        for found in PATH.finditer(file.code):
            target = self.resolve(file.module, tuple(found[0].split("::")))
            if target and not target[1]:
                yield target[0], file.code.count("\n", 0, found.start()) + 1


def circles(edges):
    """Returns one shortest circle of each group of files that import each other."""
    found, reported = [], set()
    for start in sorted(edges):
        if start in reported:
            continue
        ways, queue = {start: None}, [start]
        for at in queue:
            for target in sorted(edges[at]):
                if target == start:
                    way = [at]
                    while ways[way[-1]] is not None:
                        way.append(ways[way[-1]])
                    found.append(way[::-1])
                    reported.update(way)
                    queue.clear()
                    break
                if target not in ways:
                    ways[target] = at
                    queue.append(target)
            else:
                continue
            break
    return found


def main():
    faults = []
    for folder, root in ((ROOT / "src", "lib.rs"), (ROOT / "src/bin/seerflow", "main.rs")):
        crate = Crate(folder, root)
        edges = {module: {} for module in crate.files}
        for module, file in crate.files.items():
            for target, line in crate.imports(file):
                if module[:len(target)] != target:
                    edges[module].setdefault(target, line)
        place = lambda module: str(crate.files[module].path.relative_to(ROOT))
        for a in crate.files:
            for b in [b for b in edges[a] if place(b) in MUTUAL.get(place(a), ())]:
                del edges[a][b]
        for way in circles(edges):
            steps = [f"  {place(a)}:{edges[a][b]} imports {place(b)}" for a, b in zip(way, way[1:] + way[:1])]
            faults.append("\n".join([f"{len(way)} files import each other in a circle:", *steps]))
        for a, targets in edges.items():
            for b, line in targets.items():
                if folder.name == "src" and a and b and RANK.get(b[0], 0) > RANK.get(a[0], 0):
                    faults.append(f"{place(a)}:{line} imports {place(b)}, which is in a layer above it")
    print("\n".join(faults), end="\n" if faults else "")
    sys.exit(bool(faults))


main()
