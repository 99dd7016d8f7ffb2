//! An example line of each format and its event, which docs/formats.md shows.
//!
//! The test compares that page; `UPDATE_FORMATS=1` rewrites it.

use std::fmt::Write as _;
use std::path::Path;

use super::*;
use crate::codec::model::{Entity, NAMES, Role};
use crate::record::{SEVERITY_NAMES, format_rfc3339};

const INTRODUCTION: &str = "\
# Log lines, and the events they become

A test of the library makes this page: each line is read at noon UTC of 14 March 2026, and its event is shown without the fields that are at
their default. *time: none* means that the event gets the present.

One scanner reads the header that most programs write: the first time of a known shape within 128 bytes, and a level beside it. Grammars of
their own read the formats that shippers hand on without change. The rules:

- **Time.** The line's own. A time without a zone is of the call's zone; a time without a year is of the latest year in which it is not more
  than a day in the future. A whole number of seconds since 1970 counts in brackets at the start of a line, or at the start of a line if a
  level follows. An abbreviation that several zones have (CST, IST, BST) counts only if the call's zone has it; so does a long name with
  these initials, such as `Central Standard Time`. If a time does not exist, or has no date, the event gets the present, and the attribute
  `seerflow.time.unparsed` has the text.
- **Severity.** The syslog priority, the facility and level of Solaris, FreeBSD and OpenWrt (`auth.notice`), a level in capitals, in
  brackets or set apart, or the letter of klog and its like. A word of the message is not a level, unless the message begins with it and a
  colon. An access log's status of 400 or more is a warning, of 500 or more an error.
- **Host.** The word after the time of a syslog line, or the key of a device's name. Other formats state none.
- **Program and process id.** The tag of a syslog line (`su[812]:`) unless it is a level (`error:`), the mnemonic of a Cisco device,
  `name[number]` after a level, the program of an audit record. A number alone is the attribute `process.pid` or `thread.id`, never a
  process.
- **Users.** The value of `user=`, `username=`, `User:NAME` or `Username: NAME`; the word after `user` if a word such as `for` or `from` is
  before or after both, an address follows, or the name is quoted or not of letters alone; the word after `for` if the words before say that
  someone logs in; the name before `(uid=0)`; both users of a line of sudo; the user of an access log; the keys and columns of users. The
  values `unknown`, `none`, `null`, `--` and N/A are neither users nor hosts. Of `root@192.0.2.7` in a message, the user is `root`.
- **Columns.** The `#Fields:` line of a W3C extended log (IIS, CloudFront, the Windows firewall) and the `#fields` line of Zeek name the
  columns of the lines after it, until the next one. The values become attributes with these names, which mean the same as keys of JSON.
  Lines that describe the log (`#Software:`, `#Date:`) are not events. The names count within one write call, and in all of a file for
  `seerflow ingest`: a program that writes such a file in several calls puts the `#Fields:` line before the lines of each call (`consumed`
  includes its bytes). Lines without known names are read like other lines. Their times are of the call's zone, which is UTC by default, as
  IIS writes them.
- **Addresses.** IPv4 and IPv6 addresses in the message. A version number, an object identifier (`OID 2.5.5.8`), a MAC address or a
  fingerprint is not an address.
- **Message.** The text after the header. No part of a line is lost: a part that no field holds stays in the message, or is an attribute.
- **Text search.** The message is cut into words at spaces and punctuation, as Seerflow cuts it. Chinese, Japanese and Thai text has no
  spaces: it is found by the whole run of characters between spaces or punctuation, or by the beginning of the run on PostgreSQL, not by a
  word inside.

Measured on the eight sample logs of loghub (2,000 lines each): every time, level and host that the headers state is read. A sample of
every 80th line, 200 lines, was reviewed line by line. None of the 200 entities found (75 addresses, 50 hosts, 50 processes, 25 users) is wrong:
precision 100 %. The lines name 226: recall 88 %. Not found are 19 host names inside messages, such as `rhost=pc-7.example.net`, and 7 users in
the name of a thread (`[LeaseRenewer:alice@web-1:9000]`). Files in messages are not looked for.
";

