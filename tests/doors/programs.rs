//! Lines as devices and programs write them. Each is the same event alone, in a Fluent record, in a JSON object, and from the
//! Collector's filelog receiver.

use seerflow::record::{Event, Value};
use seerflow::{Input, WriteOptions};

use super::door::{otlp, pack};
use super::{attribute, ns, write};

/// A line, and the time, severity, host, process, users and addresses of its event.
type Case = (
    &'static str,
    &'static str,
    i64,
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const T: &str = "2026-03-14T01:02:03Z";

const CASES: &[Case] = &[
    // sudo, and PAM with user ids
    (
        "<86>Mar 14 01:02:03 web-1 sudo:      bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/ls /root",
        T,
        1,
        "web-1",
        "sudo",
        &["bob", "root"],
        &[],
    ),
    (
        "Mar 14 01:02:03 web-1 sudo[77]:  mallory : user NOT in sudoers ; TTY=pts/1 ; PWD=/home ; USER=root ; COMMAND=/bin/cat /etc/shadow",
        T,
        1,
        "web-1",
        "sudo:77",
        &["mallory", "root"],
        &[],
    ),
    (
        "2026-03-14T01:02:03.5+00:00 web-1 sshd[7]: pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)",
        "2026-03-14T01:02:03.5Z",
        1,
        "web-1",
        "sshd:7",
        &["alice"],
        &[],
    ),
    (
        "Mar 14 01:02:03 web-1 su[812]: pam_unix(su-l:session): session opened for user root(uid=0) by alice(uid=1000)",
        T,
        1,
        "web-1",
        "su:812",
        &["root", "alice"],
        &[],
    ),
    (
        "Mar 14 01:02:03 web-1 systemd[1]: Started Session 7 of User alice.",
        T,
        1,
        "web-1",
        "systemd:1",
        &["alice"],
        &[],
    ),
    // Firewalls
    (
        "<134>id=firewall sn=18B169000000 time=\"2026-03-14 01:02:03 UTC\" fw=203.0.113.1 pri=6 c=1024 m=537 msg=\"Connection Closed\" n=1 src=192.0.2.7:51234:X0 dst=203.0.113.9:443:X1 proto=tcp/https usr=\"alice\"",
        T,
        1,
        "",
        "",
        &["alice"],
        &["203.0.113.1", "192.0.2.7", "203.0.113.9"],
    ),
    (
        "<14>Mar 14 01:02:03 pa-1 1,2026/03/14 01:02:03,012345678901,TRAFFIC,end,2049,2026/03/14 01:02:02,192.0.2.7,203.0.113.9,0.0.0.0,0.0.0.0,rule-1,corp\\alice,,web-browsing,vsys1,trust,untrust,ethernet1/1,ethernet1/2,LF,2026/03/14 01:02:03,12345,1,51234,443,0,0,0x400000,tcp,allow,5120,1024,4096,42,2026/03/14 01:01:00,60,any,0",
        T,
        1,
        "pa-1",
        "",
        &["corp\\alice"],
        &["192.0.2.7", "203.0.113.9"],
    ),
    (
        "<12>Mar 14 01:02:03 pa-1 1,2026/03/14 01:02:03,012345678901,THREAT,url,2049,2026/03/14 01:02:02,192.0.2.7,203.0.113.9,198.51.100.1,203.0.113.9,rule-1,corp\\alice,,web-browsing,vsys1,trust,untrust,ethernet1/1,ethernet1/2,LF,2026/03/14 01:02:03,12345,1,51234,443,40001,443,0x40b000,tcp,block-url,\"example.com/a,b?c=\"\"d\"\"\",(9999),malware,high,client-to-server,7",
        T,
        4,
        "pa-1",
        "",
        &["corp\\alice"],
        &["192.0.2.7", "203.0.113.9", "198.51.100.1"],
    ),
    (
        "<14>1,2026/03/14 01:02:03,012345678901,SYSTEM,auth,0,2026/03/14 01:02:03,,auth-fail,,0,0,general,medium,\"failed authentication for user 'bob'. From: 203.0.113.9.\",7",
        T,
        3,
        "",
        "",
        &["bob"],
        &["203.0.113.9"],
    ),
    (
        "<14>Mar 14 01:02:03 pa-1 1,2026/03/14 01:02:03,012345678901,GLOBALPROTECT,0,2305,2026/03/14 01:02:02,vsys1,gateway-auth,login,LDAP,,bob,DE,PC-7,203.0.113.9,0.0.0.0,10.0.0.7,0.0.0.0",
        T,
        1,
        "pa-1",
        "",
        &["bob"],
        &["203.0.113.9", "10.0.0.7"],
    ),
    (
        "<134>Mar 14 01:02:03 fw-1 filterlog[123]: 5,,,1000000103,igb0,match,block,in,4,0x0,,64,0,0,DF,6,tcp,60,203.0.113.9,192.0.2.1,51234,22,0,S,1,,1024,,",
        T,
        1,
        "fw-1",
        "filterlog:123",
        &[],
        &["203.0.113.9", "192.0.2.1"],
    ),
    (
        "<4>Mar 14 01:02:03 UDM-1 kernel: [WAN_LOCAL-default-D]IN=eth8 OUT= MAC=02:00:5e:00:00:01 SRC=203.0.113.9 DST=192.0.2.1 LEN=40 PROTO=TCP SPT=51234 DPT=22",
        T,
        3,
        "UDM-1",
        "kernel",
        &[],
        &["203.0.113.9", "192.0.2.1"],
    ),
    (
        "<30>Mar 14 01:02:03 router-1 firewall,info forward: in:bridge out:ether1, src-mac 02:00:5e:00:00:01, proto TCP (SYN), 192.0.2.7:51234->203.0.113.9:443, len 60",
        T,
        1,
        "router-1",
        "",
        &[],
        &["192.0.2.7", "203.0.113.9"],
    ),
    (
        "<113>2026-03-14T01:02:03Z ftd-1 %FTD-1-430003: EventPriority: Low, SrcIP: 192.0.2.7, DstIP: 203.0.113.9, Protocol: tcp, User: No Authentication Required",
        T,
        6,
        "ftd-1",
        "%FTD-1-430003",
        &[],
        &["192.0.2.7", "203.0.113.9"],
    ),
    (
        "<189>77: *Mar 14 01:02:03.5: %SEC_LOGIN-4-LOGIN_FAILED: Login failed [user: admin] [Source: 203.0.113.9] [localport: 22] [Reason: Login Authentication Failed]",
        "2026-03-14T01:02:03.5Z",
        3,
        "",
        "%SEC_LOGIN-4-LOGIN_FAILED",
        &["admin"],
        &["203.0.113.9"],
    ),
    (
        "<134>Mar 14 01:02:03 bigip-1.example.com info tmm1[12345]: Rule /Common/r1 <CLIENT_ACCEPTED>: 203.0.113.9",
        T,
        1,
        "bigip-1.example.com",
        "tmm1:12345",
        &[],
        &["203.0.113.9"],
    ),
    (
        "Mar 14 01:02:03 bigip-1 err mcpd[6868]: 01071682:3: SNMP_TRAP: virtual /Common/v1 has become unavailable",
        T,
        4,
        "bigip-1",
        "mcpd:6868",
        &[],
        &[],
    ),
    (
        "<134> 03/14/2026:01:02:03 GMT ns-1 0-PPE-0 : default AAA LOGIN_FAILED 123 0 :  User bob - Client_ip 203.0.113.9 - Failure_reason \"Invalid credentials\"",
        T,
        1,
        "ns-1",
        "",
        &["bob"],
        &["203.0.113.9"],
    ),
    (
        "<28>Mar 14 01:02:03 srx-1 sshd[7]: SSHD_LOGIN_FAILED: Login failed for user 'root' from host '203.0.113.9'",
        T,
        3,
        "srx-1",
        "sshd:7",
        &["root"],
        &["203.0.113.9"],
    ),
    (
        "<141>Mar 14 01:02:03 2026 aruba-1 authmgr[7]: <522008> <NOTI> |authmgr|  User Authentication Successful: username=bob MAC=02:00:5e:00:00:01 IP=192.0.2.7",
        T,
        2,
        "aruba-1",
        "authmgr:7",
        &["bob"],
        &["192.0.2.7"],
    ),
    (
        "<30>device=\"SFW\" date=2026-03-14 time=01:02:03 timezone=\"GMT\" device_id=C0 log_type=\"Firewall\" user_name=\"alice\" src_ip=192.0.2.7 dst_ip=203.0.113.9 protocol=\"TCP\"",
        T,
        1,
        "",
        "",
        &["alice"],
        &["192.0.2.7", "203.0.113.9"],
    ),
    // Mail, DNS, VPN
    (
        "Mar 14 01:02:03 mx-1 postfix/smtpd[7]: warning: unknown[203.0.113.9]: SASL LOGIN authentication failed: UGFzc3dvcmQ6",
        T,
        3,
        "mx-1",
        "postfix/smtpd:7",
        &[],
        &["203.0.113.9"],
    ),
    (
        "Mar 14 01:02:03 mx-1 dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<alice@example.com>, method=PLAIN, rip=203.0.113.9, lip=192.0.2.1, TLS",
        T,
        1,
        "mx-1",
        "dovecot",
        &["alice@example.com"],
        &["203.0.113.9", "192.0.2.1"],
    ),
    (
        "14-Mar-2026 01:02:03.123 queries: info: client @0x7f0 192.0.2.7#51234 (www.example.com): query: www.example.com IN A +E(0)K (192.0.2.1)",
        "2026-03-14T01:02:03.123Z",
        1,
        "",
        "",
        &[],
        &["192.0.2.7", "192.0.2.1"],
    ),
    (
        "14-Mar-2026 01:02:03.123 security: error: client @0x7f0 192.0.2.7#51234: denied",
        "2026-03-14T01:02:03.123Z",
        4,
        "",
        "",
        &[],
        &["192.0.2.7"],
    ),
    (
        "Mar 14 01:02:03 dnsmasq[7]: query[A] www.example.com from 192.0.2.7",
        T,
        1,
        "",
        "dnsmasq:7",
        &[],
        &["192.0.2.7"],
    ),
    (
        "Mar 14 01:02:03 vpn-1 openvpn[7]: alice/203.0.113.9:51234 MULTI: primary virtual IP for alice/203.0.113.9:51234: 10.8.0.6",
        T,
        1,
        "vpn-1",
        "openvpn:7",
        &[],
        &["203.0.113.9", "10.8.0.6"],
    ),
    (
        "[2026-03-14 01:02:03] NOTICE[7] chan_sip.c: Registration from '<sip:100@192.0.2.1>' failed for '203.0.113.9:5060' - Wrong password",
        T,
        2,
        "",
        "",
        &[],
        &["192.0.2.1", "203.0.113.9"],
    ),
    (
        "2026-03-14 01:02:03,123 fail2ban.actions        [7]: NOTICE  [sshd] Ban 203.0.113.9",
        "2026-03-14T01:02:03.123Z",
        2,
        "",
        "",
        &[],
        &["203.0.113.9"],
    ),
    (
        "2026-03-14 01:02:03,123 ftp-1 proftpd[7] 192.0.2.1 (203.0.113.9[203.0.113.9]): USER bob: Login failed",
        "2026-03-14T01:02:03.123Z",
        1,
        "ftp-1",
        "proftpd:7",
        &["bob"],
        &["192.0.2.1", "203.0.113.9"],
    ),
    // Proxies, load balancers and applications
    (
        "1773450123.123    45 192.0.2.7 TCP_MISS/200 1234 GET http://example.com/ - HIER_DIRECT/203.0.113.9 text/html",
        "2026-03-14T01:02:03.123Z",
        1,
        "",
        "",
        &[],
        &["192.0.2.7", "203.0.113.9"],
    ),
    (
        "192.0.2.7 - - [14/Mar/2026:01:02:03 +0000] \"GET / HTTP/1.1\" 502 11 \"-\" \"-\" 1 \"web@docker\" \"http://10.0.0.2:80\" 3ms",
        T,
        4,
        "",
        "",
        &[],
        &["192.0.2.7"],
    ),
    (
        "https 2026-03-14T01:02:03.123456Z app/lb-1/50dc 203.0.113.9:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 \"GET https://www.example.com:443/ HTTP/1.1\"",
        "2026-03-14T01:02:03.123456Z",
        1,
        "",
        "",
        &[],
        &["203.0.113.9", "10.0.0.1"],
    ),
    (
        "79a5 bucket-1 [14/Mar/2026:01:02:03 +0000] 203.0.113.9 arn:aws:iam::123456789012:user/alice 3E57 REST.GET.OBJECT a.txt",
        T,
        1,
        "",
        "",
        &[],
        &["203.0.113.9"],
    ),
    (
        "2026-03-14T01:02:03.123+0000 E  NETWORK  [conn7] SSL peer certificate validation failed from 192.0.2.7:51234",
        "2026-03-14T01:02:03.123Z",
        4,
        "",
        "",
        &[],
        &["192.0.2.7"],
    ),
    (
        "2026-03-14 01:02:03.123 +00:00 [ERR] Login failed for user \"alice\" from 203.0.113.9",
        "2026-03-14T01:02:03.123Z",
        4,
        "",
        "",
        &["alice"],
        &["203.0.113.9"],
    ),
    (
        "2026-03-14 01:02:03.1234|ERROR|Shop.Login|failed from 203.0.113.9",
        "2026-03-14T01:02:03.1234Z",
        4,
        "",
        "",
        &[],
        &["203.0.113.9"],
    ),
    (
        "####<Mar 14, 2026 1:02:03 AM UTC> <Error> <Security> <web-1> <AdminServer> <main> <> <> <> <1> <BEA-090402> <Authentication denied>",
        T,
        4,
        "",
        "",
        &[],
        &[],
    ),
    (
        "Mar 14 01:02:03 node-1 dockerd[7]: time=\"2026-03-14T01:02:03.5Z\" level=warning msg=\"cleaning up\" module=libcontainerd",
        T,
        3,
        "node-1",
        "dockerd:7",
        &[],
        &[],
    ),
    (
        "[Sat Mar 14 01:02:03 2026] usb 1-1: new high-speed USB device number 7 using xhci_hcd",
        T,
        1,
        "",
        "",
        &[],
        &[],
    ),
];

/// Stores the lines of all cases, alone and as values in each other format. Returns the name of each format, and its events.
fn stored() -> Vec<(&'static str, Vec<Event<'static>>)> {
    let lines: Vec<_> = CASES.iter().map(|case| case.0).collect();
    let texts: Vec<_> = lines
        .iter()
        .map(|line| serde_json::to_string(line).unwrap())
        .collect();
    let json: String = texts.iter().map(|text| format!("{{\"log\":{text}}}\n")).collect();
    let record = |line: &&str| Value::Map(vec![("log".into(), line.to_string().into())]);
    let maps: Vec<u8> = lines.iter().flat_map(|line| pack(&record(line))).collect();
    let entry = |line| pack(&Value::Array(vec![Value::Int(1_800_000_000), record(line)]));
    let fluent: Vec<u8> = lines.iter().flat_map(entry).collect();
    let filelog: Vec<_> = texts
        .iter()
        .map(|text| {
            format!(
                r#"{{"observedTimeUnixNano":"1800000000000000000","body":{{"stringValue":{text}}},"attributes":[{{"key":"log.file.name","value":{{"stringValue":"a.log"}}}}]}}"#
            )
        })
        .collect();
    let (lines, filelog) = (lines.join("\n"), otlp(&filelog.join(",")));
    let doors = [
        ("lines", Input::Lines(lines.as_bytes())),
        ("ndjson", Input::Ndjson(json.as_bytes())),
        ("msgpack", Input::Msgpack(&maps)),
        ("fluent", Input::Fluent(&fluent)),
        ("otlp", Input::OtlpJson(&filelog)),
    ];
    let store = |(name, input)| {
        let (events, written) = write(input, options());
        assert!(written.rejected.is_empty(), "{name}");
        assert_eq!(events.len(), CASES.len(), "{name}");
        (name, events)
    };
    doors.into_iter().map(store).collect()
}

fn options() -> WriteOptions {
    WriteOptions {
        parse: Some(true),
        reference_ns: ns("2026-06-01"),
        ..WriteOptions::default()
    }
}

#[test]
fn lines_of_programs_through_each_door() {
    let mut wrong = Vec::new();
    for (door, events) in stored() {
        for ((line, time, severity, host, process, users, addresses), event) in CASES.iter().zip(events) {
            let seen = (
                event.timestamp_ns,
                event.severity_id,
                event.source_id.as_ref(),
                event.related_processes.join(" "),
                event.related_users.join(" "),
                event.related_ips.join(" "),
            );
            let wanted = (
                ns(time),
                *severity,
                *host,
                process.to_string(),
                users.join(" "),
                addresses.join(" "),
            );
            if seen != wanted {
                wrong.push(format!("{door} {line}\n  is     {seen:?}\n  wanted {wanted:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The `#Fields:` line of a W3C extended log names the columns of the lines after it, until the next such line.
#[test]
fn columns_have_the_names_that_their_header_states() {
    let log = "\
#Software: Microsoft Internet Information Services 10.0
#Version: 1.0
#Date: 2026-03-14 01:02:00
#Fields: date time s-ip cs-method cs-uri-stem cs-username c-ip cs(User-Agent) sc-status time-taken
2026-03-14 01:02:03 192.0.2.1 GET /a CORP\\alice 203.0.113.9 Mozilla/5.0+(X11) 503 15
2026-03-14 01:02:03 192.0.2.1 GET /b - 203.0.113.9 - 200 16
#Fields: date time c-ip cs-username sc-status
2026-03-14 01:02:03 203.0.113.7 bob 404
2026-03-14 01:02:03 a line with too many columns for its header
";
    let (events, written) = write(Input::Lines(log.as_bytes()), options());
    assert_eq!((written.consumed, events.len()), (log.len(), 4));
    for event in &events {
        assert_eq!(event.timestamp_ns, ns(T), "{}", event.message);
    }
    let seen = |event: &Event<'_>| {
        (
            event.severity_id,
            event.related_users.join(" "),
            event.related_ips.join(" "),
        )
    };
    assert_eq!(
        seen(&events[0]),
        (4, "CORP\\alice".into(), "192.0.2.1 203.0.113.9".into())
    );
    assert_eq!(
        seen(&events[1]),
        (1, String::new(), "192.0.2.1 203.0.113.9".into())
    );
    assert_eq!(seen(&events[2]), (3, "bob".into(), "203.0.113.7".into()));
    assert_eq!(attribute(&events[0], "time-taken"), Some(&Value::Int(15)));
    assert_eq!(
        attribute(&events[0], "cs(User-Agent)"),
        Some(&"Mozilla/5.0+(X11)".into())
    );
    assert_eq!(attribute(&events[1], "cs-username"), None);
    assert_eq!(attribute(&events[2], "sc-status"), Some(&Value::Int(404)));
    assert_eq!(events[3].attributes, []);
    // A call that continues an earlier one gets the names from its caller.
    let continued = WriteOptions {
        columns: ["date", "time", "c-ip"].map(str::to_owned).to_vec(),
        ..options()
    };
    let (events, _) = write(Input::Lines(b"2026-03-14 01:02:03 203.0.113.7"), continued);
    assert_eq!(
        (events[0].timestamp_ns, attribute(&events[0], "c-ip")),
        (ns(T), Some(&"203.0.113.7".into()))
    );
    // Zeek separates its values with tabs.
    let zeek = b"#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.resp_h\tservice\n\
        1773450123.000000\tC1\t192.0.2.7\t203.0.113.9\t-\n#close\t2026-03-14-01-02-04\n";
    let (events, _) = write(Input::Lines(zeek), options());
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].timestamp_ns, events[0].related_ips.join(" ")),
        (ns(T), "192.0.2.7 203.0.113.9".into())
    );
}
