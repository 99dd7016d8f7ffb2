"""Assigns each item of seerflow.h to a Doxygen group, which is named after the file of src/ffi that declares the item."""
import re
import sys
from pathlib import Path

path = Path(sys.argv[1])
text = path.read_text()
if path.name == "seerflow.h":
    groups = {}
    for source in (Path(__file__).resolve().parents[2] / "src/ffi").glob("*.rs"):
        code = source.read_text()
        for name in re.findall(r'(?:extern "C" fn|pub struct|pub enum|pub type|pub const) ((?:seerflow|SEERFLOW)_\w+)', code):
            groups[name] = source.stem
    groups["seerflow_field"] = "event"

    def grouped(match):
        comment, item = match.group(1), match.group(2)
        names = re.findall(r"(?:seerflow|SEERFLOW)_\w+", re.sub(r"SEERFLOW_(API|NODISCARD|DEPRECATED)", "", item.split("{")[0]))
        called = re.search(r"\b(seerflow_\w+)\s*\(", item)
        name = called.group(1) if called and "{" not in item else (names[-1] if item.startswith("typedef struct") else names[0] if names else "")
        macro = re.match(r"#define (SEERFLOW_\w+?)_INIT\b", item)
        if macro:
            name = macro.group(1).lower()
        group = groups.get(name, "conventions")
        return f"/** @ingroup {group}\n{comment[3:]}{item}"

    text = "/** @file seerflow.h\n * @brief The C API. */\n" + re.sub(
        r"(/\*\*(?:(?!\*/).)*\*/\n)((?:#define|typedef|SEERFLOW_|extern|const|bool|struct|enum|[a-z])[^\n]*)", grouped, text, flags=re.S
    )
sys.stdout.write(text)