const GROUPS: &[(&str, &[&str])] = &[
    (
        "Syslog",
        &[
            "<34>1 2026-03-14T01:02:03.5Z web-1 su 812 ID47 [a@1 b=\"c\"] 'su root' failed for alice",
            "<34>Mar 14 01:02:03 web-1 su[812]: 'su root' failed",
            "<34> Mar 14 01:02:03 web-1 su[812]: a space after the priority",
            "<34>Mar 14 01:02:03 su[812]: no host",
            "<34>Mar 14 01:02:03 web-1 no tag",
            "<34>Mar 14 01:02:03 web-1 error: a level is not a tag",
            "<34>su: no time",
            "<34>Mar 14 01:02:03 2001:db8::1 su: an IPv6 host",
            "<34>Mar 14 01:02:03.123456789012 web-1 su[812]: twelve digits",
            "<34>Mar 14 01:02:03+01:00 web-1 su[812]: an offset",
            "<34>Mar 14 01:02:03 CEST web-1 su[812]: a zone",
            "<34>Mar 14 2025 01:02:03 web-1 su[812]: the year before the time",
            "<34>Mar 14 01:02:03 2025 web-1 su[812]: the year after the time",
            "<34>2025 Mar 14 01:02:03 web-1 su[812]: the year first",
            "<34>Fri Mar 14 01:02:03 2025 web-1 su[812]: as ctime writes it",
            "<34>mar 14 01:02:03 web-1 su[812]: a small letter",
            "<34>Okt 14 01:02:03 web-1 su[812]: a German month",
            "<34>1773450123 web-1 su[812]: seconds since 1970",
            "<34>2026-03-14T01:02:03 web-1 su[812]: no zone",
            "2026-03-14T01:02:03.123456+00:00 web-1 su[812]: as rsyslog writes to files",
            "2026-03-14T01:02:03 web-1 su[812]: no priority, no zone",
            "<34>Mar 14 01:02:03 web-1/relay-2 su[812]: through a relay",
            "<34>Mar 14 01:02:03 web-1@zone-a su[812]: an at sign",
            "<34>Mar 14 01:02:03 Message forwarded from web-1: su: text",
            "<30>Mar 14 01:02:03 AP7,02005e000001,v5.0.1.100: hostapd: ath0: STA 02:00:5e:00:00:02",
            "Mar 14 01:02:03 gw-1 user.warn kernel: [ 1170.8] DROP IN=eth0 SRC=192.0.2.7 DST=203.0.113.9",
            "Mar 14 01:02:03 <auth.err> bsd-1 sshd[7]: a level before the host, as FreeBSD writes it",
            "Mar 14 01:02:03 sun-1 su[812]: [ID 366847 auth.notice] a level in the text, as Solaris writes it",
            "Mar 14 01:02:03 web-1 sudo:      bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/ls",
            "Mar 14 01:02:03 web-1 su[812]: pam_unix(su-l:session): session opened for user root(uid=0) by alice(uid=1000)",
            "Mar 14 01:02:03 lb-1 err mcpd[6868]: a level before the tag, as F5 writes it",
            "<134> 03/14/2026:01:02:03 GMT ns-1 0-PPE-0 : default AAA LOGIN_FAILED 123 0 :  User bob - Client_ip 203.0.113.9",
            "Mar 14 01:02:03 mac-1 Setup Helper[1173]: a name of two words",
            "<14>Mar 14 01:02:03 nas-1 Cloud Sync: user [bob] from 203.0.113.9",
            "83 <34>1 2026-03-14T01:02:03Z web-1 su 812 - - an octet count in front",
            "\u{feff}<34>Mar 14 01:02:03 web-1 su[812]: a byte order mark",
            "Feb 30 01:02:03 web-1 su[812]: no such day",
            "<189>44: 3d05h: %SYS-5-RESTART: System restarted",
            "<189>45: *Mar 14 01:02:03.663: %SYS-5-CONFIG_I: Configured from console by vty0 (192.0.2.10)",
            "<189>46: .Mar 14 01:02:03 EDT: %LINK-3-UPDOWN: Interface Gi0/1, changed state to down",
            "<188>47: 46: edge-1: Mar 14 2025 01:02:03.827 Paris: %SW_MATM-4-MACFLAP_NOTIF: Host 0200.5e00.0001 is flapping",
            "*Mar 14 01:02:03.5 UTC: %SYS-3-CPUHOG: no priority before it",
            "<166>Mar 14 2025 01:02:03: %ASA-6-302014: Teardown TCP connection 7 for outside:203.0.113.5/443",
            "<166>Mar 14 2025 01:02:03 fw-1 : %ASA-6-110002: Failed to locate egress interface for TCP from inside:192.0.2.17/5239",
            "<166>:Mar 14 01:02:03 UTC: %ASA-session-4-302013: a colon before the time",
            "<134>1 1773450123.123456789 mx-1 urls src=192.0.2.7:51234 dst=203.0.113.9:443 request: GET https://example.com",
            "<14>1 2026-03-14T01:02:03Z srx-1 RT_FLOW - DENY [junos@2636.1.1.1.2.40 source-address=\"192.0.2.7\" username=\"bob\"] session denied",
            "<190>Mar 14 2026 01:02:03 sw-1 %%01SHELL/4/CMD(l)[12]:Recorded command. (User=admin, Ip=192.0.2.9)",
            "<134>1 2025-03-14 01:02:03 gw-1 CheckPoint 13752 - [action:\"Accept\"; src:\"192.0.2.7\"; rule:\"a\\]b\"]",
        ],
    ),
    (
        "Containers",
        &[
            "2026-03-14T01:02:03.931087621Z stderr F [2026/03/14 01:02:03] [ error] [engine] started (pid=1)",
            "2026-03-14T01:02:03.931087621Z stdout F {\"level\":\"error\",\"msg\":\"text\",\"user\":\"alice\"}",
            "2026-03-14T01:02:03.931087621+00:00 stderr F panic: runtime error",
            "E0314 01:02:03.123456    1234 reflector.go:138] client-go: Failed to watch",
            "I20250314 01:02:03.089828 400441 config.cc:27] Loading",
        ],
    ),
    (
        "Keys and values",
        &[
            "time=\"2026-03-14T01:02:03Z\" level=error msg=\"failed to pull\" error=\"not found\" user=alice",
            "ts=2026-03-14T01:02:03.123Z caller=main.go:7 level=warn msg=\"scrape failed\" port=9100",
            "Mar 14 01:02:03 web-1 app[7]: level=error msg=\"text\" user=alice",
            "<189>date=2026-03-14 time=01:02:03 devname=\"FG-1\" tz=\"+0100\" type=\"traffic\" level=\"error\" srcip=192.0.2.7 user=\"bob\"",
            "type=USER_LOGIN msg=audit(1773450123.243:287): pid=5912 uid=0 auid=1000 msg='op=login acct=\"alice\" exe=\"/usr/sbin/sshd\" hostname=? addr=203.0.113.66 res=failed'",
            "node=web-1 type=SYSCALL msg=audit(1773450123.243:288): arch=c000003e success=no pid=77 uid=0 comm=\"cat\" exe=\"/usr/bin/cat\"",
            "type=USER_CMD msg=audit(1773450123.243:289): pid=78 uid=1000 acct=616C69636520623A acct2=1",
            "CEF:0|Example|scanner|1.0|100|worm stopped|10|src=192.0.2.1 dst=203.0.113.9 suser=alice msg=two words rt=1773450123000",
            "<134>Mar 14 01:02:03 fw-1 CEF:0|Example|scanner\\|2|1.0|100|worm|5|src=192.0.2.1",
            "<Event xmlns='urn:x'><System><Provider Name='Example-Auditing'/><EventID>4625</EventID><Level>2</Level><TimeCreated SystemTime='2026-03-14T01:02:03.5Z'/><Channel>Security</Channel><Computer>dc-1</Computer></System><EventData><Data Name='TargetUserName'>alice</Data><Data Name='TargetDomainName'>CORP</Data><Data Name='IpAddress'>203.0.113.9</Data><Data Name='Reason'>a &lt;b&gt;</Data></EventData></Event>",
            "<134>id=firewall sn=18B169000000 time=\"2026-03-14 01:02:03 UTC\" fw=203.0.113.1 pri=6 m=537 msg=\"Connection Closed\" src=192.0.2.7:51234:X0 dst=203.0.113.9:443:X1 usr=\"alice\"",
            "<14>Mar 14 01:02:03 pa-1 1,2026/03/14 01:02:03,0123,THREAT,url,2049,2026/03/14 01:02:02,192.0.2.7,203.0.113.9,0.0.0.0,0.0.0.0,rule-1,corp\\alice,,ssl,vsys1,trust,untrust,e1,e2,LF,2026/03/14 01:02:03,12345,1,51234,443,0,0,0x0,tcp,block-url,\"example.com/a,b\",(9999),malware,high,client-to-server",
            "LEEF:2.0|Example|scanner|1.0|42|^|src=192.0.2.1^usrName=alice^sev=8^devTime=Mar 14 2026 01:02:03",
        ],
    ),
    (
        "Web servers",
        &[
            "192.0.2.1 - alice [14/Mar/2026:01:02:03 +0100] \"GET /a HTTP/1.1\" 404 12",
            "www.example.com 192.0.2.1 - - [14/Mar/2026:01:02:03 +0000] \"GET /a HTTP/1.1\" 503 12",
            "[Sat Mar 14 01:02:03 2026] [notice] Digest: generating secret",
            "[Sat Mar 14 01:02:03.123456 2026] [core:error] [pid 8:tid 9] [client 192.0.2.1:60444] File does not exist",
            "2026/03/14 01:02:03 [error] 12#0: *1 open() failed, client: 192.0.2.1",
            "Mar 14 01:02:03 lb-1 haproxy[7]: 192.0.2.1:50210 [14/Mar/2026:01:02:02.266] front back/web-1 1/1/861 1485",
        ],
    ),
    (
        "Databases",
        &[
            "2026-03-14 01:02:03.123 UTC [1234] ERROR:  relation \"x\" does not exist",
            "2026-01-14 01:02:03.123 CET [1234] FATAL:  password authentication failed for user \"app\"",
            "2026-03-14 01:02:03 CET [1234]: db=app,user=app,client=192.0.2.1 LOG:  connection received",
            "2026-03-14T01:02:03.123456Z 8 [ERROR] [MY-010584] [Repl] Replica I/O failed",
            "2026-03-14T01:02:03.123456Z 0 [Note] [MY-012487] [InnoDB] recovery : begin",
            "1234:M 14 Mar 2026 01:02:03.123 # Out Of Memory allocating 100 bytes",
            "[3574] 14 Mar 01:02:03.731 * Sentinel started",
        ],
    ),
    (
        "Applications",
        &[
            "2026-03-14 01:02:03,456 INFO [main] a.b.C: Created",
            "2026-03-14 01:02:03.456 [main] ERROR a.b.C - text",
            "2026-03-14T01:02:03.456Z  WARN 93649 --- [nio-8080-exec-1] c.e.Api : text",
            "[2026-03-14T01:02:03,456][DEBUG][o.e.n.Node] text",
            "14-Mar-2026 01:02:03.123 SEVERE [main] org.example.Service failed",
            "Mar 14, 2026 01:02:03 PM org.example start",
            "2026-03-14 01:02:03,456 - app - CRITICAL - text",
            "[2026-03-14 01:02:03 +0000] [1234] [ERROR] Worker timeout",
            "ERROR 2026-03-14 01:02:03,123 text",
            "ERROR:root:text",
            "[01:02:03 ERR] text",
            "01:02:03.123 [main] DEBUG a.b.C - text",
            "E, [2026-03-14T01:02:03.123456 #1234] ERROR -- : text",
            "[2026-03-14 01:02:03] local.ERROR: text {\"user_id\":123}",
            "2026/03/14 01:02:03 http: panic serving 192.0.2.9:4242",
            "[2026-03-14T01:02:03Z ERROR main] text",
            "2026-03-14T01:02:03.625Z\tinfo\tsync/service.go:87\tstarting",
            "26/03/14 01:02:03 INFO executor.Backend: text",
            "260314 010203 148 WARN dfs.DataNode: text",
            "nova-api.log.1 2026-03-14 01:02:03.008 25746 INFO nova.wsgi [req-1 - -] 192.0.2.1 \"GET /\"",
            "03-14 01:02:03.509  1000 23402 23402 W Camera: text",
            "INFO   | jvm 1    | 2026/03/14 01:02:03 | text",
            "Thread-1950::INFO::2026-03-14 01:02:03,018::dispatcher::94::text",
            "(Sat Mar 14 01:02:03 2026) [sssd] [start_service] (0x0020): text",
            "E [14/Mar/2026:01:02:03 +0000] StartListening: Unable to find host",
            "2026-03-14T01:02:03.681Z In(14) settingsd[263657]: debug text",
            "2026-03-14T01:02:03.746Z verbose vpxd[05160] [Originator@6876 sub=Libs] text",
            "2026-03-14T01:02:03.035Z cpu22:44012977)ALERT: text",
            "1773450123.895450 execve(\"/bin/ls\") = 0",
            "2026-13-14 01:02:03 INFO no such month",
            "certificate of web-1 expires on 2030-01-01 00:00:00",
            "plain text",
        ],
    ),
];

