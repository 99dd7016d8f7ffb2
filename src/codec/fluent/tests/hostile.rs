//! Damaged input, and input that is expensive to read.

use super::*;

#[test]
fn damage_costs_what_it_must() {
    let good = pack(&list(&[Value::Int(1), log("good")]));
    let bad = pack(&list(&[Value::Int(1), Value::Int(2)]));
    let short = pack(&list(&[Value::Int(1)]));
    let input = [good.clone(), bad, short, good.clone()].concat();
    let (found, end) = read_with(&input, false, OPTIONS);
    let results: Vec<_> = found.iter().map(|(event, _)| event.is_ok()).collect();
    assert_eq!((results, end), (vec![true, false, false, true], input.len()));

    // A value that cannot be a record makes it and the rest of the input one invalid record.
    let (found, _) = read_with(b"hello, this is no msgpack", false, OPTIONS);
    assert_eq!(found.len(), 1);
    let (found, _) = read_with(
        &[b"\x92\x01".to_vec(), vec![0x91; 100_000]].concat(),
        true,
        OPTIONS,
    );
    assert_eq!(found.len(), 1);

    // An incomplete record stays with the caller.
    for cut in 1..good.len() {
        assert_eq!(read_with(&good[..cut], false, OPTIONS).1, 0, "cut at {cut}");
        assert_eq!(read_with(&good[..cut], true, OPTIONS).1, cut);
    }
    let deep = [b"\x92\x01\x81\xa1k".to_vec(), vec![0x91; 100_000], vec![0xc0]].concat();
    let (found, _) = read_with(&[deep, good.clone()].concat(), false, OPTIONS);
    assert!(
        found[0]
            .0
            .as_ref()
            .unwrap_err()
            .to_string()
            .contains("nested deeper")
    );
    assert!(found[1].0.is_ok());

    let narrow = FluentOptions {
        longest: 4,
        ..OPTIONS
    };
    let error = read_with(&good, false, narrow).0.remove(0).0.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the record has {} bytes, the bound is 4", good.len())
    );
}

#[test]
fn a_message_that_unpacks_without_end_is_refused() {
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&vec![0; 100_000]).unwrap();
    let bomb = gzip.finish().unwrap();
    assert_eq!(unpack(&bomb, Compression::Gzip, 100_000).unwrap().len(), 100_000);
    let error = unpack(&bomb, Compression::Gzip, 99_999).unwrap_err();
    assert_eq!(error.to_string(), "the data unpacks to more than 99999 bytes");
    let message = list(&[
        "t".into(),
        Value::Bin(b"no gzip"[..].into()),
        map(&[("compressed", "gzip".into())]),
    ]);
    let (found, _) = read_with(&pack(&message), false, OPTIONS);
    assert!(
        found[0]
            .0
            .as_ref()
            .unwrap_err()
            .to_string()
            .starts_with("not gzip")
    );
}

/// Encodes records as a message in CompressedPackedForward mode.
fn compressed(tag: &'static str, records: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(records).unwrap();
    let packed = Value::Bin(gzip.finish().unwrap().into());
    pack(&list(&[
        tag.into(),
        packed,
        map(&[("compressed", "gzip".into())]),
    ]))
}

/// Returns the peak memory use of this process, in bytes.
#[cfg(target_os = "linux")]
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    let kilobytes: String = line.chars().filter(char::is_ascii_digit).collect();
    kilobytes.parse::<usize>().unwrap() << 10
}

/// Detecting the kind of a record must not read a value before its length is checked.
#[cfg(target_os = "linux")]
#[test]
fn what_stands_where_a_time_is_expected_is_not_unpacked() {
    const ITEMS: usize = 32 << 20;
    let long = [&[0xdd][..], &(ITEMS as u32).to_be_bytes(), &vec![0xc0; ITEMS]].concat();
    let record = [&[0x92, 0x91], long.as_slice(), &[0x80]].concat();
    let message = compressed("t", &record);
    let before = peak();
    let (found, _) = read_with(&message, false, OPTIONS);
    let reason = found[0].0.as_ref().unwrap_err().to_string();
    assert!(reason.starts_with("the record has 335544"), "{reason}");
    // The long value stands where the compression option is searched for.
    let options = [b"\x93\xa1t\xc4\x01\x80\x81\xa1k".as_slice(), &long].concat();
    assert_eq!(read(&options).len(), 1);
    // Decoded as values, these bytes would take 1 GiB.
    assert!(peak() - before < 512 << 20, "{} MiB", (peak() - before) >> 20);
}

