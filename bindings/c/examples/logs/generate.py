#!/usr/bin/env python3
"""Writes the sample logs of this folder: `generate.py [DIRECTORY]`, the same bytes every time.

The story, all in UTC, on the network of a company that runs a payment ledger:

2026-03-14 04:00:00  the logs begin: users, scanners, cron and DNS go about their day
           22:41:00  203.0.113.66 scans the public addresses, then looks for forgotten files on web1
           23:02:00  it guesses SSH passwords on bastion, web1, web2 and build1
2026-03-15 01:47:13  it is let in: `deploy` on web2, by password
           01:50:40  `deploy` becomes root through sudo, and plants a file and a cron job
           01:52:19  web2 asks the DNS for sync.telemetry.example.net and connects to 192.0.2.77:8443;
                     both repeat until they are stopped
           02:03:51  from web2 the intruder enters app1 with the key of `deploy`; app2 refuses it
           02:11:26  and then db1, where 02:14:09 sudo pg_dump copies the ledger: the application slows down
           02:31:40  the copy leaves web2 for 192.0.2.77
           05:02:00  alice finds the connection, blocks it and locks `deploy`
           06:00:00  the logs end

Addresses are those reserved for documentation (outside) and 10.20.0.0/16 (inside); names end in example.*.
"""
import base64
import hashlib
import ipaddress
import json
import random
import sys
import uuid
from collections import namedtuple
from datetime import datetime, timedelta, timezone
from pathlib import Path

SEED = 20260314
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
BOM = "\ufeff"


def moment(day, clock):
    return datetime.fromisoformat(f"2026-03-{day}T{clock}+00:00")


START, END = moment(14, "04:00:00"), moment(15, "06:00:00")
SCAN, GUESSING = moment(14, "22:41:00"), moment(14, "23:02:00")
LOGIN, ROOT, CALL_OUT = moment(15, "01:47:13"), moment(15, "01:50:40"), moment(15, "01:52:19")
HOP_APP, HOP_DB, DUMP = moment(15, "02:03:51"), moment(15, "02:11:26"), moment(15, "02:14:09")
LEAVE, FOUND = moment(15, "02:31:40"), moment(15, "05:02:00")

DUMPING = "/usr/bin/pg_dump -Fc ledger -f /var/tmp/.l.dump"
ATTACKER, C2, C2_NAME = "203.0.113.66", "192.0.2.77", "sync.telemetry.example.net"
HOSTS = {"gw1": "10.20.0.1", "bastion": "10.20.0.5", "ns1": "10.20.0.53", "web1": "10.20.1.11", "web2": "10.20.1.12",
         "app1": "10.20.2.21", "app2": "10.20.2.22", "db1": "10.20.3.31", "build1": "10.20.4.41"}
PUBLIC = {"bastion": "198.51.100.5", "web1": "198.51.100.11", "web2": "198.51.100.12", "build1": "198.51.100.41"}
STAFF = {"alice": "10.20.9.101", "bob": "10.20.9.102", "carol": "198.51.100.140", "dave": "2001:db8:9::d4"}
UIDS = {"deploy": 998, "backup": 997, "alice": 1001, "bob": 1002, "carol": 1003, "dave": 1004}
SCANNERS = ["192.0.2.140", "192.0.2.201", "198.51.100.233", "203.0.113.9", "2001:db8:5ca::17"]
CUSTOMERS = ["192.0.2.110", "192.0.2.111", "198.51.100.150", "198.51.100.151", "203.0.113.120", "2001:db8:77::a1"]
GUESSED = ["root", "root", "root", "deploy", "deploy", "backup", "admin", "admin", "test", "ubuntu", "oracle", "git",
           "postgres", "jenkins", "ftpuser", "pi", "nagios", "user1", "minecraft", "www-data"]
KNOWN = {"root", "deploy", "backup"}

Login = namedtuple("Login", "when host how user ip port")


class Log:
    """One file: lines with the time they speak of, each file with random numbers of its own."""

    def __init__(self, name):
        self.name, self.rng, self.lines = name, random.Random(f"{SEED}:{name}"), []

    def add(self, when, line):
        self.lines.append((when, line if isinstance(line, bytes) else line.encode()))

    def moments(self, count, start=START, end=END):
        """Random times, fewer at night."""
        found = []
        while len(found) < count:
            when = start + (end - start) * self.rng.random()
            if 7 <= when.hour < 22 or self.rng.random() < 0.4:
                found.append(when)
        return sorted(found)

    def save(self, directory):
        """Sorts by arrival, which for a few lines is some minutes after their time."""
        late = set(self.rng.sample(range(len(self.lines)), 6))
        arrival = [when + timedelta(seconds=self.rng.randint(120, 480) if i in late else 0)
                   for i, (when, _) in enumerate(self.lines)]
        order = sorted(range(len(self.lines)), key=arrival.__getitem__)
        content = b"".join(self.lines[i][1] + b"\n" for i in order)
        (directory / self.name).write_bytes(content)
        print(f"{self.name:20} {content.count(10):5} lines {len(content):7} bytes")


