//! Lines that no program writes: broken, random and misleading headers.

use proptest::prelude::*;

use super::*;

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

/// Parts of headers, for the test that joins them at random.
const PARTS: [&str; 44] = [
    " ",
    " ",
    " ",
    "<13>",
    "<34>1 ",
    "-",
    ":",
    "[",
    "]",
    "[7]:",
    "Mar 14 ",
    "Mar  4 ",
    "Sun ",
    "2026 ",
    "01:02:03",
    ".5",
    ",123456789",
    "2026-03-14T",
    "2026-03-14 ",
    "2026/03/14 ",
    "Z",
    "+01:00",
    "-0700",
    " UTC",
    "26/03/14 ",
    "260314 010203 ",
    "14/Mar/2026:",
    "web-1 ",
    "su",
    "INFO",
    "[error]",
    "warn",
    "x.log ",
    "192.0.2.1",
    "fe80::1",
    "\"GET /\" 404",
    "a=\"b\\\"",
    "é",
    "\u{feff}",
    "\0",
    "user ",
    "for ",
    " from ",
    "99999999999",
];
