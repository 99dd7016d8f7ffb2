//! The header of each format.

use super::*;

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
        // Written by glibc to /dev/log: no host.
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
        Case {
            line: "<11>2026-03-14T01:02:03Z ERROR text",
            time: "2026-03-14T01:02:03Z",
            severity: (4, 17),
            source: ("log", ""),
            process: "",
            message: "ERROR text",
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
    assert_eq!(
        attribute(&parse("Mar 14 01:02:03 web-1 su[812]: x"), "syslog.facility"),
        None
    );
    let event = parse("<11>Mar 14 01:02:03 2001:db8::1 app: x");
    assert_eq!(
        (event.related_ips.join(""), event.related_hosts.len()),
        ("2001:db8::1".into(), 0)
    );
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
        // Invalid structured data becomes text.
        Case {
            line: r#"<14>1 - h a - - [x y="1] text"#,
            time: "now",
            severity: (1, 9),
            source: ("a", "h"),
            process: "a",
            message: r#"[x y="1] text"#,
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
    assert_eq!(
        event.attributes,
        expected.map(|(key, value)| (key.into(), Value::from(value)))
    );
    assert_eq!(event.message, "text");
    let many = format!("<14>1 - h a - - [x{}] text", " a=\"\"".repeat(5_000));
    let event = parse(&many);
    assert_eq!(event.message, "text");
    assert!(
        attribute(&event, "syslog.structured_data")
            .unwrap()
            .ends_with("a=\"\"]")
    );
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
        Case {
            severity: (5, 18),
            ..rsyslog("<34>2026-03-14T01:02:03.123456Z web-1 sshd[7]: Accepted")
        },
    ]);
    let app = |line, time, severity, message| Case {
        line,
        time,
        severity,
        source: ("log", ""),
        process: "",
        message,
    };
    check(&[
        app(
            "2015-10-18 18:01:47,978 INFO [main] org.apache.App: Created x",
            "2015-10-18T18:01:47.978Z",
            (1, 9),
            "[main] org.apache.App: Created x",
        ),
        app(
            "2015-10-18T18:01:47Z WARN text",
            "2015-10-18T18:01:47Z",
            (3, 13),
            "text",
        ),
        app(
            "2015-10-18T18:01:47.123456789+02:00 ERROR: text",
            "2015-10-18T16:01:47.123456789Z",
            (4, 17),
            "text",
        ),
        app(
            "2015-10-18 18:01:47 -0500 FATAL text",
            "2015-10-18T23:01:47Z",
            (6, 21),
            "text",
        ),
        app(
            "2015-10-18 18:01:47 [error] 12#0: *1 text",
            "2015-10-18T18:01:47Z",
            (4, 17),
            "12#0: *1 text",
        ),
        app(
            "2015/10/18 18:01:47 [warn ] text",
            "2015-10-18T18:01:47Z",
            (3, 13),
            "text",
        ),
        app(
            "2016-09-28 04:30:30, Info                  CBS    Loaded",
            "2016-09-28T04:30:30Z",
            (1, 9),
            "CBS    Loaded",
        ),
        app(
            "[2026-03-14T01:02:03,456][DEBUG][o.e.n.Node] text",
            "2026-03-14T01:02:03.456Z",
            (0, 5),
            "[o.e.n.Node] text",
        ),
        app(
            "2026-03-14 01:02:03,456 - app - CRITICAL - text",
            "2026-03-14T01:02:03.456Z",
            (5, 18),
            "app - CRITICAL - text",
        ),
        app(
            "2026-03-14 01:02:03.456 [main] ERROR a.b - text",
            "2026-03-14T01:02:03.456Z",
            (4, 17),
            "[main] ERROR a.b - text",
        ),
        app(
            "2026-03-14 01:02:03 UTC [12] LOG:  text",
            "2026-03-14T01:02:03Z",
            (1, 9),
            "[12] LOG:  text",
        ),
        // A level word inside the message counts, and stays in the message.
        app(
            "2026-03-14 01:02:03 error opening x",
            "2026-03-14T01:02:03Z",
            (4, 17),
            "error opening x",
        ),
        app(
            "2026-03-14 01:02:03 received FATAL signal",
            "2026-03-14T01:02:03Z",
            (1, 9),
            "received FATAL signal",
        ),
        app(
            "2026-03-14 01:02:03 app [ERROR] text",
            "2026-03-14T01:02:03Z",
            (4, 17),
            "app [ERROR] text",
        ),
        app(
            "\u{feff}2026-03-14 01:02:03 INFO text",
            "2026-03-14T01:02:03Z",
            (1, 9),
            "text",
        ),
        app(
            "2026-03-14 01:02:03 user bob said PANIC",
            "2026-03-14T01:02:03Z",
            (1, 9),
            "user bob said PANIC",
        ),
        app(
            "2026-03-14T01:02:03Z main ERROR: x",
            "2026-03-14T01:02:03Z",
            (4, 17),
            "main ERROR: x",
        ),
    ]);
    let event =
        parse("nova-api.log.1 2017-05-16 00:00:00.008 25746 INFO nova.wsgi [req-1 - -] 10.11.10.1 \"GET /\"");
    assert_eq!(event.timestamp_ns, Some(ns("2017-05-16T00:00:00.008Z")));
    assert_eq!(
        (
            event.message.as_ref(),
            attribute(&event, "process.pid").as_deref()
        ),
        ("nova.wsgi [req-1 - -] 10.11.10.1 \"GET /\"", Some("25746"))
    );
    assert_eq!(
        attribute(&event, "log.file.name").as_deref(),
        Some("nova-api.log.1")
    );
}