def later(rng, when, most):
    return when + timedelta(seconds=rng.uniform(0.05, most))


def every(rng, start, end, seconds):
    """Times about `seconds` apart, as a beacon keeps them."""
    while start < end:
        yield start
        start += timedelta(seconds=seconds * rng.uniform(0.9, 1.1))


def pid(host, when):
    return 1200 + 7919 * list(HOSTS).index(host) % 4000 + int((when - START).total_seconds() * 0.21)


def stamp_3164(when):
    return f"{when:%b} {when.day:2} {when:%H:%M:%S}"


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def key_of(user):
    return "ED25519 SHA256:" + base64.b64encode(hashlib.sha256(user.encode()).digest()).decode()[:43]


def sshd(log):
    """RFC 3164 without PRI, as rsyslog writes auth.log. Returns the attempts to log in."""
    rng, logins = log.rng, []

    def say(when, host, *texts, number=None):
        number = number or pid(host, when)
        for text in texts:
            log.add(when, f"{stamp_3164(when)} {host} sshd[{number}]: {text}")
            when = later(rng, when, 1.2)

    def guess(when, host, user, ip, port):
        login = Login(when, host, "Failed password", user if user in KNOWN else f"invalid user {user}", ip, port)
        logins.append(login)
        failed = f"Failed password for {login.user} from {ip} port {port} ssh2"
        pam = f"authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={ip}"
        texts = []
        if rng.random() < 0.12:
            texts.append(f'Connection from {ip} port {port} on {HOSTS[host]} port 22 rdomain ""')
        if rng.random() < 0.06:
            texts.append(f"reverse mapping checking getaddrinfo for host-66.pool.example.net [{ip}] failed.")
        if user in KNOWN:
            texts += [f"pam_unix(sshd:auth): {pam}  user={user}", failed]
        else:
            texts += [f"Invalid user {user} from {ip} port {port}", "pam_unix(sshd:auth): check pass; user unknown",
                      f"pam_unix(sshd:auth): {pam}", failed]
        who = login.user if user not in KNOWN else f"authenticating user {user}"
        texts += rng.choice([
            [f"Connection closed by {who} {ip} port {port} [preauth]"],
            [f"Received disconnect from {ip} port {port}:11: Bye Bye [preauth]",
             f"Disconnected from {who} {ip} port {port} [preauth]"],
            [],
            [f"Connection reset by {who} {ip} port {port} [preauth]"],
            [f"message repeated 5 times: [ {failed}]",
             f"error: maximum authentication attempts exceeded for {login.user} from {ip} port {port} ssh2 [preauth]",
             f"Disconnecting {who} {ip} port {port}: Too many authentication failures [preauth]",
             f"PAM 5 more {pam.replace('failure;', 'failures;')}", "PAM service(sshd) ignoring max retries; 6 > 3"],
        ])
        say(when, host, *texts)

    def enter(when, host, user, ip, port, minutes, method="publickey", start="shell on pts/0"):
        logins.append(Login(when, host, f"Accepted {method}", user, ip, port))
        say(when, host, f"Accepted {method} for {user} from {ip} port {port} ssh2" +
            (f": {key_of(user)}" if method == "publickey" else ""),
            f"pam_unix(sshd:session): session opened for user {user}(uid={UIDS[user]}) by {user}(uid=0)",
            f"Starting session: {start} for {user} from {ip} port {port} id 0")
        end = when + timedelta(minutes=minutes)
        say(end, host, *rng.choice([
            [f"Close session: user {user} from {ip} port {port} id 0",
             f"Received disconnect from {ip} port {port}:11: disconnected by user",
             f"Disconnected from user {user} {ip} port {port}"],
            [f"Connection closed by {ip} port {port}"],
            [f"Timeout, client not responding from user {user} {ip} port {port}"],
        ]), f"pam_unix(sshd:session): session closed for user {user}", number=pid(host, when))

    for host in HOSTS:
        say(START, host, "Received SIGHUP; restarting.", "Server listening on :: port 22.")
    for when in log.moments(30):
        user = rng.choice(list(STAFF))
        enter(when, rng.choice(list(HOSTS)), user, STAFF[user], rng.randint(40000, 64999), rng.uniform(1, 50))
    for hour in range(0, 26, 2):
        enter(START + timedelta(hours=hour, seconds=17), "db1", "backup", HOSTS["build1"], rng.randint(40000, 64999),
              1, start=rng.choice(["subsystem 'sftp'", "command"]))
    for when in log.moments(28):
        ip, port = rng.choice(SCANNERS), rng.randint(30000, 64999)
        host = rng.choice(list(PUBLIC))
        say(when, host, *rng.choice([
            [f"Did not receive identification string from {ip} port {port}"],
            ["error: kex_exchange_identification: Connection closed by remote host",
             f"Connection closed by {ip} port {port}"],
            [f"banner exchange: Connection from {ip} port {port}: invalid format"],
            [f"Unable to negotiate with {ip} port {port}: no matching key exchange method found. "
             "Their offer: diffie-hellman-group14-sha1,diffie-hellman-group1-sha1 [preauth]"],
            [f"fatal: Timeout before authentication for {ip} port {port}"],
            [f"User nobody from {ip} not allowed because not listed in AllowUsers",
             f"Failed none for invalid user nobody from {ip} port {port} ssh2"],
            [f"ssh_dispatch_run_fatal: Connection from {ip} port {port}: incorrect signature [preauth]"],
        ]))
    when = GUESSING
    while when < LOGIN:
        guess(when, rng.choice(list(PUBLIC)), rng.choice(GUESSED), ATTACKER, rng.randint(32768, 60999))
        when += timedelta(seconds=rng.choice((2, 3, 9, 50, 310)) + rng.random())
    enter(LOGIN, "web2", "deploy", ATTACKER, 51514, 197.3, "password", "shell on pts/1")
    enter(HOP_APP, "app1", "deploy", HOSTS["web2"], 40112, 179)
    for i in range(4):
        port = 40180 + 2 * i
        say(HOP_APP + timedelta(seconds=150 + 7 * i), "app2",
            f"Failed publickey for deploy from {HOSTS['web2']} port {port} ssh2: {key_of('deploy')}",
            f"Connection closed by authenticating user deploy {HOSTS['web2']} port {port} [preauth]")
    enter(HOP_DB, "db1", "deploy", HOSTS["web2"], 40230, 19, start="command")
    log.add(moment(14, "11:20:00"), "    ")
    log.add(moment(14, "16:45:10"), "--- *** --- ;;; ??? !!! ... ---")
    log.add(moment(15, "00:31:02"), "Mar 15 00:31:02 web1 last message repeated 3 times")
    return sorted(logins)


