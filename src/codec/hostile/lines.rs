//! Log lines.

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
        ] {
            for start in ["", "<14>1 - h a - - ", "Mar 14 01:02:03 h a: "] {
                inputs.push((part, fill(size, start.as_bytes(), part.as_bytes(), b"")));
            }
        }
        inputs
    });
}