#[test]
fn hadoop_and_web() {
    let app = |line, time, severity, message| Case {
        line,
        time,
        severity,
        source: ("log", ""),
        process: "",
        message,
    };
    check(&[
        app(
            "17/06/09 20:10:40 INFO util.Utils: started",
            "2017-06-09T20:10:40Z",
            (1, 9),
            "util.Utils: started",
        ),
        app(
            "081109 203615 148 WARN dfs.DataNode: x",
            "2008-11-09T20:36:15Z",
            (3, 13),
            "dfs.DataNode: x",
        ),
        app(
            "[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok",
            "2005-12-04T04:47:44Z",
            (2, 10),
            "workerEnv.init() ok",
        ),
        app(
            "[Sun Dec 04 04:47:44.902022 2005] [core:error] [pid 8] x",
            "2005-12-04T04:47:44.902022Z",
            (4, 17),
            "[core:error] [pid 8] x",
        ),
        app(
            "[Sun Dec 04 04:47:44 2005] no level",
            "2005-12-04T04:47:44Z",
            (1, 9),
            "no level",
        ),
        app(
            r#"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a\"b HTTP/1.0" 404 2326"#,
            "2000-10-10T20:55:36Z",
            (3, 13),
            r#""GET /a\"b HTTP/1.0" 404 2326"#,
        ),
    ]);
    let event = parse(r#"127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 503 2326"#);
    assert_eq!(
        (event.related_ips.join(""), event.related_users.join("")),
        ("127.0.0.1".into(), "frank".into())
    );
    assert_eq!(event.severity_id, 4);
    let event = parse(r#"::1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326"#);
    assert_eq!(
        (event.related_ips.join(""), event.related_users.len()),
        ("::1".into(), 0)
    );
    let whole = r#"example.com id - [10/Oct/2000:13:55:36 -0700] "-" 200 2326"#;
    let event = parse(whole);
    assert_eq!(
        (event.related_hosts.join(""), event.message.as_ref()),
        ("example.com".into(), whole)
    );
    assert_eq!(
        attribute(&parse("081109 203615 148 WARN dfs.DataNode: x"), "thread.id").as_deref(),
        Some("148")
    );
}