def syslog_5424(log):
    """RFC 5424: sudo, cron, systemd, PostgreSQL and the DNS server `named`."""
    rng = log.rng

    def say(when, host, app, pri, text, sd="-", msgid="-"):
        local, zone = (when + timedelta(hours=1), "+01:00") if host == "db1" else (when, "Z")
        fraction = {"web1": 6, "web2": 6, "db1": 0}.get(host, 3)
        stamp = f"{local:%Y-%m-%dT%H:%M:%S.%f}"[:20 + fraction].rstrip(".") + zone
        log.add(when, f"<{pri}>1 {stamp} {host} {app} {pid(host, when)} {msgid} {sd} {text}")

    def query(when, client, name, kind="A"):
        asker = f"client @0x7f{rng.getrandbits(40):010x} {client}#{rng.randint(1024, 65535)}"
        say(when, "ns1", "named", 30, f"{asker} ({name}): query: {name} IN {kind} +E(0)K ({HOSTS['ns1']})", msgid="queries")

    def sudo(when, host, user, directory, command, tty="pts/1"):
        say(when, host, "sudo", 85, f"{user:>8} : TTY={tty} ; PWD={directory} ; USER=root ; COMMAND={command}")
        say(later(rng, when, 0.3), host, "sudo", 86,
            f"pam_unix(sudo:session): session opened for user root(uid=0) by {user}(uid={UIDS[user]})")

    def routine(host, n):
        quality = '[timeQuality tzKnown="1" isSynced="1" syncAccuracy="217000"]'
        origin = f'[origin ip="{HOSTS[host]}" software="rsyslogd" swVersion="8.2312.0" enterpriseId="32473"]'
        return rng.choice([
            ("CRON", 78, "(root) CMD (   cd / && run-parts --report /etc/cron.hourly)"),
            ("CRON", 86, "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"),
            ("systemd", 30, f"Started session-{n}.scope - Session {n} of User {rng.choice(list(STAFF))}.", quality),
            ("systemd", 30, "logrotate.service: Deactivated successfully."),
            ("systemd", 28, "apt-daily.service: Consumed 2.118s CPU time, no further output.", quality + origin),
            ("chronyd", 30, f"Selected source 2001:db8:123::{n % 9 + 1} (ntp{n % 3}.example.org)", origin),
            ("dockerd", 30, f'level=info msg="ignoring event" container={rng.getrandbits(48):012x} topic=/tasks/delete', quality),
            ("rsyslogd", 46, "action 'fwd' resumed (module 'builtin:omfwd')", quality + origin + f'[meta sequenceId="{n}"]', "2359"),
            ("kernel", 4, f"EXT4-fs (sda1): mounted filesystem with {n} free inodes; \\quota\\ [ok] {{ordered}}"),
            ("smartd", 29, f"Device: /dev/sda [SAT], Temperature_Celsius changed from {n % 9 + 30} to {n % 7 + 31}"),
            ("ledger", 134, f"{BOM}Payment of {n / 100:.2f} \u20ac accepted for M\u00fcller, \u6771\u4eac office",
             f'[payment@32473 id="{n}" note="a \\"ref\\" in [brackets\\], C:\\\\pay"][request@32473 trace="{n * 7919:016x}"]',
             "PAY1"),
            ("ledger", 132, BOM + "Retrying settlement: bank answered 503", f'[payment@32473 id="{n}" attempt="{n % 4 + 1}"]', "PAY7"),
        ])

    for when in log.moments(270):
        host = rng.choice([h for h in HOSTS if h not in ("gw1", "ns1")])
        say(when, host, *routine(host, rng.randint(100, 99999)))
    names = ["api.example.com", "mirror.example.org", "ntp.example.org", "registry.example.net", "bank.example.org"]
    for when in log.moments(150):
        query(when, rng.choice(list(HOSTS.values())), rng.choice(names), rng.choice(("A", "A", "AAAA", "MX", "PTR")))
    for when in log.moments(40):
        n = rng.randint(9, 999)
        say(when, "db1", "postgres", 134, f"LOG:  checkpoint complete: wrote {n} buffers ({n / 163.84:.1f}%)")
    for when in log.moments(18):
        user = rng.choice(["alice", "bob"])
        sudo(when, rng.choice(list(HOSTS)), user, f"/home/{user}", rng.choice(
            ["/usr/bin/systemctl status nginx", "/usr/bin/apt update", "/usr/bin/journalctl -u ledger"]))
    say(ROOT - timedelta(seconds=98), "web2", "sudo", 85, "  deploy : TTY=pts/1 ; PWD=/home/deploy ; USER=root ; COMMAND=list")
    say(ROOT - timedelta(seconds=41), "web2", "sudo", 81,
        "pam_unix(sudo:auth): authentication failure; logname=deploy uid=998 euid=0 tty=/dev/pts/1 ruser=deploy rhost=")
    sudo(ROOT, "web2", "deploy", "/home/deploy", "/bin/bash")
    sudo(ROOT + timedelta(seconds=55), "web2", "deploy", "/tmp/.x", "/usr/bin/install -m 755 sysupd /usr/local/sbin/sysupd")
    say(ROOT + timedelta(seconds=71), "web2", "crontab", 78, "(root) REPLACE (root)")
    for when in every(rng, CALL_OUT, FOUND, 300):
        query(when - timedelta(milliseconds=40), HOSTS["web2"], C2_NAME, rng.choice(("A", "A", "AAAA")))
        say(later(rng, when, 2), "web2", "CRON", 78, "(root) CMD (/usr/local/sbin/sysupd --quiet)")
    sudo(DUMP, "db1", "deploy", "/var/tmp", DUMPING, "unknown")
    say(DUMP + timedelta(seconds=1), "db1", "postgres", 134,
        "LOG:  connection authorized: user=postgres database=ledger application_name=pg_dump",
        '[session@32473 user="postgres" database="ledger" client="local"][origin ip="10.20.3.31"]', "CONN")
    sudo(FOUND, "web2", "alice", "/home/alice", "/usr/bin/ss -tnp dst 192.0.2.77", "pts/2")
    sudo(FOUND + timedelta(seconds=140), "web2", "alice", "/home/alice", "/usr/sbin/usermod -L deploy", "pts/2")
    say(FOUND + timedelta(seconds=141), "web2", "usermod", 86, "lock user 'deploy' password",
        '[audit@32473 actor="alice" target="deploy" reason="incident \\"2026-031\\""][origin ip="10.20.1.12"]', "ACCT_LOCK")
    log.add(moment(14, "09:00:00"), "<13>1 - - - - - -")
    log.add(moment(14, "15:12:44"), "<165>1 2026-03-14T15:12:44Z 2001:db8:20::99 - - ID47 - " + BOM + "an appliance reboots")
    log.add(moment(14, "20:30:00"), "<30>1 2026-03-14T20:30:00.003Z app2 healthd - - [health@32473]")


