"""A PostgreSQL server of a test, which may stop it."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Cluster:
    def __init__(self):
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        self.bin = found[-1].parent if found else Path(shutil.which("initdb")).parent
        self.user = "postgres" if os.geteuid() == 0 else None
        self.port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def program(self, name):
        return str(self.bin / name)

    def run(self, name, *arguments):
        output = subprocess.DEVNULL if name == "pg_ctl" else subprocess.PIPE  # the server inherits the output of pg_ctl
        subprocess.run([self.program(name), *arguments], user=self.user, cwd="/", check=True, stdout=output, stderr=output)

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="seerflow-postgres-")
        if self.user:
            shutil.chown(self.folder, self.user)
        self.data = f"{self.folder}/data"
        self.run("initdb", "-D", self.data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync")
        self.start()
        return self

    def start(self):
        options = f"-c listen_addresses=127.0.0.1 -p {self.port} -c unix_socket_directories={self.folder} -c fsync=off"
        self.run("pg_ctl", "-D", self.data, "-l", f"{self.folder}/log", "-o", options, "-w", "start")

    def stop(self, mode):
        self.run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def __exit__(self, *_):
        try:
            self.stop("immediate")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
