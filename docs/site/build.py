#!/usr/bin/env python3
"""Builds the documents as a site in target/site/html, and checks its links: docs/site/build.py MDBOOK

The pages are the Markdown files of the repository, named in contents.txt, under their paths. Links to other files of the repository lead to
its web page. The references of C and C++ are made by Doxygen, that of Go by `go doc`, that of Node by TypeDoc; without one of these tools its
page says so.
"""

import html.parser
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.parse

REPOSITORY = "https://github.com/libseerflow/libseerflow/blob/main/"
SITE = pathlib.Path("target/site")
SOURCE = SITE / "src"
HTML = SITE / "html"
DECISIONS = sorted(pathlib.Path("docs/decisions").glob("*.md"))


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


def summary():
    """Returns the table of contents with the decisions, whose list is the folder."""
    text = pathlib.Path("docs/site/contents.txt").read_text()
    titles = [(path, path.read_text().split("\n", 1)[0].lstrip("# ")) for path in DECISIONS]
    return text + "- [Decisions](docs/decisions/index.md)\n" + "".join(f"    - [{title}]({path})\n" for path, title in titles)


def page(path, pages):
    """Returns the text of a document, with links to files that are not pages leading to the repository."""
    def absolute(match):
        target, _, anchor = match.group(1).partition("#")
        if not target or re.match(r"[a-z]+:", target):
            return match.group(0)
        place = os.path.normpath(path.parent / target)
        if place in pages:  # mdBook names the page of a README.md index.html.
            return re.sub(r"README\.md([#)])", r"index.md\1", match.group(0))
        if place.endswith((".svg", ".png")):
            return match.group(0)
        return f"]({REPOSITORY}{place}{'#' + anchor if anchor else ''})"

    return re.sub(r"\]\(([^)\s]+)\)", absolute, path.read_text())


def reference(name, title, text):
    (SOURCE / "reference").mkdir(exist_ok=True)
    (SOURCE / "reference" / f"{name}.md").write_text(f"# {title}\n\n{text}\n")


def doxygen(folder, *settings):
    shutil.rmtree(SITE / folder, ignore_errors=True)
    lines = [f"OUTPUT_DIRECTORY = {SITE}/{folder}", "GENERATE_MAN = NO", *settings]
    (SITE / folder).mkdir(parents=True)
    run("doxygen", "-", input=pathlib.Path("docs/reference/Doxyfile").read_text() + "\n".join(lines))
    return SITE / folder / "html"


def references():
    """Makes the pages of the references, and returns the folders to copy into the site."""
    folders = {}
    missing = "This site was built without {}, which makes this page."
    if shutil.which("doxygen"):
        folders["c-api"] = doxygen("doxygen-c")
        cpp = "INPUT = include/seerflow.hpp include/seerflow"
        folders["cpp-api"] = doxygen("doxygen-cpp", cpp, "INPUT_FILTER =", "WARN_AS_ERROR = NO", "WARNINGS = NO", "OPTIMIZE_OUTPUT_FOR_C = NO", "EXTRACT_ALL = YES")
        reference("c", "The C functions", "[Every function, struct and constant of `seerflow.h`](../c-api/index.html), made from the header.")
        reference("cpp", "C++", "[The classes of `seerflow.hpp`](../cpp-api/annotated.html), made from the headers.")
    else:
        reference("c", "The C functions", missing.format("Doxygen"))
        reference("cpp", "C++", missing.format("Doxygen"))
    if shutil.which("go"):
        environment = {**os.environ, "CGO_ENABLED": "1", "GOFLAGS": "-tags=seerflow_shared"}
        text = run("go", "doc", "-all", "./seerflow", cwd="bindings/go", env=environment)
        reference("go", "The Go package", f"The output of `go doc -all`.\n\n```text\n{text}```")
    else:
        reference("go", "The Go package", missing.format("Go"))
    typedoc = pathlib.Path("bindings/node/node_modules/.bin/typedoc")
    if typedoc.exists():
        run("node_modules/.bin/typedoc", "--tsconfig", "tsconfig.json", "--out", str((SITE / "typedoc").resolve()), cwd="bindings/node")
        folders["node-api"] = SITE / "typedoc"
        reference("node", "The types of the Node package", "[Every type and method](../node-api/index.html), made from the package's types.")
    else:
        reference("node", "The types of the Node package", missing.format("TypeDoc (npm ci in bindings/node)"))
    return folders


class Links(html.parser.HTMLParser):
    """Collects the ids and the links of a page."""

    def __init__(self):
        super().__init__()
        self.ids, self.links = set(), set()

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("id", "name") and value:
                self.ids.add(value)
            elif name in ("href", "src") and value:
                self.links.add(value)


def check_links(own):
    """Returns a line for each link of our pages to a file or an anchor that does not exist."""
    parsed = {}

    def parse(path):
        if path not in parsed:
            parsed[path] = Links()
            parsed[path].feed(path.read_text(errors="replace"))
        return parsed[path]

    wrong = []
    for path in own:
        for link in parse(path).links:
            place = urllib.parse.urlsplit(link)
            if place.scheme or place.netloc:
                continue
            target = (path.parent / urllib.parse.unquote(place.path)).resolve() if place.path else path.resolve()
            if not target.exists():
                wrong.append(f"{path}: {link} does not exist")
            elif place.fragment and target.suffix == ".html" and urllib.parse.unquote(place.fragment) not in parse(target).ids:
                wrong.append(f"{path}: {link} has no such heading")
    return sorted(wrong)


def build(mdbook):
    shutil.rmtree(SOURCE, ignore_errors=True)
    shutil.rmtree(HTML, ignore_errors=True)
    SOURCE.mkdir(parents=True)
    folders = references()
    text = summary()
    pages = re.findall(r"\]\(([^)]+)\)", text)
    missing = {str(path) for path in pathlib.Path("docs").glob("*.md")} - set(pages)
    if missing:
        sys.exit(f"docs/site/contents.txt does not name {', '.join(sorted(missing))}")
    for name in pages:
        if (SOURCE / name).exists():
            continue
        (SOURCE / name).parent.mkdir(parents=True, exist_ok=True)
        if name == "docs/decisions/index.md":
            (SOURCE / name).write_text("# Decisions\n\nEach page has the context, the decision, its consequences and measurements.\n")
        else:
            (SOURCE / name).write_text(page(pathlib.Path(name), pages))
    for picture in [*pathlib.Path("docs").glob("*.svg"), *pathlib.Path("docs").glob("*.png")]:
        shutil.copy(picture, SOURCE / "docs")
    (SOURCE / "SUMMARY.md").write_text(text)
    shutil.copy("docs/site/book.toml", SITE)
    made = subprocess.run([mdbook, "build", str(SITE)], capture_output=True, text=True)
    if made.returncode:
        sys.exit(made.stderr)
    for name, folder in folders.items():
        shutil.copytree(folder, HTML / name)
    own = [HTML / re.sub(r"(README|index)\.md$", "index.md", name).replace(".md", ".html") for name in pages]
    wrong = check_links(own)
    print(f"{HTML}: {len(own)} pages, {len(wrong)} broken links")
    sys.exit("\n".join(wrong) if wrong else 0)


build(sys.argv[1])
