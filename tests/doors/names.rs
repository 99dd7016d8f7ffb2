//! Documents of many programs, and the fields that their keys set.

use seerflow::Input;
use seerflow::record::Value;

use super::door::Door;
use super::{attribute, case, ns, object, store};

#[test]
fn journald() {
    let events = store(Input::Ndjson(&case("journald.ndjson")));
    let [sshd, kernel] = events.as_slice() else {
        panic!()
    };
    assert!(
        sshd.message
            .starts_with("error: maximum authentication attempts exceeded for root")
    );
    assert_eq!(sshd.timestamp_ns, ns("2015-02-14T20:15:16.375353Z"));
    assert_eq!((sshd.severity_id, sshd.otel_severity), (4, 17));
    assert_eq!(
        (sshd.source_id.as_ref(), sshd.source_type.as_ref()),
        ("web2", "sshd")
    );
    assert_eq!(sshd.related_hosts, ["web2"]);
    assert_eq!(sshd.related_processes, ["sshd:1108"]);
    assert_eq!(sshd.related_users, ["root"]);
    assert_eq!(attribute(sshd, "syslog.facility"), Some(&"authpriv".into()));
    assert_eq!(attribute(sshd, "__CURSOR"), Some(&"s=1".into()));
    // The message is a list of bytes.
    assert_eq!(kernel.message, "  hello\r");
    assert_eq!((kernel.severity_id, kernel.source_type.as_ref()), (1, "kernel"));
    let event = object(r#"{"__REALTIME_TIMESTAMP":"1423944917375353","MESSAGE":[97,255,98]}"#);
    assert_eq!(event.message, "a\u{fffd}b");
    assert_eq!(seerflow::codec::raw_bytes(&event, "message").unwrap(), b"a\xffb");
}

#[test]
fn winlogbeat() {
    let event = object(
        r#"{"@timestamp":"2023-06-01T08:00:00.123Z","host":{"name":"collector"},"log":{"level":"information"},"message":"An account failed to log on.","event":{"action":"Logon","code":"4625","kind":"event","outcome":"failure","provider":"Microsoft-Windows-Security-Auditing"},"winlog":{"computer_name":"dc1.example.org","provider_name":"Microsoft-Windows-Security-Auditing","event_id":4625,"channel":"Security","event_data":{"TargetUserName":"alice","TargetDomainName":"CORP","SubjectUserName":"-","IpAddress":"203.0.113.9"}}}"#,
    );
    assert_eq!(event.timestamp_ns, ns("2023-06-01T08:00:00.123Z"));
    assert_eq!(event.source_id, "dc1.example.org");
    assert_eq!(event.related_hosts, ["dc1.example.org", "collector"]);
    assert_eq!(event.related_users, ["CORP\\alice"]);
    assert_eq!(event.related_ips, ["203.0.113.9"]);
    assert_eq!(
        (event.event_action.as_ref(), event.event_outcome.as_ref()),
        ("Logon", "failure")
    );
    assert_eq!(event.severity_id, 1);
}

#[test]
fn windows_events_of_nxlog() {
    let event = object(
        r#"{"EventTime":"2023-06-01 08:00:00","Hostname":"dc1","SeverityValue":4,"Severity":"ERROR","EventID":7034,"SourceName":"Service Control Manager","Message":"The service terminated.","TargetUserName":"bob"}"#,
    );
    assert_eq!(event.timestamp_ns, ns("2023-06-01T08:00:00Z"));
    assert_eq!((event.source_id.as_ref(), event.severity_id), ("dc1", 4));
    assert_eq!(event.message, "The service terminated.");
    assert_eq!(event.related_users, ["bob"]);
    assert_eq!(attribute(&event, "EventID"), Some(&Value::Int(7034)));
}

#[test]
fn gelf() {
    let event = object(
        r#"{"version":"1.1","host":"web1","short_message":"db down","full_message":"db down\nstack","timestamp":1385053862.3072,"level":3,"_app":"shop","_user_id":9001}"#,
    );
    assert_eq!(
        (
            event.message.as_ref(),
            event.source_id.as_ref(),
            event.severity_id
        ),
        ("db down", "web1", 4)
    );
    assert_eq!(event.timestamp_ns, Some(1_385_053_862_307_200_000));
    assert_eq!(attribute(&event, "full_message"), Some(&"db down\nstack".into()));
    assert_eq!(attribute(&event, "_user_id"), Some(&Value::Int(9001)));
}

#[test]
fn suricata() {
    let event = object(
        r#"{"timestamp":"2024-01-15T12:00:00.123456+0100","flow_id":1,"event_type":"alert","src_ip":"203.0.113.9","src_port":4242,"dest_ip":"192.0.2.1","dest_port":22,"proto":"TCP","host":"ids1","alert":{"action":"allowed","signature_id":2001219,"signature":"ET SCAN Potential SSH Scan","severity":2}}"#,
    );
    assert_eq!(event.timestamp_ns, ns("2024-01-15T11:00:00.123456Z"));
    assert_eq!(event.message, "ET SCAN Potential SSH Scan");
    assert_eq!((event.event_type.as_ref(), event.severity_id), ("alert", 3));
    assert_eq!(event.related_ips, ["203.0.113.9", "192.0.2.1"]);
    assert_eq!(event.related_hosts, ["ids1"]);
}

#[test]
fn zeek() {
    for record in [
        r#"{"ts":1591367999.305988,"uid":"CMdzit1AMNsmfAIiQc","id.orig_h":"192.168.4.76","id.orig_p":36844,"id.resp_h":"192.168.4.1","id.resp_p":53,"proto":"udp","service":"dns"}"#,
        r#"{"ts":"2020-06-05T14:39:59.305988Z","id":{"orig_h":"192.168.4.76","resp_h":"192.168.4.1"},"service":"dns"}"#,
    ] {
        let event = object(record);
        assert_eq!(event.timestamp_ns, ns("2020-06-05T14:39:59.305988Z"), "{record}");
        assert_eq!(event.related_ips, ["192.168.4.76", "192.168.4.1"], "{record}");
        assert_eq!(event.message, record);
    }
}

#[test]
fn google_cloud() {
    let event = object(
        r#"{"insertId":"1","jsonPayload":{"message":"payment failed","user":"alice"},"resource":{"type":"k8s_container"},"timestamp":"2024-01-15T12:00:00.123456789Z","severity":"ERROR","trace":"projects/p/traces/67acfc2ea56f108fa4535fc28ba99705","spanId":"80c1200c94be1178","httpRequest":{"remoteIp":"203.0.113.9"}}"#,
    );
    assert_eq!((event.message.as_ref(), event.severity_id), ("payment failed", 4));
    assert_eq!(event.timestamp_ns, ns("2024-01-15T12:00:00.123456789Z"));
    assert_eq!(
        event.trace_id.as_deref(),
        Some("67acfc2ea56f108fa4535fc28ba99705")
    );
    assert_eq!(event.span_id.as_deref(), Some("80c1200c94be1178"));
    assert_eq!(event.related_ips, ["203.0.113.9"]);
    let event =
        object(r#"{"textPayload":"started","timestamp":"2024-01-15T12:00:00Z","severity":"DEFAULT"}"#);
    assert_eq!((event.message.as_ref(), event.severity_id), ("started", 1));
    assert_eq!(attribute(&event, "severity"), Some(&"DEFAULT".into()));
}

#[test]
fn azure() {
    let event = object(
        r#"{"time":"2024-01-15T12:00:00.1234567Z","resourceId":"/SUBSCRIPTIONS/X","operationName":"Microsoft.Authorization/write","category":"Administrative","level":"Warning","callerIpAddress":"203.0.113.9","identity":{"claims":{}},"caller":"alice@example.org"}"#,
    );
    assert_eq!(event.timestamp_ns, ns("2024-01-15T12:00:00.1234567Z"));
    assert_eq!(
        (event.severity_id, event.event_action.as_ref()),
        (3, "Microsoft.Authorization/write")
    );
    assert_eq!(event.related_ips, ["203.0.113.9"]);
}

#[test]
fn kubernetes_audit() {
    let event = object(
        r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","stage":"ResponseComplete","requestURI":"/api/v1/secrets","verb":"list","user":{"username":"system:serviceaccount:default:app","groups":["a"]},"sourceIPs":["203.0.113.9"],"requestReceivedTimestamp":"2024-01-15T12:00:00.123456Z","stageTimestamp":"2024-01-15T12:00:00.234567Z"}"#,
    );
    assert_eq!(event.timestamp_ns, ns("2024-01-15T12:00:00.234567Z"));
    assert_eq!(event.related_users, ["system:serviceaccount:default:app"]);
    assert_eq!(event.related_ips, ["203.0.113.9"]);
    assert_eq!(attribute(&event, "level"), Some(&"Metadata".into()));
}

#[test]
fn ocsf() {
    let event = object(
        r#"{"class_uid":3002,"category_uid":3,"type_uid":300201,"activity_id":1,"activity_name":"Logon","severity_id":3,"severity":"Medium","time":1715000000123,"message":"login","actor":{"user":{"name":"alice"}},"src_endpoint":{"ip":"203.0.113.9","hostname":"desk-9"},"device":{"hostname":"dc1"}}"#,
    );
    assert_eq!(
        (event.class_uid, event.severity_id, event.otel_severity),
        (3002, 3, 13)
    );
    assert_eq!(event.timestamp_ns, Some(1_715_000_000_123_000_000));
    assert_eq!(
        (event.source_id.as_ref(), event.event_action.as_ref()),
        ("dc1", "Logon")
    );
    assert_eq!(event.related_users, ["alice"]);
    assert_eq!(event.related_ips, ["203.0.113.9"]);
    assert_eq!(event.related_hosts, ["dc1", "desk-9"]);
}

#[test]
fn loggers() {
    /// Records, each with its message, time, severity, host and program.
    const RECORDS: &[(&str, &str, &str, i64, &str, &str)] = &[
        (
            r#"{"level":"error","ts":1531171074.631217,"caller":"a.go:7","msg":"zap"}"#,
            "zap",
            "2018-07-09T21:17:54.631217Z",
            4,
            "",
            "",
        ),
        (
            r#"{"time":"2024-01-15T12:00:00.123456789+01:00","level":"WARN","msg":"slog","app":"shop"}"#,
            "slog",
            "2024-01-15T11:00:00.123456789Z",
            3,
            "",
            "shop",
        ),
        (
            r#"{"timestamp":"2024-01-15T12:00:00Z","level":"info","event":"structlog","logger":"a.b"}"#,
            "structlog",
            "2024-01-15T12:00:00Z",
            1,
            "",
            "",
        ),
        (
            r#"{"asctime":"2024-01-15 12:00:00,123","levelname":"ERROR","message":"python","process":7}"#,
            "python",
            "2024-01-15T12:00:00.123Z",
            4,
            "",
            "",
        ),
        (
            r#"{"instant":{"epochSecond":1705320000,"nanoOfSecond":123000000},"thread":"main","level":"FATAL","loggerName":"a.B","message":"log4j"}"#,
            "log4j",
            "2024-01-15T12:00:00.123Z",
            6,
            "",
            "",
        ),
        (
            r#"{"@timestamp":"2024-01-15T12:00:00.123+01:00","@version":"1","message":"logback","logger_name":"a.B","level":"ERROR","level_value":40000,"HOSTNAME":"web1"}"#,
            "logback",
            "2024-01-15T11:00:00.123Z",
            4,
            "web1",
            "",
        ),
        (
            r#"{"name":"bunyan","hostname":"web1","pid":7,"level":40,"msg":"bunyan","time":"2024-01-15T12:00:00.123Z","v":0}"#,
            "bunyan",
            "2024-01-15T12:00:00.123Z",
            3,
            "web1",
            "bunyan",
        ),
        (
            r#"{"message":"monolog","context":{},"level":250,"level_name":"NOTICE","channel":"app","datetime":"2024-01-15T12:00:00.123456+00:00"}"#,
            "monolog",
            "2024-01-15T12:00:00.123456Z",
            2,
            "",
            "",
        ),
        (
            r#"{"host":"web1","programname":"sshd","procid":"7","syslogseverity":"4","timereported":"2024-01-15T12:00:00Z","msg":"rsyslog"}"#,
            "rsyslog",
            "2024-01-15T12:00:00Z",
            3,
            "web1",
            "sshd",
        ),
        (
            r#"{"PROGRAM":"sshd","PRIORITY":"err","PID":"7","MESSAGE":"syslog-ng","HOST":"web1","ISODATE":"2024-01-15T12:00:00+00:00"}"#,
            "syslog-ng",
            "2024-01-15T12:00:00Z",
            4,
            "web1",
            "sshd",
        ),
        (
            r#"{"log":"docker\n","stream":"stderr","time":"2024-01-15T12:00:00.123456789Z"}"#,
            "docker",
            "2024-01-15T12:00:00.123456789Z",
            1,
            "",
            "",
        ),
        (
            r#"{"level":"info","ts":1646861401.5241,"logger":"http.log.access","msg":"caddy","request":{"remote_ip":"203.0.113.9"}}"#,
            "caddy",
            "2022-03-09T21:30:01.5241Z",
            1,
            "",
            "",
        ),
        (
            r#"{"t":{"$date":"2024-01-15T12:00:00.123+00:00"},"s":"W","c":"NETWORK","ctx":"conn1","msg":"mongod"}"#,
            "mongod",
            "2024-01-15T12:00:00.123Z",
            3,
            "",
            "",
        ),
    ];
    for (record, message, time, severity, host, program) in RECORDS {
        let event = object(record);
        assert_eq!(event.message, *message, "{record}");
        assert_eq!(event.timestamp_ns, ns(time), "{record}");
        assert_eq!(event.severity_id, *severity, "{record}");
        assert_eq!(
            (event.source_id.as_ref(), event.source_type.as_ref()),
            (*host, *program),
            "{record}"
        );
    }
}

/// Seerflow's full-text index treats a run of CJK letters as one token: only the whole run is found.
#[test]
fn text_in_other_scripts_is_kept() {
    let events = store(Input::Lines(&case("cjk.log")));
    let messages: Vec<_> = events.iter().map(|event| event.message.as_ref()).collect();
    assert_eq!(
        messages,
        [
            "用户登录失败 来自 203.0.113.66",
            "サーバーに接続できません",
            "Zugriff für Müller verweigert café 😀 crashed"
        ]
    );
    assert_eq!(events[0].related_ips, ["203.0.113.66"]);
}

/// Documents of cloud services, whose times, users and addresses have other names.
#[test]
fn documents_of_cloud_services() {
    let cases = [
        (
            r#"{"createdAt":"2026-03-14T01:02:03Z","actor":{"email":"alice@example.com"},"ip":"192.0.2.7"}"#,
            "alice@example.com",
        ),
        (
            r#"{"id":{"time":"2026-03-14T01:02:03Z"},"useremail":"alice@example.com","userIp":"192.0.2.7"}"#,
            "alice@example.com",
        ),
        (
            r#"{"event":{"datetime":"Sat Mar 14 01:02:03 2026"},"initiated_by":{"username":"alice"},"actorIp":"192.0.2.7"}"#,
            "alice",
        ),
        (
            r#"{"start_time":1773450123,"properties":{"AccountName":"alice"},"remoteIP":"192.0.2.7"}"#,
            "alice",
        ),
        (
            r#"{"time":"2026-03-14 02:02:03","tz":"+0100","user":"alice","server_addr":"192.0.2.7"}"#,
            "alice",
        ),
        (
            r#"{"date":"2026-03-14","time":"02:02:03","timezone":"Europe/Berlin","user":"alice","ip":"192.0.2.7"}"#,
            "alice",
        ),
    ];
    for (document, user) in cases {
        for event in [Door::Ndjson, Door::Msgpack, Door::Fluent].map(|door| door.store(document)) {
            assert_eq!(event.timestamp_ns, ns("2026-03-14T01:02:03Z"), "{document}");
            assert_eq!(event.related_users, [user], "{document}");
            assert_eq!(event.related_ips, ["192.0.2.7"], "{document}");
        }
    }
    // The account of a cloud is not a user.
    let event = object(r#"{"accountName":"production","msg":"m"}"#);
    assert!(event.related_users.is_empty());
    // If the zone is ambiguous, the time is not understood.
    let event = object(r#"{"date":"2026-03-14","time":"01:02:03","timezone":"CST","msg":"m"}"#);
    assert_eq!(
        attribute(&event, "seerflow.time.unparsed"),
        Some(&"2026-03-14 01:02:03 CST".into())
    );
    // The program and the service that a firewall names are those of the traffic.
    let event = object(r#"{"devid":"FG100","app":"HTTPS.BROWSER","service":"HTTPS","msg":"m"}"#);
    assert!(event.related_processes.is_empty());
    assert_eq!(
        (attribute(&event, "app"), attribute(&event, "service")),
        (Some(&"HTTPS.BROWSER".into()), Some(&"HTTPS".into()))
    );
}