def firewall(log, logins):
    """RFC 3164 with PRI: what iptables of gw1 logs, mostly new connections. Returns when web2 called out."""
    rng = log.rng

    def packet(when, verdict, source, target, port, iface="IN=eth0 OUT=eth1", proto="TCP", source_port=None, pri=4):
        uptime = (when - START).total_seconds() + 918273.5
        ports = f"SPT={source_port or rng.randint(1024, 65535)} DPT={port} "
        head = f"<{pri}>{stamp_3164(when)} gw1 kernel: [{uptime:.6f}] {verdict}: {iface} SRC={source} DST={target} "
        v4 = f"LEN=60 TOS=0x00 PREC=0x00 TTL={rng.randint(44, 63)} ID={rng.randint(1, 65535)} DF "
        log.add(when, head + ("LEN=80 TC=0 HOPLIMIT=58 FLOWLBL=0 " if ":" in source else v4) + {
            "TCP": f"PROTO=TCP {ports}WINDOW=64240 RES=0x00 SYN URGP=0", "UDP": f"PROTO=UDP {ports}LEN=40",
            "ICMP": "PROTO=ICMP TYPE=8 CODE=0 ID=4711 SEQ=1"}[proto])

    for when in log.moments(110):
        source = rng.choice(SCANNERS)
        target = "2001:db8:20::11" if ":" in source else rng.choice(list(PUBLIC.values()))
        proto = "TCP" if ":" in source else rng.choice(("TCP", "TCP", "TCP", "UDP", "ICMP"))
        packet(when, "FW-DROP-IN", source, target, rng.choice((23, 445, 1433, 3389, 5060, 6379)), "IN=eth0 OUT=", proto)
    for when in log.moments(90):
        packet(when, "FW-ALLOW-OUT", rng.choice(list(HOSTS.values())), f"198.51.100.{rng.randint(80, 84)}",
               rng.choice((443, 443, 80, 123)), "IN=eth1 OUT=eth0", pri=6)
    for when in log.moments(8):
        log.add(when, f"<4>{stamp_3164(when)} gw1 kernel: TCP: request_sock_TCP: Possible SYN flooding on port 443.")
    for i in range(45):
        packet(SCAN + timedelta(seconds=1.7 * i), "FW-DROP-IN", ATTACKER, list(PUBLIC.values())[i % 4], rng.randint(20, 9000),
               "IN=eth0 OUT=")
    for i, login in enumerate(logins):
        if login.user == "deploy" and login.ip == HOSTS["web2"]:
            packet(login.when, "FW-ALLOW-LAN", login.ip, HOSTS[login.host], 22, "IN=vlan1 OUT=vlan3",
                   source_port=login.port, pri=6)
        elif login.ip == ATTACKER and (i % 4 == 0 or login.when == LOGIN):
            packet(login.when, "FW-ALLOW-IN", login.ip, PUBLIC[login.host], 22, source_port=login.port, pri=6)
    calls = list(every(rng, CALL_OUT, FOUND, 120)) + log.moments(25, LEAVE, LEAVE + timedelta(minutes=6))
    for when in calls:
        packet(when, "FW-ALLOW-OUT", HOSTS["web2"], C2, 8443, "IN=eth1 OUT=eth0", pri=6)
    for when in every(rng, FOUND + timedelta(seconds=75), END, 120):
        packet(when, "FW-DROP-OUT", HOSTS["web2"], C2, 8443, "IN=eth1 OUT=eth0")
    log.add(moment(14, "12:00:00"), f"<5>{stamp_3164(moment(14, '12:00:00'))} gw1 kernel:")
    return sorted(calls)