/// Returns the fields of an event that differ from their default, as text.
const KEYS: &str = "
## Keys of JSON, msgpack, Fluent and OpenTelemetry

A record in one of these formats has keys and values. A key that is the name of a field of Seerflow's events (`message`, `severity_id`,
`timestamp_ns`, `related_users`) sets that field if the value fits. The keys of the table below set the fields that are then still at their
default. Case does not matter. A dot separates the levels of objects: `log.level` is the key `log.level`, or the key `level` of the object
`log`. If several keys of one row are present, the first of them in the row that has a fitting value counts. All other keys become attributes,
with their own name and type; a value that does not fit its field becomes one as well.

- **Date and time.** If one key has the date and another one the time of day (`date` and `time`), the event's time is both together, in the zone
  of a third key (`tz`), else in the call's zone. A time that is not understood becomes the attribute `seerflow.time.unparsed`, and is counted
  in `unparsed_times`.
- **Entities.** If no key names a user or an address, those in the message count. A record of Seerflow's own field names that has an entity in
  one of the `related_` fields has no others. If it has none, `source_id` is its host, as in an event that is given as a struct.
- **Documents of many records.** A JSON array, `{\"Records\":[...]}` and an object with nothing but a list of objects are read record by record.
  So are the documents of CloudWatch's subscriptions (`logEvents`), Firehose (`records` with `data` in base64), Google Cloud (`entries`),
  Kubernetes' audit webhook (`items`), Microsoft Graph (`value`), osquery (`data`) and Loki (`streams`). The other keys of such a document
  become attributes of each of its records. Except for arrays and `Records`, a document must not be longer than `storage.max_event_bytes`. The
  action lines of Elasticsearch's bulk format are skipped.
