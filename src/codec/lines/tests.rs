use proptest::prelude::*;

use super::*;
use crate::codec::raw_bytes;
use crate::record::parse_time;

/// The present in these tests: 2026-03-14T12:00:00Z.
const NOW: i64 = 1_773_489_600_000_000_000;

fn options() -> LineOptions {
    LineOptions::new(NOW)
}

fn parse(line: &str) -> Event<'static> {
    parse_line(line.as_bytes(), &options()).into_owned()
}

fn ns(time: &str) -> i64 {
    parse_time(time, NOW).unwrap()
}

fn attribute(event: &Event<'_>, key: &str) -> Option<String> {
    event.attributes.iter().find_map(|(name, value)| match value {
        Value::Str(text) if name == key => Some(text.to_string()),
        Value::Int(number) if name == key => Some(number.to_string()),
        _ => None,
    })
}

/// A line and what it must say; empty text and severity 1 stand for the defaults.
struct Case {
    line: &'static str,
    time: &'static str,
    severity: (i64, i64),
    source: (&'static str, &'static str),
    process: &'static str,
    message: &'static str,
}

fn check(cases: &[Case]) {
    for case in cases {
        let event = parse(case.line);
        let line = case.line;
        assert_eq!(event.timestamp_ns, Some(ns(case.time)), "{line}");
        assert_eq!(event.observed_ns, Some(NOW), "{line}");
        assert_eq!((event.severity_id, event.otel_severity), case.severity, "{line}");
        assert_eq!((event.source_type.as_ref(), event.source_id.as_ref()), case.source, "{line}");
        assert_eq!(event.related_processes.join(" "), case.process, "{line}");
        assert_eq!(event.message, case.message, "{line}");
    }
}

#[test]
fn rfc3164() {
    check(&[
        Case {
            line: "<34>Mar 14 01:02:03 web-1 su[812]: 'su root' failed",
            time: "2026-03-14T01:02:03Z",
            severity: (5, 18),
            source: ("su", "web-1"),
            process: "su:812",
            message: "'su root' failed",
        },
        Case {
            line: "Mar  4 01:02:03 combo sshd(pam_unix)[19939]: check pass; user unknown",
            time: "2026-03-04T01:02:03Z",
            severity: (1, 9),
            source: ("sshd", "combo"),
            process: "sshd(pam_unix):19939",
            message: "check pass; user unknown",
        },
        Case {
            line: "Mar 14 2025 01:02:03.5 combo /usr/sbin/CROND: run",
            time: "2025-03-14T01:02:03.5Z",
            severity: (1, 9),
            source: ("crond", "combo"),
            process: "/usr/sbin/CROND",
            message: "run",
        },
        // As glibc writes to /dev/log: no host.
        Case {
            line: "<13>Mar 14 01:02:03 logger[7]: text: more",
            time: "2026-03-14T01:02:03Z",
            severity: (2, 10),
            source: ("logger", ""),
            process: "logger:7",
            message: "text: more",
        },
        Case {
            line: "Mar 14 01:02:03 combo last message repeated 3 times",
            time: "2026-03-14T01:02:03Z",
            severity: (1, 9),
            source: ("log", "combo"),
            process: "",
            message: "last message repeated 3 times",
        },
        Case {
            line: "<11>Mar 14 01:02:03 2001:db8::1 app: x",
            time: "2026-03-14T01:02:03Z",
            severity: (4, 17),
            source: ("app", "2001:db8::1"),
            process: "app",
            message: "x",
        },
        Case {
            line: "Mar 14 01:02:03 h sshd[1]: error: maximum attempts",
            time: "2026-03-14T01:02:03Z",
            severity: (4, 17),
            source: ("sshd", "h"),
            process: "sshd:1",
            message: "error: maximum attempts",
        },
        Case {
            line: "Mar 14 01:02:03 h sshd[1]: fatal: no key",
            time: "2026-03-14T01:02:03Z",
            severity: (6, 21),
            source: ("sshd", "h"),
            process: "sshd:1",
            message: "fatal: no key",
        },
        // A priority without a time, with and without a tag.
        Case {
            line: "<0>app[3]: down",
            time: "now",
            severity: (6, 21),
            source: ("app", ""),
            process: "app:3",
            message: "down",
        },
        Case {
            line: "<191>http://example.com is down",
            time: "now",
            severity: (0, 5),
            source: ("log", ""),
            process: "",
            message: "http://example.com is down",
        },
    ]);
    let event = parse("<34>Mar 14 01:02:03 web-1 su[812]: x");
    assert_eq!(attribute(&event, "syslog.facility").as_deref(), Some("auth"));
    assert_eq!(event.related_hosts, ["web-1"]);
    assert_eq!(attribute(&parse("Mar 14 01:02:03 web-1 su[812]: x"), "syslog.facility"), None);
    let event = parse("<11>Mar 14 01:02:03 2001:db8::1 app: x");
    assert_eq!((event.related_ips.join(""), event.related_hosts.len()), ("2001:db8::1".into(), 0));
}

