#!/usr/bin/env python3
"""Lists the binary interface that a header declares: interface.py HEADER [CC].

Prints the functions with their types. Compiles and runs a C program to print the sizes and offsets of the public structs and the values
of the enumerations and constants. Prints one fact a line, sorted, so that `diff` shows the changes.
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

header = Path(sys.argv[1]).resolve()
compiler = sys.argv[2] if len(sys.argv) > 2 else "cc"
text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
text = text.replace("SEERFLOW_API ", "").replace("SEERFLOW_NODISCARD", "").replace("SEERFLOW_DEPRECATED", "")

facts = []
for function in re.finditer(r"^\s*([a-z][^;{}#]*?\bseerflow_\w+\s*\([^;{}]*\));", text, flags=re.M):
    facts.append("function " + re.sub(r"\s+", " ", function.group(1)).replace("( ", "(").replace(" )", ")"))
for callback in re.finditer(r"^typedef ([^;{}]*\(\*\w+\)[^;{}]*);", text, flags=re.M):
    facts.append("callback " + re.sub(r"\s+", " ", callback.group(1)))

lines = []
for struct in re.finditer(r"typedef struct (seerflow_\w+) \{(.*?)\} \1;", text, flags=re.S):
    name, body = struct.groups()
    lines.append(f'printf("struct {name} size %zu align %zu\\n", sizeof({name}), _Alignof({name}));')
    for member in re.finditer(r"(\w[\w ]*[ *]+)(\w+)(\[\w+\])?;", body):
        kind, field = member.group(1).strip(), member.group(2)
        lines.append(
            f'printf("struct {name}.{field} offset %zu size %zu type {kind}{member.group(3) or ""}\\n", '
            f"offsetof({name}, {field}), sizeof((({name} *)0)->{field}));"
        )
for enum in re.finditer(r"typedef enum (seerflow_\w+) [^{]*\{(.*?)\}", text, flags=re.S):
    lines.append(f'printf("enum {enum.group(1)} size %zu\\n", sizeof({enum.group(1)}));')
    for member in re.finditer(r"(SEERFLOW_\w+) =", enum.group(2)):
        lines.append(f'printf("enum {enum.group(1)} {member.group(1)} %lld\\n", (long long){member.group(1)});')
for constant in re.finditer(r"^#define (SEERFLOW_\w+) (-?\d+|INT64_MIN)$", text, flags=re.M):
    if not constant.group(1).startswith("SEERFLOW_VERSION"):
        lines.append(f'printf("constant {constant.group(1)} %lld\\n", (long long){constant.group(1)});')

program = '#include <stdio.h>\n#include <stddef.h>\n#include "%s"\nint main(void)\n{\n    %s\n    return 0;\n}\n' % (
    header,
    "\n    ".join(lines),
)
with tempfile.TemporaryDirectory() as folder:
    source, executable = Path(folder) / "interface.c", Path(folder) / "interface"
    source.write_text(program)
    subprocess.run([compiler, "-std=c11", "-o", str(executable), str(source)], check=True)
    printed = subprocess.run([str(executable)], check=True, capture_output=True, text=True).stdout
facts += printed.splitlines()
print("\n".join(sorted(facts)))
