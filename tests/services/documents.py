"""Code blocks of the documents, which the suites of the shippers give to their programs."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def block(page, line):
    """Returns the first code block of a page that contains a line."""
    blocks = re.findall(r"^```\w*\n(.*?)^```$", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
    return next(text for text in blocks if re.search(rf"^{re.escape(line)}", text, re.MULTILINE))