#[test]
fn rfc5424() {
    check(&[
        Case {
            line: "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 - \u{feff}An application event",
            time: "2003-10-11T22:14:15.003Z",
            severity: (2, 10),
            source: ("evntslog", "mymachine.example.com"),
            process: "evntslog",
            message: "An application event",
        },
        Case {
            line: "<34>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 Myproc 8710 - - %% It's time.",
            time: "2003-08-24T12:14:15.000003Z",
            severity: (5, 18),
            source: ("myproc", "192.0.2.1"),
            process: "Myproc:8710",
            message: "%% It's time.",
        },
        Case {
            line: "<14>1 - - - - - -",
            time: "now",
            severity: (1, 9),
            source: ("log", ""),
            process: "",
            message: "",
        },
        // Broken structured data is text.
        Case {
            line: r#"<14>1 - h a - - [x y="1] text"#,
            time: "now",
            severity: (1, 9),
            source: ("a", "h"),
            process: "a",
            message: r#"[x y="1] text"#,
        },
        // What is no RFC 5424 is kept behind its priority.
        Case {
            line: "<14>1 2026-02-30T00:00:00Z h a - - - text",
            time: "now",
            severity: (1, 9),
            source: ("log", ""),
            process: "",
            message: "1 2026-02-30T00:00:00Z h a - - - text",
        },
    ]);
    let event = parse(
        r#"<165>1 2003-10-11T22:14:15.003Z h app 9 ID47 [ex@32473 iut="3" q="a \"b\" \\ \] \n"][empty][o ip="1" ip="2" ] text"#,
    );
    let expected = [
        ("msgid", "ID47"),
        ("ex@32473.iut", "3"),
        ("ex@32473.q", r#"a "b" \ ] \n"#),
        ("empty", ""),
        ("o.ip", "1"),
        ("o.ip.2", "2"),
        ("syslog.facility", "local4"),
    ];
    assert_eq!(event.attributes, expected.map(|(key, value)| (key.into(), Value::from(value))));
    assert_eq!(event.message, "text");
    let many = format!("<14>1 - h a - - [x{}] text", " a=\"\"".repeat(5_000));
    let event = parse(&many);
    assert_eq!(event.message, "text");
    assert!(attribute(&event, "syslog.structured_data").unwrap().ends_with("a=\"\"]"));
}

#[test]
fn iso_prefixed() {
    let rsyslog = |line| Case {
        line,
        time: "2026-03-14T01:02:03.123456Z",
        severity: (1, 9),
        source: ("sshd", "web-1"),
        process: "sshd:7",
        message: "Accepted",
    };
    check(&[
        rsyslog("2026-03-14T01:02:03.123456+00:00 web-1 sshd[7]: Accepted"),
        rsyslog("2026-03-14T02:32:03.123456+0130 web-1 sshd[7]: Accepted"),
        Case { severity: (5, 18), ..rsyslog("<34>2026-03-14T01:02:03.123456Z web-1 sshd[7]: Accepted") },
    ]);
    let app = |line, time, severity, message| Case { line, time, severity, source: ("log", ""), process: "", message };
    check(&[
        app(
            "2015-10-18 18:01:47,978 INFO [main] org.apache.App: Created x",
            "2015-10-18T18:01:47.978Z",
            (1, 9),
            "[main] org.apache.App: Created x",
        ),
        app("2015-10-18T18:01:47Z WARN text", "2015-10-18T18:01:47Z", (3, 13), "text"),
        app("2015-10-18T18:01:47.123456789+02:00 ERROR: text", "2015-10-18T16:01:47.123456789Z", (4, 17), "text"),
        app("2015-10-18 18:01:47 -0500 FATAL text", "2015-10-18T23:01:47Z", (6, 21), "text"),
        app("2015-10-18 18:01:47 [error] 12#0: *1 text", "2015-10-18T18:01:47Z", (4, 17), "12#0: *1 text"),
        app("2015/10/18 18:01:47 [warn ] text", "2015-10-18T18:01:47Z", (3, 13), "text"),
        app("2016-09-28 04:30:30, Info                  CBS    Loaded", "2016-09-28T04:30:30Z", (1, 9), "CBS    Loaded"),
        app("[2026-03-14T01:02:03,456][DEBUG][o.e.n.Node] text", "2026-03-14T01:02:03.456Z", (0, 5), "[o.e.n.Node] text"),
        app("2026-03-14 01:02:03,456 - app - CRITICAL - text", "2026-03-14T01:02:03.456Z", (5, 18), "app - CRITICAL - text"),
        app("2026-03-14 01:02:03.456 [main] ERROR a.b - text", "2026-03-14T01:02:03.456Z", (4, 17), "[main] ERROR a.b - text"),
        app("2026-03-14 01:02:03 UTC [12] LOG:  text", "2026-03-14T01:02:03Z", (1, 9), "[12] LOG:  text"),
        // A word of the sentence counts, and stays.
        app("2026-03-14 01:02:03 error opening x", "2026-03-14T01:02:03Z", (4, 17), "error opening x"),
        app("2026-03-14 01:02:03 the ERROR was mine", "2026-03-14T01:02:03Z", (4, 17), "the ERROR was mine"),
        app("2026-03-14 01:02:03 user bob said PANIC", "2026-03-14T01:02:03Z", (1, 9), "user bob said PANIC"),
        app("2026-03-14T01:02:03Z main ERROR: x", "2026-03-14T01:02:03Z", (4, 17), "main ERROR: x"),
    ]);
    let event = parse("nova-api.log.1 2017-05-16 00:00:00.008 25746 INFO nova.wsgi [req-1 - -] 10.11.10.1 \"GET /\"");
    assert_eq!(event.timestamp_ns, Some(ns("2017-05-16T00:00:00.008Z")));
    assert_eq!((event.message.as_ref(), event.related_processes.join("")), ("nova.wsgi [req-1 - -] 10.11.10.1 \"GET /\"", "25746".into()));
    assert_eq!(attribute(&event, "log.file.name").as_deref(), Some("nova-api.log.1"));
}

#[test]
fn hadoop_and_web() {
    let app = |line, time, severity, message| Case { line, time, severity, source: ("log", ""), process: "", message };
    check(&[
        app("17/06/09 20:10:40 INFO util.Utils: started", "2017-06-09T20:10:40Z", (1, 9), "util.Utils: started"),
        app("081109 203615 148 WARN dfs.DataNode: x", "2008-11-09T20:36:15Z", (3, 13), "dfs.DataNode: x"),
        app("[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok", "2005-12-04T04:47:44Z", (2, 10), "workerEnv.init() ok"),
        app(
            "[Sun Dec 04 04:47:44.902022 2005] [core:error] [pid 8] x",
            "2005-12-04T04:47:44.902022Z",
            (4, 17),
            "[core:error] [pid 8] x",
        ),
        app("[Sun Dec 04 04:47:44 2005] no level", "2005-12-04T04:47:44Z", (1, 9), "no level"),
        app(
            r#"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a\"b HTTP/1.0" 404 2326"#,
            "2000-10-10T20:55:36Z",
            (3, 13),
            r#""GET /a\"b HTTP/1.0" 404 2326"#,
        ),
    ]);
    let event = parse(r#"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 503 2326"#);
    assert_eq!((event.related_ips.join(""), event.related_users.join("")), ("127.0.0.1".into(), "frank".into()));
    assert_eq!(event.severity_id, 4);
    let event = parse(r#"::1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326"#);
    assert_eq!((event.related_ips.join(""), event.related_users.len()), ("::1".into(), 0));
    let whole = r#"example.com id - [10/Oct/2000:13:55:36 -0700] "-" 200 2326"#;
    let event = parse(whole);
    assert_eq!((event.related_hosts.join(""), event.message.as_ref()), ("example.com".into(), whole));
    assert_eq!(attribute(&parse("081109 203615 148 WARN dfs.DataNode: x"), "thread.id").as_deref(), Some("148"));
}

#[test]
fn what_is_not_understood_is_the_message() {
    for line in [
        "plain text",
        "2026-02-30 00:00:00 INFO x",
        "2026-13-01 00:00:00 INFO x",
        "2026-01-01 24:00:00 INFO x",
        "2026-01-01 00:00:00.1234567890 INFO x",
        "2026-01-01 00:00:00abc",
        "2026-01-01T00:00:00+25:00 INFO x",
        "9999-01-01 00:00:00 INFO x",
        "0000-01-01 00:00:00 INFO x",
        "1600-01-01T00:00:00Z h app[1]: x",
        "Feb 30 00:00:00 h app[1]: x",
        "Mar 14 25:00:00 h app[1]: x",
        "Mar 14 01:02:03",
        "<192>Mar 14 01:02:03 h app[1]: x",
        "<9999999999999999999>x",
        "<>x",
        "<x",
        "Sun Dec 04 04:47:44 2005 x",
        "[Sun Dec 99 04:47:44 2005] [notice] x",
        "[    0.000000] Linux version",
        "170609 201040 text",
        "17/06/09 20:10:40 text",
        "123456 999999 7 INFO x",
        "1.2.3.4 - - [99/Oct/2000:13:55:36 -0700] \"GET\" 200 1",
        "nul\0nul",
    ] {
        let event = parse(line);
        assert_eq!(event.message, line);
        assert_eq!(event.timestamp_ns, Some(NOW), "{line}");
        assert_eq!(event.source_type, "log", "{line}");
        assert_eq!(event.attributes, [], "{line}");
    }
    assert_eq!(parse(""), Event { message: "".into(), ..parse("") });
}

#[test]
fn the_missing_year_is_the_nearest_before_tomorrow() {
    let at = |line: &str, now: &str| parse_line(line.as_bytes(), &LineOptions::new(ns(now))).timestamp_ns;
    assert_eq!(at("Dec 31 23:59:59 h a: x", "2026-01-01T00:00:10Z"), Some(ns("2025-12-31T23:59:59Z")));
    assert_eq!(at("Jan  1 00:00:05 h a: x", "2025-12-31T23:59:59Z"), Some(ns("2026-01-01T00:00:05Z")));
    assert_eq!(at("Mar 16 00:00:00 h a: x", "2026-03-14T12:00:00Z"), Some(ns("2025-03-16T00:00:00Z")));
    assert_eq!(at("Mar 15 11:00:00 h a: x", "2026-03-14T12:00:00Z"), Some(ns("2026-03-15T11:00:00Z")));
    assert_eq!(at("Feb 29 00:00:00 h a: x", "2026-03-14T12:00:00Z"), Some(ns("2024-02-29T00:00:00Z")));
    for now in [i64::MIN, i64::MAX] {
        let event = parse_line(b"Mar 14 01:02:03 h a: x", &LineOptions::new(now)).into_owned();
        assert!(event.timestamp_ns.is_some());
    }
}

#[test]
fn times_without_an_offset_are_of_the_zone() {
    let mut options = options();
    options.timezone = TimeZone::fixed(jiff::tz::offset(-5));
    let mut at = |line: &str| parse_line(line.as_bytes(), &options).timestamp_ns;
    assert_eq!(at("2026-03-14 01:02:03 INFO x"), Some(ns("2026-03-14T06:02:03Z")));
    assert_eq!(at("2026-03-14 01:02:03Z INFO x"), Some(ns("2026-03-14T01:02:03Z")));
    assert_eq!(at("Mar 14 01:02:03 h a: x"), Some(ns("2026-03-14T06:02:03Z")));
    if let Ok(zone) = TimeZone::get("America/New_York") {
        options.timezone = zone;
        let mut at = |line: &str| parse_line(line.as_bytes(), &options).timestamp_ns;
        assert_eq!(at("2026-01-14 01:02:03 INFO x"), Some(ns("2026-01-14T06:02:03Z")));
        assert_eq!(at("2025-07-14 01:02:03 INFO x"), Some(ns("2025-07-14T05:02:03Z")));
        assert_eq!(at("2026-02-30 01:02:03 INFO x"), Some(NOW));
    }
}

#[test]
fn options_overrule() {
    let options = LineOptions {
        source_type: Some("nginx".into()),
        source_id: Some("edge".into()),
        keep_raw: true,
        ..options()
    };
    let line = "Mar 14 01:02:03 web-1 su[812]: x";
    let event = parse_line(b"Mar 14 01:02:03 web-1 su[812]: x\r", &options);
    assert_eq!((event.source_type.as_ref(), event.source_id.as_ref()), ("nginx", "edge"));
    assert_eq!((event.raw_event.as_ref(), event.related_hosts.join("")), (line, "web-1".into()));
}

#[test]
fn what_is_not_utf8_is_recoverable() {
    let line = b"Mar 14 01:02:03 web-1 su[812]: a\xffb\0 from 192.0.2.1";
    let options = options();
    let event = parse_line(line, &options);
    assert_eq!(event.message, "a\u{fffd}b\0 from 192.0.2.1");
    assert_eq!((event.source_id.as_ref(), event.related_ips.join("")), ("web-1", "192.0.2.1".into()));
    assert_eq!(raw_bytes(&event, "line").unwrap(), line);
}

#[test]
fn addresses_in_messages() {
    let found = |message: &str| {
        let mut list = Vec::new();
        extract::addresses(message, &mut list);
        list.join(" ")
    };
    for (message, expected) in [
        ("from 192.0.2.1 port 22", "192.0.2.1"),
        ("192.0.2.1:80, [192.0.2.2] (192.0.2.3) /192.0.2.4:50010.", "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4"),
        ("192.0.2.1 again 192.0.2.1", "192.0.2.1"),
        ("It was 192.0.2.1. Then", "192.0.2.1"),
        ("192.0.2.1-192.0.2.9 and 10.0.0.0/8", "192.0.2.1 192.0.2.9 10.0.0.0"),
        ("来自192.0.2.1的", "192.0.2.1"),
        ("src=2001:db8::1 dst=[2001:db8::2]:443", "2001:db8::1 2001:db8::2"),
        ("listening on ::1, ::ffff:192.0.2.1.", "::1 ::ffff:192.0.2.1"),
        ("[IPv6:2001:db8::1]: x, addr:fe80::1%eth0 fe80::2/64", "2001:db8::1 fe80::1 fe80::2"),
        ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("port:10.0.0.1:80", "10.0.0.1"),
        // None of these is an address.
        ("1.2.3.4.5 1.2.3 v1.2.3.4 x1.2.3.4 1.2.3.4x lib-1.2.3.4 1.2.3.4-5ubuntu 1.2.3.4.example", ""),
        ("256.0.0.1 01.2.3.4 1234.1.1.1 1..2.3.4 version 0.0.0.6 Version: 1.2.3.4", ""),
        ("99999999999999999999.1.1.1 1.1.1.99999999999999999999 . : :: ... ::: 1.", ""),
        ("04:47:44 2016/9/27:20:30:31.455 std::a::b1 Foo::a1::b2 aa:bb:cc:dd:ee:ff 1:2:3:4:5:6:7:8:9", ""),
        ("http://example.com:80/a.b abc::defg fe80::1z", ""),
    ] {
        assert_eq!(found(message), expected, "{message}");
    }
    let many: Vec<_> = (0..1_000).map(|n| format!("10.0.{}.{}", n / 250, n % 250)).collect();
    assert_eq!(found(&many.join(" ")).split(' ').count(), 256);
}

#[test]
fn users_in_messages() {
    let found = |message: &str| {
        let mut list = Vec::new();
        extract::users(message, &mut list);
        list.join(" ")
    };
    for (message, expected) in [
        ("Accepted publickey for root from 192.0.2.1 port 22", "root"),
        ("Failed password for invalid user webmaster from 192.0.2.1", "webmaster"),
        ("Failed password for invalid user user from 192.0.2.1", "user"),
        ("Invalid user test9 from 192.0.2.1", "test9"),
        ("Invalid user the admin from 192.0.2.1", "the admin"),
        ("Invalid user unknown from 192.0.2.1", "unknown"),
        ("input_userauth_request: invalid user 0 [preauth]", "0"),
        ("session opened for user cyrus by (uid=0)", "cyrus"),
        ("authentication failure; logname= uid=0 ruser= rhost=192.0.2.1  user=root", "root"),
        ("root : TTY=pts/0 ; PWD=/root ; USER=bob ; COMMAND=/bin/ls", "bob"),
        ("login: user=<jane.doe>, method=PLAIN; (user=\"John Doe\")", "jane.doe John Doe"),
        ("Access denied for user 'app'@'localhost' (using password: YES)", "app"),
        (r"User CORP\alice from 192.0.2.1 not allowed; user bob@example.com.", r"CORP\alice bob@example.com"),
        ("user bob, user bob, user BOB", "bob BOB"),
        ("user é=1 user=é", "é"),
        // None of these names anyone.
        ("check pass; user unknown", ""),
        ("Invalid user  from 192.0.2.1", ""),
        ("Closed due to user request. No more user authentication methods", ""),
        ("waiting for data from peer; for x fromage; users a; superuser b; x-user=c; /user d; user", ""),
        ("user= user=, user=\"\" user - for  from", ""),
    ] {
        assert_eq!(found(message), expected, "{message}");
    }
    assert_eq!(found(&format!("user {} end", "x".repeat(257))), "");
    assert_eq!(found(&format!("user {} end", "x".repeat(256))).len(), 256);
}

#[test]
fn hostile_lines_take_linear_time() {
    for part in ["user=", "invalid user ", "for a from ", "user '", "1.", "a:", "1:2:", "::", "<", "[", "[a b=\"\\", "10.0.0.1 "] {
        for start in ["", "<14>1 - h a - - ", "2026-03-14 01:02:03 "] {
            let line = format!("{start}{}", part.repeat(1 << 20));
            assert!(!parse(&line).message.is_empty());
        }
    }
}

#[test]
fn every_cut_of_every_format_is_stored() {
    for line in [
        r#"<165>1 2003-10-11T22:14:15.003Z h app 9 ID47 [ex@32473 iut="3" q="a \"b\" é"][empty] é text"#,
        "<34>Mar 14 2026 01:02:03.123 web-1 su[812]: é 192.0.2.1",
        "2026-03-14T01:02:03.123456+00:00 web-1 sshd[7]: Accepted password for é from 2001:db8::1",
        "nova.log 2015-10-18 18:01:47,978 +0100 12 INFO [main] a: é",
        "[Sun Dec 04 04:47:44.5 2005] [core:error] [pid 8] é",
        "[2026-03-14T01:02:03,456][DEBUG][o.e.n.Node] é",
        "081109 203615 148 WARN é",
        "17/06/09 20:10:40 INFO é",
        r#"127.0.0.1 - é [10/Oct/2000:13:55:36 -0700] "GET é" 404 2326"#,
    ] {
        for cut in 0..=line.len() {
            let bytes = &line.as_bytes()[..cut];
            let options = options();
            let event = parse_line(bytes, &options);
            if std::str::from_utf8(bytes).is_err() {
                assert_eq!(raw_bytes(&event, "line").unwrap(), bytes);
            } else {
                assert!(line[..cut].ends_with(event.message.as_ref()), "{}", &line[..cut]);
            }
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_stored_whole(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let options = options();
        let event = parse_line(&bytes, &options);
        let line = bytes.strip_suffix(b"\r").unwrap_or(&bytes);
        match std::str::from_utf8(line) {
            Ok(text) => prop_assert!(text.ends_with(event.message.as_ref())),
            Err(_) => prop_assert_eq!(raw_bytes(&event, "line").unwrap(), line),
        }
    }

    #[test]
    fn arbitrary_text_is_stored_whole(text in "[ -~é\0]{0,80}") {
        let options = LineOptions { keep_raw: true, ..options() };
        let event = parse_line(text.as_bytes(), &options);
        prop_assert_eq!(event.raw_event, text.as_str());
        prop_assert!(text.ends_with(event.message.as_ref()));
    }

    #[test]
    fn headers_of_arbitrary_parts_do_not_panic(parts in prop::collection::vec(prop::sample::select(PARTS.to_vec()), 0..14)) {
        let line = parts.concat();
        let options = options();
        let event = parse_line(line.as_bytes(), &options);
        prop_assert!(line.ends_with(event.message.as_ref()));
    }
}

/// Pieces of headers, to be put together wrongly.
const PARTS: [&str; 44] = [
    " ", " ", " ", "<13>", "<34>1 ", "-", ":", "[", "]", "[7]:", "Mar 14 ", "Mar  4 ", "Sun ", "2026 ", "01:02:03", ".5",
    ",123456789", "2026-03-14T", "2026-03-14 ", "2026/03/14 ", "Z", "+01:00", "-0700", " UTC", "26/03/14 ", "260314 010203 ",
    "14/Mar/2026:", "web-1 ", "su", "INFO", "[error]", "warn", "x.log ", "192.0.2.1", "fe80::1", "\"GET /\" 404", "a=\"b\\\"", "é",
    "\u{feff}", "\0", "user ", "for ", " from ", "99999999999",
];