def app(log):
    """A Java service on app1: ISO 8601, level, thread, logger. A stack trace is many lines."""
    rng = log.rng

    def say(when, level, logger, text, *trace):
        head = f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}Z {level:5} [http-nio-8080-exec-{rng.randint(1, 12)}]"
        log.add(when, "\n".join([f"{head} com.example.ledger.{logger} - {text}", *trace]))

    def trace(exception, cause):
        frames = ("db.AccountStore.lock", "pay.PaymentService.settle", "web.PaymentController.post")
        return [exception, *(f"\tat com.example.ledger.{frame}({frame.split('.')[1]}.java:{rng.randint(30, 400)})"
                             for frame in frames), f"Caused by: {cause}", "\t... 18 more"]

    for when in log.moments(400):
        n, user = rng.randint(1000, 99999), rng.choice(["alice", "bob", "carol", "svc-billing", "svc-report"])
        say(when, *rng.choice([
            ("INFO", "pay.PaymentService", f"Payment {n} of {n / 100:.2f} EUR settled in {n % 380} ms for merchant m-{n % 40}"),
            ("INFO", "pay.PaymentService", f"Payment {n} created by {user}"),
            ("INFO", "web.SessionFilter", f"User {user} signed in from 10.20.9.{n % 90 + 100}, session {rng.getrandbits(64):016x}"),
            ("INFO", "web.SessionFilter", f"Session of {user} expired after 1800 s"),
            ("INFO", "report.NightlyJob", f"Exported {n} rows to /srv/reports/2026-03-{when.day}.csv"),
            ("DEBUG", "cache.RateCache", f"Refreshed {n % 60} exchange rates from https://bank.example.org/rates"),
            ("WARN", "bank.BankClient", f"POST https://bank.example.org/settle took {n % 4000 + 1000} ms (limit 1000 ms), payment={n}"),
            ("WARN", "web.SessionFilter", f"Rejected password for user={user} ip={rng.choice(CUSTOMERS)} attempt={n % 3 + 1}"),
            ("ERROR", "bank.BankClient", f"Bank refused payment {n}: code=51 reason=\"insufficient funds\""),
        ]))
    for when in log.moments(5):
        say(when, "ERROR", "pay.PaymentService", "Unexpected failure", *trace(
            "java.lang.IllegalStateException: payment is not open", "java.lang.NullPointerException: account is null"))
    say(HOP_APP + timedelta(seconds=95), "WARN", "web.AdminController",
        f"Refused GET /actuator/env: user=deploy ip={HOSTS['web2']} role=none")
    for i, when in enumerate(log.moments(36, DUMP, DUMP + timedelta(minutes=14))):
        say(when, "WARN", "db.Pool", f"Waited {rng.randint(2000, 9000)} ms for a connection (active=20, idle=0)")
        if i % 6 == 0:
            say(later(rng, when, 3), "ERROR", "db.AccountStore", "Account lock timed out", *trace(
                "java.sql.SQLTransientConnectionException: no connection after 30000 ms",
                "org.postgresql.util.PSQLException: ERROR: canceling statement due to lock timeout"))
    say(moment(14, "13:37:00"), "WARN", "web.RequestLog", f"Oversized header dropped: Cookie={rng.getrandbits(12000):03000x}")
    log.add(moment(14, "18:22:09"), b"2026-03-14T18:22:09.511Z WARN  [import-1] com.example.ledger.bank.Csv - "
            b"Bad row: name=\"Jos\xe9 Mu\xf1oz\" \xff\xfe iban=?")
    log.add(moment(14, "10:10:10"), "")


