//! Log lines that are as expensive as possible.

use super::{Format, distinct, fill, measure};

#[test]
fn lines_take_linear_time() {
    measure(Format::Lines, |size| {
        let mut inputs = vec![
            ("letters", fill(size, b"", b"a\n", b"")),
            ("no UTF-8", fill(size, b"", b"\xff", b"")),
            (
                "parameters",
                distinct(size, "<14>1 - h a - - [a", |n| format!(" b{n}=\"c\""), "] m"),
            ),
            (
                "equal parameters",
                fill(size, b"<14>1 - h a - - [a", b" b=\"c\"", b"] m"),
            ),
            ("elements", fill(size, b"<14>1 - h a - - ", b"[a]", b" m")),
            (
                "escaped quotes",
                fill(size, b"<14>1 - h a - - [a b=\"", b"\\\"", b"\"] m"),
            ),
            (
                "addresses",
                distinct(
                    size,
                    "",
                    |n| format!("10.{}.{}.{} ", n >> 16, n >> 8 & 255, n & 255),
                    "",
                ),
            ),
            ("keys", distinct(size, "", |n| format!("k{n}=v "), "")),
            ("equal keys", fill(size, b"level=x ", b"a=\"b\" ", b"")),
            ("an open quote", fill(size, b"a=1 b=\"", b"c=d ", b"")),
            ("escapes in a key", fill(size, b"a=1 b=\"", b"\\\"", b"\"")),
            (
                "audit keys",
                distinct(size, "type=A msg=audit(1.2:3): ", |n| format!("k{n}=v "), ""),
            ),
            (
                "audit list",
                fill(
                    size,
                    b"type=A msg=audit(1.2:3): pid=1 msg='",
                    b"acct=616161 ",
                    b"'",
                ),
            ),
            (
                "CEF keys",
                distinct(size, "CEF:0|a|b|c|d|e|5|", |n| format!("k{n}=v "), ""),
            ),
            (
                "columns",
                distinct(size, "#Fields:", |n| format!(" k{n}"), "\na b c"),
            ),
            (
                "headers of columns",
                fill(size, b"", b"#Fields: a b c\n1 2 3\n", b""),
            ),
            ("cells", fill(size, b"1,2,3,TRAFFIC", b",", b"")),
            ("quotes in a cell", fill(size, b"1,2,3,TRAFFIC,\"", b"\"\"", b"")),
            ("CEF spaces", fill(size, b"CEF:0|a|b|c|d|e|5|k=", b" x", b"")),
            ("CEF escapes", fill(size, b"CEF:0|a", b"\\|", b"|b|c|d|e|5|k=1")),
            ("LEEF keys", fill(size, b"LEEF:2.0|a|b|c|d|^|", b"k=v^", b"")),
            ("LEEF separators", fill(size, b"LEEF:1.0|a|b|c|d|k=", b"\t", b"")),
            (
                "Check Point",
                fill(
                    size,
                    b"<134>1 2025-05-05T11:21:46Z g C 4 - [",
                    b"a:\"b\"; ",
                    b"c:\"d\"]",
                ),
            ),
            (
                "parts of a line",
                fill(size, b"", b"2016-02-17T00:04:05.931087621Z stdout P x\n", b""),
            ),
            ("octet counts", fill(size, b"", b"7 <34>a: b", b"")),
            ("holes", fill(size, b"a", b"\0", b"b\n")),
            ("brackets", fill(size, b"2026-03-14 01:02:03 ", b"[a] ", b"")),
            ("times", fill(size, b"x ", b"2026-03-14 01:02:03 ", b"")),
            ("numbers", fill(size, b"", b"12: ", b"")),
            ("users", distinct(size, "", |n| format!("user=u{n} "), "")),
            (
                "requests",
                fill(
                    size,
                    b"127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"",
                    b"\\\"",
                    b"\" 404 1",
                ),
            ),
        ];
        for part in [
            "user=",
            "invalid user ",
            "for a from ",
            "user '",
            "(uid=",
            " ; USER=a",
            "[user: ",
            "1.",
            "a:",
            "1:2:",
            "::",
            "<",
            "[",
            "(",
            "[a b=\"\\",
            "10.0.0.1 ",
            "fe80::1%",
            "\"",
            "\\",
            " ",
            "\t",
            "\u{e9}",
            "INFO ",
            "a@b ",
            "-",
            "|",
            "=",
            "%A-1-B: ",
            "Jan ",
            "1773450123.",
            "msg=",
        ] {
            for start in ["", "<14>1 - h a - - ", "Mar 14 01:02:03 h a: "] {
                inputs.push((part, fill(size, start.as_bytes(), part.as_bytes(), b"")));
            }
        }
        inputs
    });
}
