#!/usr/bin/env python3
"""Runs what the documents show of the program: tests/blocks.py PROGRAM

Each command `seerflow ...` in a block must be accepted: it may fail because a file or a server does not exist here, but not with a usage
error. Each block of YAML with `storage:` must be a configuration that the program accepts.
"""

import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

program = str(pathlib.Path(sys.argv[1]).resolve())
pages = [*pathlib.Path().glob("*.md"), *pathlib.Path("docs").glob("*.md")]
wrong, ran = [], 0


def call(arguments, folder, **more):
    environment = {**os.environ, "SEERFLOW_DATA_DIR": folder, "SEERFLOW_PG_URL": "postgresql://127.0.0.1:1/none", "HOME": folder}
    try:
        return subprocess.run([program, *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=3)
    except subprocess.TimeoutExpired:
        return None


with tempfile.TemporaryDirectory() as folder:
    line = pathlib.Path(folder, "first.log")
    line.write_text("Mar 15 01:47:13 web2 sshd[21346]: Accepted password for deploy from 203.0.113.66 port 51514 ssh2\n")
    call(["ingest", str(line)], folder)
    for page in pages:
        for language, block in re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL):
            if language == "yaml" and re.search(r"^storage:", block, re.MULTILINE):
                pathlib.Path(folder, "seerflow.yaml").write_text(block)
                ran += 1
                made = call(["--config", "seerflow.yaml", "config"], folder)
                if made is None or made.returncode:
                    wrong.append(f"{page}: the configuration is refused: {made.stderr if made else 'no answer'}")
            elif language == "":
                for command in re.findall(r"^(?:.*\| )?seerflow (.*)$", block, re.MULTILINE):
                    ran += 1
                    made = call(shlex.split(command.split(" > ")[0].split(" | ")[0], comments=True), folder)
                    if made is not None and made.returncode == 2:
                        wrong.append(f"{page}: seerflow {command}: {made.stderr}")

print(f"{ran} commands and configurations")
sys.exit("\n".join(wrong) if wrong or not ran else 0)
