"""Runs the unmodified rsyslogd with omseerflow."""

import atexit
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

from databases import await_that

ROOT = Path(os.environ["RSYSLOG_ROOT"])
MODULE = Path(os.environ["OMSEERFLOW"])
LIBRARIES = next((ROOT / "usr/lib").glob("*/rsyslog")).parent


class Daemon:
    """An rsyslogd with a folder of its own."""

    def __init__(self, folder, config):
        self.folder = Path(folder)
        self.process = None
        self.cpu_seconds = 0.0
        (self.folder / "work").mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "rsyslog.conf"
        preamble = f'global(workDirectory="{self.folder}/work" maxMessageSize="64k")\n'
        statistics = f'module(load="impstats" interval="1" log.syslog="off" log.file="{self.folder}/stats")\n'
        own = f'action(type="omfile" file="{self.folder}/messages")\n'
        self.config.write_text(preamble + statistics + config + own)

    def command(self, *arguments):
        modules = f"{LIBRARIES}/rsyslog:{MODULE.parent}"
        return [str(ROOT / "usr/sbin/rsyslogd"), "-f", str(self.config), "-M", modules, "-i", str(self.folder / "pid"), *arguments]

    def environment(self):
        return dict(os.environ, LD_LIBRARY_PATH=str(LIBRARIES))

    def start(self, *checker):
        """Starts the daemon in the foreground, if given under a program that checks it."""
        with open(self.folder / "stderr", "a") as log:
            atexit.register(self.end)
            self.process = subprocess.Popen([*checker, *self.command("-n")], env=self.environment(), stdout=log, stderr=log)

    def signal(self, number):
        """Sends a signal. SIGHUP and SIGTERM end a daemon that has not set its handlers yet, so this waits for them."""
        if number != signal.SIGKILL:
            await_that(self.handles_signals, "rsyslogd handles signals")
        self.process.send_signal(number)

    def handles_signals(self):
        caught = re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{self.process.pid}/status").read_text()).group(1)
        return int(caught, 16) >> (signal.SIGHUP - 1) & 1

    def wait(self):
        """Waits for the end of the daemon, and adds the CPU time that it used."""
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.cpu_seconds += usage.ru_utime + usage.ru_stime
        return self.process.returncode

    def end(self):
        """Ends a daemon that a failed trial left."""
        if self.process.returncode is None:
            self.process.kill()

    def kill(self):
        self.signal(signal.SIGKILL)
        self.wait()

    def stop(self):
        self.signal(signal.SIGTERM)
        code = self.wait()
        assert code == 0, f"rsyslogd ended with {code}:\n{self.log()[-2000:]}"

    def check(self):
        """Checks the configuration, as `rsyslogd -N1`. Returns the exit status and the messages."""
        done = subprocess.run(self.command("-N1"), env=self.environment(), capture_output=True, text=True)
        return done.returncode, done.stderr

    def log(self):
        return (self.folder / "stderr").read_text(errors="replace")

    def statistic(self, origin, name):
        """Returns the last value of a counter that impstats wrote, or None."""
        statistics = self.folder / "stats"
        lines = statistics.read_text(errors="replace").splitlines() if statistics.exists() else []
        ours = [line for line in lines if f"origin={origin} " in line]
        found = re.search(rf" {name}=(\d+)", ours[-1]) if ours else None
        return int(found.group(1)) if found else None

    def counter(self, name):
        """Returns a counter of omseerflow."""
        return self.statistic("omseerflow", name)

    def queued(self):
        """Returns the number of messages in the queue of the action, the only queue of rsyslogd."""
        return self.statistic("core.queue", "size")


def write_lines(path, count, text="record %d: the quick brown fox jumps over the lazy dog and goes home"):
    with open(path, "w") as file:
        file.writelines(text % index + "\n" for index in range(count))


def syslog_lines(first, end):
    """RFC 5424 messages whose MSGID identifies them."""
    line = "<134>1 2026-03-14T08:00:00Z host app 1 ID%d - record %d: connection accepted from 192.0.2.7 port 4711\n"
    return "".join(line % (index, index) for index in range(first, end)).encode()


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    Path(folder).mkdir(parents=True)
    return Path(folder)