#[test]
fn what_has_no_end_is_waited_for_up_to_a_bound() {
    let options = FluentOptions {
        longest: 1000,
        ..OPTIONS
    };
    let endless = |start: &[u8], length: usize| {
        let mut input = start.to_vec();
        input.resize(length, 0xc0);
        let (found, end) = read_with(&input, false, options);
        assert!(found.iter().all(|(event, _)| event.is_err()));
        (found.len(), end)
    };
    for start in [
        &b"\xdf\xff\xff\xff\xff"[..],
        b"\xdd\xff\xff\xff\xff",
        b"\x92\x01\xdf\xff\xff\xff\xff",
    ] {
        assert_eq!(endless(start, 1001), (0, 0));
    }
    for start in [
        &b"\x92\xa1t\xdd\xff\xff\xff\xff"[..],
        b"\x92\x01\xdf\xff\xff\xff\xff",
    ] {
        assert_eq!(endless(start, 64 << 20), (0, 0));
        assert_eq!(endless(start, (64 << 20) + 1), (1, (64 << 20) + 1));
    }
    assert_eq!(endless(b"\x92\xa1t\xc6\x0f\xff\xff\xff", 65 << 20), (0, 0));

    // A group without an end: its records are read, and its missing end is reported.
    let start = pack(&list(&[list(&[Value::Int(-1), map(&[])]), map(&[])]));
    let record = pack(&list(&[Value::Int(1), map(&[("log", "x".repeat(900).into())])]));
    let mut group = [start.clone(), record.repeat((64 << 20) / record.len() - 1)].concat();
    assert_eq!(read_with(&group, false, options).1, 0);
    let whole = group.len() + 2 * record.len();
    group.extend([record.as_slice(), &record, &record[..100]].concat());
    let (found, end) = read_with(&group, false, options);
    assert_eq!(end, whole);
    let (last, bytes) = found.last().unwrap();
    assert_eq!(bytes, &start);
    assert!(
        last.as_ref()
            .unwrap_err()
            .to_string()
            .contains("the group has no end")
    );
    assert!(found[..found.len() - 1].iter().all(|(event, _)| event.is_ok()));
}

#[test]
fn what_records_share_is_repeated_only_so_often() {
    let long: &'static str = "x".repeat(100_000).leak();
    let total = |events: &[Event<'_>]| -> usize {
        let of = |event: &Event<'_>| {
            let texts = event.attributes.iter().map(|(_, value)| match value {
                Value::Str(text) => text.len(),
                _ => 0,
            });
            let resource = event.resource_attrs.iter().map(|(_, text)| text.len());
            event.source_type.len() + texts.chain(resource).sum::<usize>()
        };
        events.iter().map(of).sum()
    };
    let record = pack(&list(&[Value::Int(1), map(&[])]));
    let start = list(&[
        list(&[Value::Int(-1), map(&[])]),
        map(&[("resource", map(&[("attributes", map(&[("k", long.into())]))]))]),
    ]);
    let end = list(&[list(&[Value::Int(-2), map(&[])]), map(&[])]);
    let group = [pack(&start), record.repeat(10_000), pack(&end)].concat();
    let packed = Value::Bin(record.repeat(10_000).into());
    let message = pack(&list(&[long.into(), packed]));
    for input in [group, message] {
        let events = read(&input);
        assert_eq!(events.len(), 10_000);
        assert!(
            total(&events) < (1 << 20) + 64 * input.len(),
            "{}",
            total(&events)
        );
        let omitted = |event: &Event<'_>| event.attributes.contains(&(OMITTED.into(), Value::Int(1)));
        assert!(!omitted(&events[0]) && omitted(&events[9_999]));
        assert_eq!(events[9_999].source_type, SOURCE_TYPE);
    }
    // The limit on copies must not follow the uncompressed size of a message.
    let bomb = compressed(long, &record.repeat(100_000));
    assert!(total(&read(&bomb)) < (1 << 20) + 64 * 16 * bomb.len());
    // A message as real programs send it gets all shared attributes.
    let record = pack(&list(&[
        Value::Int(1),
        log("a message of some bytes, as they are"),
    ]));
    let message = compressed(
        "kube.var.log.containers.some-pod-with-a-name_namespace_container",
        &record.repeat(20_000),
    );
    assert!(
        read(&message)
            .iter()
            .all(|event| event.source_type.starts_with("kube."))
    );
}

#[test]
fn mutated_input_never_panics() {
    let entry = list(&[
        list(&[
            event_time(1, 2),
            map(&[("otlp", map(&[("trace_id", "ab".into())]))]),
        ]),
        log("text"),
    ]);
    let group = list(&[
        list(&[Value::Int(-1), map(&[])]),
        map(&[("resource", map(&[("attributes", map(&[]))]))]),
    ]);
    let message = list(&["tag".into(), list(&[entry.clone(), entry.clone()]), map(&[])]);
    let seed: Vec<u8> = [group, entry.clone(), message, entry]
        .iter()
        .flat_map(pack)
        .collect();
    let mut mutator = Mutator::new(&seed);
    for _ in 0..Mutator::rounds() {
        let bytes = mutator.next();
        for complete in [false, true] {
            let (_, end) = read_with(bytes, complete, OPTIONS);
            assert!(end <= bytes.len() && (!complete || end == bytes.len()));
        }
    }
}