def nginx(log):
    """nginx in front of the portal, combined format."""
    rng = log.rng
    agents = ["Mozilla/5.0 (X11; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0", "curl/8.12.1",
              "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148", "portal-monitor/2.4"]

    def say(when, ip, request, status, size, agent, referer="-", user="-"):
        log.add(when, f'{ip} - {user} [{when:%d/%b/%Y:%H:%M:%S} +0000] "{request}" {status} {size} "{referer}" "{agent}"')

    for when in log.moments(460):
        request, status = rng.choice([
            ("GET / HTTP/2.0", 200), ("GET /static/app.js HTTP/2.0", 304), ("GET /static/site.css HTTP/2.0", 200),
            ("POST /login HTTP/2.0", 302), ("POST /login HTTP/2.0", 401), ("POST /api/v1/payments HTTP/2.0", 201),
            ("GET /health HTTP/1.1", 200), ("GET /favicon.ico HTTP/2.0", 404),
            ("GET /api/v1/payments?page=2&sort=-date HTTP/1.1", 200),
            (f"GET /api/v1/accounts/{rng.randint(10, 9999)} HTTP/2.0", 200)])
        say(when, rng.choice(CUSTOMERS), request, status, rng.randint(0, 48000), rng.choice(agents),
            rng.choice(("-", "https://portal.example.com/")), rng.choice(("-", "-", "-", "carol")))
    for when in log.moments(9, DUMP, DUMP + timedelta(minutes=14)):
        say(when, rng.choice(CUSTOMERS), "POST /api/v1/payments HTTP/2.0", 504, 160, agents[0])
    probes = ["/.env", "/.git/config", "/wp-login.php", "/admin/", "/backup.zip", "/phpmyadmin/", "/../../etc/passwd"]
    for i in range(35):
        say(SCAN + timedelta(seconds=240 + 4.3 * i), ATTACKER, f"GET {probes[i % len(probes)]} HTTP/1.1",
            rng.choice((404, 404, 403)), 153, "Mozilla/5.0 zgrab/0.x")
    for when in log.moments(8):
        say(when, rng.choice(SCANNERS), "\\x16\\x03\\x01\\x02\\x00\\x01\\x00\\x01\\xFC\\x03\\x03", 400, 157, "-")
        say(later(rng, when, 9), rng.choice(SCANNERS), "-", 408, 0, "-")


