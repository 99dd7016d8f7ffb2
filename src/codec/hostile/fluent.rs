//! Fluent Forward inputs that are as expensive as possible.

use super::{Format, LIST, MAP, fill, measure};

#[test]
fn fluent_takes_linear_time() {
    measure(Format::Fluent, |size| {
        let gzip = |bytes: &[u8]| {
            use std::io::Write;
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            gzip.write_all(bytes).unwrap();
            let packed = gzip.finish().unwrap();
            let mut out = b"\x93\xa1t\xc6".to_vec();
            out.extend((packed.len() as u32).to_be_bytes());
            out.extend(packed);
            out.extend(b"\x81\xaacompressed\xa4gzip");
            out
        };
        let long = |marker: u8, length: usize| {
            let mut out = vec![marker];
            out.extend((length as u32).to_be_bytes());
            out
        };
        let text = [long(0xdb, size / 2), vec![b't'; size / 2]].concat();
        let maps = [long(LIST, size / 4), vec![0x80; size / 4]].concat();
        let tag = [&[0x92], text.as_slice(), &maps].concat();
        let group = [
            b"\x92\x92\xff\x80\x81\xa8resource\x81\xaaattributes\x81\xa1k".as_slice(),
            &text,
        ]
        .concat();
        let nils = vec![0xc0; size - 512];
        let options = [b"\x93\xa1t\xc4\x00", long(MAP, nils.len() / 2).as_slice(), &nils].concat();
        let times = [b"\x92\x91", long(LIST, nils.len()).as_slice(), &nils, &[0x80]].concat();
        vec![
            ("maps", vec![0x80; size]),
            ("records", fill(size, b"", b"\x92\x01\x80", b"")),
            ("a long tag", tag),
            ("a large group", fill(size, &group, b"\x92\x01\x80", b"")),
            ("begins of groups", fill(size, b"", b"\x92\x92\xff\x80\x80", b"")),
            ("options", options),
            ("a time that is a list", times),
            ("deep", fill(size, b"\x92\x01\x81\xa1k", b"\x91", b"\xc0")),
            (
                "a message that packs well",
                gzip(&fill(size, b"", b"\x92\x01\x80", b"")),
            ),
            ("garbage that packs well", gzip(&vec![0; 4 * size])),
        ]
    });
}