- **Messages that are records themselves.** Docker, Kubernetes and Fluent put a whole line of a program into one key. With the option `parse`, a
  message that is a JSON object, a line with a header, or a list of `key=value` pairs is read like a record, and fields of the outer record take
  precedence. By default this is done for log lines and for Fluent, and not for NDJSON, msgpack and OTLP, except for the lines of the Collector's
  filelog receiver. `parse` is `seerflow_write_options.parse` in C, and `seerflow ingest --parse always` or `never` on the command line.

| meaning | keys |
|---|---|
";

/// Returns the rows of the table of names: meanings, and the keys of each.
fn keys() -> Vec<(String, String)> {
    let mut rows: Vec<(String, String)> = Vec::new();
    for (role, names) in NAMES {
        let meaning = meaning(*role);
        let names: Vec<_> = names
            .split_ascii_whitespace()
            .map(|name| format!("`{name}`"))
            .collect();
        let names = names.join(" ");
        match rows.iter_mut().find(|(known, _)| *known == meaning) {
            Some((_, known)) => write!(known, " {names}").unwrap(),
            None => rows.push((meaning, names)),
        }
    }
    rows
}

fn meaning(role: Role) -> String {
    match role {
        Role::Time => "time".to_owned(),
        Role::Date => "date, if another key has the time of day".to_owned(),
        Role::TimeOfDay => "time of day, if another key has the date".to_owned(),
        Role::Zone => "zone of the time of day".to_owned(),
        Role::Severity(scale) => format!("severity, numbers on the scale {scale:?}"),
        Role::Message => "message".to_owned(),
        Role::Host => "host (`source_id`, and an entity)".to_owned(),
        Role::Program => "program (a process, and `source_type`)".to_owned(),
        Role::Pid => "process id".to_owned(),
        Role::NameBesidePid => "program, if there is a process id".to_owned(),
        Role::SourceType => "`source_type`".to_owned(),
        Role::Trace => "`trace_id`".to_owned(),
        Role::Span => "`span_id`".to_owned(),
        Role::Facility => "attribute `syslog.facility`".to_owned(),
        Role::Copied(field) => format!("`{}`", field.name()),
        Role::Entity(Entity::Part(owner, part)) => format!("entity: {part:?} of {owner:?}"),
        Role::Entity(Entity::Hash(algorithm)) => format!("entity: hash ({algorithm})"),
        Role::Entity(Entity::Ip) => "entity: IP address".to_owned(),
        Role::Entity(Entity::Address) => "entity: IP address or host".to_owned(),
        Role::Entity(Entity::Principal) => "entity: user, if it has the form `name@domain`".to_owned(),
        Role::Entity(entity) => format!("entity: {}", format!("{entity:?}").to_lowercase()),
        Role::Firewall => "the record is a firewall's: keys such as `app` and `service` name its traffic, and are attributes".to_owned(),
        Role::Sender(scale) => format!("severities of 0 to 7 are on the scale {scale:?}"),
    }
}

