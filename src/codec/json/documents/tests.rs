//! The objects of a buffer, however they are printed and split.

use super::*;

fn cut_all(input: &str, complete: bool) -> (Vec<&str>, usize) {
    let frames: Vec<_> = Documents::new(input.as_bytes(), complete, 40).collect();
    let payloads = frames.iter().filter(|frame| !frame.payload.is_empty());
    let texts = payloads
        .map(|frame| std::str::from_utf8(frame.payload).unwrap())
        .collect();
    (texts, frames.last().map_or(0, |frame| frame.end))
}

#[test]
fn objects_are_cut_however_they_are_printed() {
    let cases: &[(&str, &[&str])] = &[
        ("{\"a\":1}\n{\"b\":2}\r\n", &["{\"a\":1}", "{\"b\":2}"]),
        ("[{\"a\":1},\n{\"b\":2}]\n", &["{\"a\":1}", "{\"b\":2}"]),
        (
            "[\n  {\n    \"a\": 1\n  },\n  {\n    \"b\": [\n1]}\n]\n",
            &["{\n    \"a\": 1\n  }", "{\n    \"b\": [\n1]}"],
        ),
        (
            "{\"Records\":[{\"a\":1},{\"b\":2}]}\n",
            &["{\"a\":1}", "{\"b\":2}"],
        ),
        ("{ \"records\" : [ {\"a\":1} ] }", &["{\"a\":1}"]),
        ("\u{1e}{\"a\":1}\n\u{1e}{\"b\":2}\n", &["{\"a\":1}", "{\"b\":2}"]),
        ("no json\n{\"a\":1}\n", &["no json", "{\"a\":1}"]),
        // A truncated line does not affect the lines after it.
        ("{\"a\":\"cut\n{\"b\":2}\n", &["{\"a\":\"cut\n", "{\"b\":2}"]),
        ("{\"a\":[1,\n{\"b\":2}\n", &["{\"a\":[1,\n", "{\"b\":2}"]),
        ("{\"a\":1} x\n{\"b\":2}\n", &["{\"a\":1} x", "{\"b\":2}"]),
        ("{\"a\":\"}\\\"{\"}\n", &["{\"a\":\"}\\\"{\"}"]),
        ("{\"Records\":7}\n", &["{\"Records\":7}"]),
        ("\n\n  \n", &[]),
    ];
    for (input, wanted) in cases {
        for complete in [false, true] {
            let (found, end) = cut_all(input, complete);
            let found: Vec<_> = found
                .into_iter()
                .flat_map(|frame| match Documents::within(frame.as_bytes()) {
                    Some(parts) => parts.map(|part| std::str::from_utf8(part).unwrap()).collect(),
                    None => vec![frame],
                })
                .collect();
            if complete || input.ends_with('\n') {
                assert_eq!(found, *wanted, "{input:?} {complete}");
                assert_eq!(end, input.len(), "{input:?}");
            }
        }
    }
}

#[test]
fn an_incomplete_object_stays() {
    assert_eq!(cut_all("{\"a\":1}\n{\"mess", false), (vec!["{\"a\":1}"], 8));
    assert_eq!(cut_all("[{\"a\":1}, {\"b\"", false), (vec!["{\"a\":1}"], 10));
    assert_eq!(cut_all("{\"a\":1}", false), (vec![], 0));
    assert_eq!(cut_all("{\n\"a\"", false), (vec![], 0));
    assert_eq!(cut_all("{\n\"a\"", true), (vec!["{\n\"a\""], 5));
}

/// A caller may split the input anywhere, and passes again the bytes that a call did not consume.
#[test]
fn pieces_of_any_size_are_the_same_objects() {
    let long = "x".repeat(100);
    let input = format!(
        "[{{\"a\":1}},{{\"b\":{{\"c\":[1,2]}}}},{{\"d\":\"]}}\"}}]\n{{\"Records\":[\n {{\n \"e\":\n5}}\n]}}\n{{\"f\":\"{long}{{\\\"g\\\":1}}\"}}\n{{\"h\":1}}\n"
    );
    let all = |piece: usize| {
        let (mut found, mut pending) = (Vec::new(), Vec::new());
        let mut take = |pending: &mut Vec<u8>, complete| {
            let frames: Vec<_> = Documents::new(pending, complete, 40).collect();
            for frame in &frames {
                match Documents::within(frame.payload) {
                    Some(parts) => found.extend(parts.map(<[u8]>::to_vec)),
                    None if frame.payload.is_empty() => {}
                    None => found.push(frame.payload.to_vec()),
                }
            }
            let end = frames.last().map_or(0, |frame| frame.end);
            pending.drain(..end);
        };
        for bytes in input.as_bytes().chunks(piece) {
            pending.extend_from_slice(bytes);
            take(&mut pending, false);
        }
        take(&mut pending, true);
        found
    };
    for piece in 1..input.len() {
        let found = all(piece);
        let texts: Vec<_> = found.iter().map(|bytes| String::from_utf8_lossy(bytes)).collect();
        assert_eq!(
            texts[..4],
            [
                "{\"a\":1}",
                "{\"b\":{\"c\":[1,2]}}",
                "{\"d\":\"]}\"}",
                "{\n \"e\":\n5}"
            ],
            "{piece}"
        );
        assert_eq!(
            (texts.len(), texts[5].as_ref()),
            (6, "{\"h\":1}"),
            "{piece}: {texts:?}"
        );
        assert!(
            texts[4].len() > 40 && texts[4].ends_with("{\\\"g\\\":1}\"}"),
            "{piece}: {texts:?}"
        );
    }
}

#[test]
fn hostile_inputs_are_cut_in_linear_time() {
    for part in [
        "{",
        "[",
        "{\n",
        " {\n",
        "{\"a\n",
        "{\"a\":[\n",
        "},",
        "{},",
        "{} x\n",
        "\"",
        "{\"Records\":[",
    ] {
        for last in ["", "\n", "\n{\"a\":1}\n"] {
            let input = part.repeat((1 << 20) / part.len()) + last;
            for complete in [false, true] {
                let frames = Documents::new(input.as_bytes(), complete, 1 << 10);
                let total: usize = frames.map(|frame| frame.payload.len()).sum();
                assert!(total <= input.len());
            }
        }
    }
}
