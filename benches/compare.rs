//! One run, the same events, four writers: how fast is each, how large is its file, and by what ratio.

mod common;
fn main() {
    use common::*;
    use seerflow::record::*;
    use seerflow::*;
    let n: usize = std::env::args().nth(1).and_then(|s| s.parse().ok()).unwrap_or(300_000);
    let batch: usize = std::env::args().nth(2).and_then(|s| s.parse().ok()).unwrap_or(1000);
    let evs: Vec<Sshd> = events(n).collect();
    { let d = tempfile::tempdir().unwrap(); let t = std::time::Instant::now(); common::straightforward::write(&d.path().join("s.db"), &evs).unwrap(); println!("straightforward {:.0}/s {:.0} B", n as f64/t.elapsed().as_secs_f64(), std::fs::metadata(d.path().join("s.db")).unwrap().len() as f64/n as f64); }
    for durable in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let mut c = Config::new();
        c.set("storage.sqlite_path", dir.path().join("x.db").to_str().unwrap()).unwrap();
        for kv in std::env::args().skip(3) { let (k, v) = kv.split_once('=').unwrap(); c.set(k, v).unwrap(); }
        let e = Engine::open(&c, Default::default()).unwrap();
        let t = std::time::Instant::now();
        let mut lat = vec![];
        for chunk in evs.chunks(batch) {
            let it = chunk.iter().map(|s| Ok(Event {
                timestamp_ns: Some(s.timestamp_ns), observed_ns: Some(s.timestamp_ns + 500_000), severity_id: 3, otel_severity: 13,
                message: s.message.as_str().into(), source_type: "sshd".into(), source_id: s.host.as_str().into(), template_id: 1,
                template_str: TEMPLATE.into(), template_params: vec![s.user.as_str().into(), s.address.as_str().into(), s.port.as_str().into()],
                related_ips: vec![s.address.as_str().into()], related_users: vec![s.user.as_str().into()], ..Event::default() }));
            let t1 = std::time::Instant::now();
            e.write(Input::Events(Box::new(it)), WriteOptions { durable, ..Default::default() }, &Control::unbounded()).unwrap();
            lat.push(t1.elapsed().as_secs_f64()*1e3);
        }
        e.flush(&Control::unbounded()).unwrap();
        let el = t.elapsed().as_secs_f64();
        lat.sort_by(|a,b| a.partial_cmp(b).unwrap());
        let s = e.stats();
        e.close(&Control::unbounded()).unwrap();
        let _ = std::fs::copy(dir.path().join("x.db"), "/tmp/keep.db");
        let bytes = std::fs::metadata(dir.path().join("x.db")).unwrap().len();
        println!("durable {durable}: {:.0}/s, {:.0} B/event commits {} p50 {:.2} p99 {:.2} longest {:.1}ms", n as f64/el, bytes as f64/n as f64, s.buffer.commits, lat[lat.len()/2], lat[lat.len()*99/100], s.buffer.longest_commit_ns as f64/1e6);
    }
}