def app_json(log):
    """Two services: portal (pino: numeric level, epoch milliseconds) and gateway (zap: names, ISO 8601)."""
    rng = log.rng

    def say(when, level, msg, user, **fields):
        if rng.random() < 0.5:
            head = {"level": {"debug": 20, "info": 30, "warn": 40, "error": 50}[level],
                    "time": (when - EPOCH) // timedelta(milliseconds=1), "host": "web1", "pid": 2817, "name": "portal"}
        else:
            head = {"time": f"{when:%Y-%m-%dT%H:%M:%S.%f}Z", "level": level, "host": "app2", "pid": 977, "logger": "gateway"}
        log.add(when, compact({**head, "msg": msg, "user": user, **fields}))

    for when in log.moments(245):
        n, user = rng.randint(1, 9999), rng.choice([*STAFF, "ren\u00e9e", None])
        say(when, *rng.choice([("info", "request completed"), ("debug", "cache miss"), ("info", "token issued"),
                               ("warn", "slow upstream"), ("error", "upstream answered 502")]), user,
            req={"id": f"{rng.getrandbits(64):016x}", "method": rng.choice(("GET", "POST")), "path": f"/api/v1/accounts/{n}",
                 "remote": {"ip": rng.choice(CUSTOMERS), "port": 1024 + n}}, ms=n / 10, ok=n % 9 != 0)
    for when in log.moments(24, GUESSING, LOGIN):
        say(when, "warn", "login refused", rng.choice(GUESSED), reason="bad password", tags=["auth", "portal"],
            req={"path": "/login", "remote": {"ip": ATTACKER, "port": rng.randint(32768, 60999)}})
    say(HOP_APP + timedelta(seconds=240), "error", "service token used from unexpected host", "deploy",
        req={"path": "/internal/secrets", "remote": {"ip": HOSTS["web2"], "port": 40290}},
        err={"type": "PolicyError", "stack": "PolicyError: host\n    at check (auth.js:77:13)"})
    log.add(moment(14, "19:05:00"), '{"level":30,"time":1773515100000,"pid":2817,"host":"web1","name":"portal","msg":"cut off by a full di')
    log.add(moment(15, "03:00:00"), "{}")


# The kinds of event in events.ndjson: what all events of the kind share.
KINDS = {
    "failed": {"template_id": 11, "template_str": "Failed <*> for <*> from <*> port <*> ssh2", "severity_id": 3,
               "otel_severity": 13, "event_category": "authentication", "event_action": "ssh_login", "event_outcome": "failure",
               "class_uid": 3002, "mitre_tactics": ["credential-access"], "mitre_techniques": ["T1110.001"]},
    "accepted": {"template_id": 12, "template_str": "Accepted <*> for <*> from <*> port <*> ssh2", "severity_id": 1,
                 "event_category": "authentication", "event_action": "ssh_login", "event_outcome": "success",
                 "class_uid": 3002},
    "sudo": {"template_id": 21, "template_str": "<*> : TTY=<*> ; USER=root ; COMMAND=<*>", "severity_id": 4, "otel_severity": 17,
             "event_category": "process", "event_action": "sudo", "class_uid": 1007, "tags": ["incident"],
             "mitre_tactics": ["privilege-escalation"], "mitre_techniques": ["T1548.003"]},
    "connection": {"template_id": 31, "template_str": "FW-ALLOW-OUT: SRC=<*> DST=<*> PROTO=TCP DPT=<*>", "severity_id": 2,
                   "otel_severity": 10, "event_category": "network", "category_uid": 4, "class_uid": 4001, "activity_id": 1,
                   "type_uid": 400101, "resource_attrs": {"device.role": "gateway"}},
    "dns": {"template_id": 41, "template_str": "query: <*> IN A", "severity_id": 1, "event_category": "network",
            "class_uid": 4003, "body": {"rcode": "NOERROR", "flags": ["E", "K"]}},
}
ENTITIES = {  # in the order of entity_refs: the number in the UUID namespace, and how a value is normalised
    "ips": (2, lambda value: ipaddress.ip_address(value).exploded), "users": (1, str.lower), "hosts": (3, str.lower),
    "domains": (6, str.lower), "files": (5, str),
}


def entity_refs(related):
    return [str(uuid.uuid5(uuid.UUID(f"a1b2c3d4-{number:04}-0000-0000-{number:012}"), normalise(value)))
            for kind, (number, normalise) in ENTITIES.items() for value in related.get(kind, [])]


def events(log, logins, calls):
    """libseerflow's own events: the story's key moments, as an agent would hand them over."""
    rng = log.rng

    def say(when, host, kind, params, related, **fields):
        ns = (when - EPOCH) // timedelta(microseconds=1) * 1000
        message = KINDS[kind]["template_str"]
        for param in params:
            message = message.replace("<*>", param, 1)
        version_7 = ns // 10**6 << 80 | 7 << 76 | rng.getrandbits(12) << 64 | 2 << 62 | rng.getrandbits(62)
        log.add(when, compact({
            "event_id": str(uuid.UUID(int=version_7)), "timestamp_ns": ns, "observed_ns": ns + rng.randint(10**6, 2 * 10**9),
            "source_type": "syslog", "source_id": host, "message": message, "template_params": params, **KINDS[kind],
            **{f"related_{key}": values for key, values in related.items()}, "entity_refs": entity_refs(related), **fields}))

    failures = [login for login in logins if login.how == "Failed password"]
    successes = [login for login in logins if login.how != "Failed password"]
    for when, host, how, user, ip, port in [login for i, login in enumerate(failures) if i % 3] + successes:
        name, method = user.removeprefix("invalid user "), how.split()[1]
        related = {"ips": [ip], "users": [name], "hosts": [host]}
        fields = {"attributes": {"src.port": port, "auth.method": method}}
        if how == "Failed password":
            fields["attributes"]["user.known"] = name in KNOWN
        elif name == "deploy":
            tactic, technique = ("initial-access", "T1078") if ip == ATTACKER else ("lateral-movement", "T1021.004")
            fields.update(severity_id=5, risk_score=80.0, mitre_tactics=[tactic], mitre_techniques=[technique])
        say(when, host, how.split()[0].lower(), [method, user, ip, str(port)], related, **fields)
    for when, host, command in (ROOT, "web2", "/bin/bash"), (DUMP, "db1", DUMPING):
        program = command.split()[0]
        say(when, host, "sudo", ["deploy", "pts/1" if host == "web2" else "unknown", command],
            {"users": ["deploy", "root"], "hosts": [host], "files": [program]},
            related_hashes=["sha256:" + hashlib.sha256(program.encode()).hexdigest()],
            attributes={"process.command": command, "process.elevated": True}, trace_id=f"{rng.getrandbits(128):032x}")
    for when in calls[::3]:
        say(when, "gw1", "connection", [HOSTS["web2"], C2, "8443"], {"ips": [HOSTS["web2"], C2], "hosts": ["web2"]},
            attributes={"dst.port": 8443, "net.proto": "tcp"})
    for when in every(rng, CALL_OUT, FOUND, 1200):
        say(when, "ns1", "dns", [C2_NAME], {"ips": [HOSTS["web2"], C2], "hosts": ["web2"], "domains": [C2_NAME]},
            attributes={"dns.answers": [{"type": "A", "data": C2, "ttl": 60}]})
    log.add(log.lines[-1][0] + timedelta(minutes=9), log.lines[-1][1])  # a shipper sends one event twice


def main():
    directory = Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
    directory = directory if directory.is_dir() else directory.parent
    logs = [Log(name) for name in ("sshd.log", "syslog-rfc5424.log", "firewall.log", "app.log", "nginx-access.log",
                                   "app.ndjson", "events.ndjson")]
    logins = sshd(logs[0])
    syslog_5424(logs[1])
    calls = firewall(logs[2], logins)
    for write, log in zip((app, nginx, app_json), logs[3:6]):
        write(log)
    events(logs[6], logins, calls)
    for log in logs:
        log.save(directory)


if __name__ == "__main__":
    main()
