"""Configurations of rsyslogd, and counts of what its database has afterwards."""

import os
import subprocess
import time

from databases import await_that

POSITION = 'template(name="position" type="string" string="%$!metadata!filename%:%$!metadata!fileoffset%")\n'
MESSAGE_ID = 'template(name="id" type="string" string="%msgid%")\n'
RETRY = 'action.resumeRetryCount="-1" action.resumeInterval="1"'
ASSISTED = 'queue.type="LinkedList" queue.filename="seerflow" queue.size="200000" queue.dequeueBatchSize="1000" queue.saveOnShutdown="on"'
DISK = (
    'queue.type="Disk" queue.filename="seerflow" queue.size="200000" queue.dequeueBatchSize="1000" queue.checkpointInterval="1" '
    # rsyslogd deletes a file of the queue before it saves that it did: a kill between the two loses the rest of the queue.
    'queue.maxFileSize="100m"'
)


def action(database):
    """The parameters of an action that writes to a database."""
    return f'{database.parameter}="{database.location}"'


def from_file(folder, parameters, queue=ASSISTED, before="", templates=""):
    """A configuration that reads a file. Its position is saved after its lines are in the queue, which is filled at once."""
    return f"""main_queue(queue.type="Direct")
module(load="imfile" mode="polling" pollingInterval="1")
module(load="omseerflow")
{templates}
input(type="imfile" file="{folder}/input" tag="app:" ruleset="store" addMetadata="on" persistStateAfterSubmission="on")
ruleset(name="store") {{
  {before}
  action(type="omseerflow" {parameters} {RETRY} {queue})
}}
"""


def from_network(port, parameters, queue=ASSISTED, before="", templates="", source="imtcp"):
    return f"""main_queue(queue.type="Direct")
module(load="{source}")
module(load="omseerflow")
{templates}
input(type="{source}" address="127.0.0.1" port="{port}" ruleset="store")
ruleset(name="store") {{
  {before}
  action(type="omseerflow" {parameters} {RETRY} {queue})
}}
"""


def relay(folder, port):
    """A configuration that reads a file and sends its lines by RELP. The MSGID of a message is the position of its line."""
    return f"""main_queue(queue.type="Direct")
module(load="imfile" mode="polling" pollingInterval="1")
module(load="omrelp")
template(name="relayed" type="string" string="<134>1 %timereported:::date-rfc3339% host app 1 %$!metadata!fileoffset% - %msg%")
input(type="imfile" file="{folder}/input" tag="app:" ruleset="relay" addMetadata="on")
ruleset(name="relay") {{
  action(type="omrelp" target="127.0.0.1" port="{port}" template="relayed" {RETRY} {ASSISTED})
}}
"""


class Counts:
    """What a database has of the records that were sent."""

    def __init__(self, database, sent):
        self.sent = sent
        found = database.rows("SELECT count(*), count(DISTINCT message) FROM events")
        self.stored, distinct = (int(found[0][0]), int(found[0][1])) if found else (0, 0)
        self.dead_letters = database.dead_letters()
        self.duplicates = self.stored - distinct
        self.lost = sent - distinct - self.dead_letters

    def __str__(self):
        return f"{self.sent:,} | {self.stored:,} | {self.duplicates:,} | {self.dead_letters:,} | {self.lost:,}"


def settle(daemon, database, sent, idle=30):
    """Waits until every record is stored, or until omseerflow wrote nothing, not even duplicates, for `idle` seconds."""
    done, changed = None, time.monotonic()
    while (counts := Counts(database, sent)).lost > 0 and time.monotonic() - changed < idle:
        now = (counts.stored, counts.dead_letters, daemon.counter("duplicates"))
        if now != done:
            done, changed = now, time.monotonic()
        time.sleep(0.1)
    return counts


def stored(database, least):
    await_that(lambda: database.count() >= least, f"{least} stored events")


def finish(daemon, database, sent, keyed=True):
    """Stops the daemon, and returns the counts. Nothing may be lost, and with keys nothing is stored twice."""
    settle(daemon, database, sent)
    daemon.stop()
    counts = Counts(database, sent)
    assert counts.lost == 0, f"{counts.lost} records are lost: {counts}\n{daemon.log()[-2000:]}"
    assert not keyed or counts.duplicates == 0, f"{counts.duplicates} records are stored twice: {counts}"
    return counts


def create(database):
    subprocess.run([os.environ["SEERFLOW_CLI"], "--quiet", "--set", f"storage.sqlite_path={database.path}", "init"], check=True)
