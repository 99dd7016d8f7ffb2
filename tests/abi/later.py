"""Makes the header of a later version from the present one: every struct that starts with its size gets another member at its end."""
import re
import sys

text = sys.stdin.read()


def grow(match):
    body = match.group(2)
    if "uint32_t struct_size;" not in body:
        return match.group(0)
    return f"typedef struct {match.group(1)} {{{body}    uint64_t later;\n}} {match.group(1)};"


text = re.sub(r"typedef struct (seerflow_\w+) \{(.*?)\} \1;", grow, text, flags=re.S)
text = re.sub(r"(#define SEERFLOW_\w+_INIT \\\n    \{ .*) \}", r"\1, 0 }", text)
sys.stdout.write(text)