fn shown(line: &str) -> String {
    let event = parse(line);
    let time = event.timestamp_ns.map_or("none".to_owned(), format_rfc3339);
    let mut text = format!(
        "time: {time}; severity: {}",
        SEVERITY_NAMES[event.severity_id as usize]
    );
    for (name, value) in [("host", &event.source_id), ("source_type", &event.source_type)] {
        if !value.is_empty() && value != "log" {
            write!(text, "; {name}: {value}").unwrap();
        }
    }
    for (name, list) in [
        ("process", &event.related_processes),
        ("users", &event.related_users),
        ("addresses", &event.related_ips),
        ("hosts", &event.related_hosts),
    ] {
        let is_source = name == "hosts" && list.len() == 1 && list[0] == event.source_id;
        if !list.is_empty() && !is_source {
            write!(text, "; {name}: {}", list.join(", ")).unwrap();
        }
    }
    for (key, value) in &event.attributes {
        match value {
            Value::Str(value) => write!(text, "; `{key}`: {value}").unwrap(),
            Value::Int(value) => write!(text, "; `{key}`: {value}").unwrap(),
            value => write!(text, "; `{key}`: {value:?}").unwrap(),
        }
    }
    text
}

/// Formats text as a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
        .replace('\t', "\u{2192}")
        .replace('\u{feff}', "\u{2423}")
}

#[test]
fn docs_show_a_line_of_each_shape() {
    let mut page = INTRODUCTION.to_owned();
    for (title, lines) in GROUPS {
        write!(
            page,
            "\n## {title}\n\n| line | event | message |\n|---|---|---|\n"
        )
        .unwrap();
        for line in *lines {
            let event = parse(line);
            let message = if event.message == *line {
                "the line"
            } else {
                &event.message
            };
            let message = if message == "the line" {
                message.to_owned()
            } else {
                format!("`{}`", cell(message))
            };
            writeln!(page, "| `{}` | {} | {message} |", cell(line), cell(&shown(line))).unwrap();
        }
    }
    page.push_str(KEYS);
    for (meaning, names) in keys() {
        writeln!(page, "| {meaning} | {names} |").unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/formats.md");
    if std::env::var_os("UPDATE_FORMATS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    for (written, made) in written.lines().zip(page.lines()) {
        assert_eq!(
            written, made,
            "docs/formats.md: run the tests with UPDATE_FORMATS=1, and read the difference"
        );
    }
    assert_eq!(written.lines().count(), page.lines().count());
}
