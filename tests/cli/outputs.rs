//! Files that commands write: complete or absent, private, and never overwriting another file.
#![cfg(unix)]

use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;

use super::*;

/// Commands that write a file, without its name.
const WRITERS: [&[&str]; 5] = [
    &["graph", "subgraph", "host:gw1", "--format", "svg", "--output"],
    &["export", "all", "--output"],
    &["export", "events", "--output"],
    &["export", "alerts", "--output"],
    &["model", "get", "large"],
];

fn store() -> Place {
    let place = Place::new();
    let edges = "storage.infer_edges=true";
    place.ok(
        "a.db",
        &["ingest", "-q", "--set", edges, "--year", "2024", &log("sshd.log")],
    );
    let model = place.file("model", "m".repeat(200_000));
    place.ok("a.db", &["model", "put", "large", &model]);
    let alerts: String = (0..1_000)
        .map(|number| {
            format!("{{\"alert_id\":\"a{number}\",\"alert_type\":\"ml\",\"entity_type\":\"host\",\"rule_name\":\"r{number}\"}}\n")
        })
        .collect();
    place.ok("a.db", &["import", &place.file("alerts", alerts)]);
    fs::remove_file(place.path("model")).unwrap();
    fs::remove_file(place.path("alerts")).unwrap();
    fs::create_dir(place.path("out")).unwrap();
    place
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

/// Runs a command whose files cannot grow beyond this many KiB, as on a full disk.
fn run_full(place: &Place, kib: u64, args: &[&str]) -> Output {
    let mut command = place.command("a.db", args);
    // SAFETY: the system calls are allowed between fork and exec.
    unsafe {
        command.pre_exec(move || {
            libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
            let limit = libc::rlimit {
                rlim_cur: kib << 10,
                rlim_max: kib << 10,
            };
            libc::setrlimit(libc::RLIMIT_FSIZE, &limit);
            Ok(())
        });
    }
    command.output().unwrap()
}

#[test]
fn failed_write_leaves_the_folder_unchanged() {
    let place = store();
    let folder = place.path("out");
    let path = folder.join("file");
    // The picture is too small to exceed the limit.
    for args in &WRITERS[1..] {
        let args = [*args, &[path.to_str().unwrap()]].concat();
        fs::write(&path, "yesterday's").unwrap();
        let output = run_full(&place, 100, &args);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{args:?}: {}",
            text(&output.stderr)
        );
        assert_eq!(fs::read(&path).unwrap(), b"yesterday's", "{args:?}");
        assert_eq!(names(&folder), ["file"], "{args:?}");
        fs::remove_file(&path).unwrap();
    }
    let backup = run_full(&place, 100, &["backup", path.to_str().unwrap()]);
    assert_eq!(backup.status.code(), Some(1), "{}", text(&backup.stderr));
    assert_eq!(names(&folder), [] as [&str; 0]);
}

#[test]
fn interrupted_export_resumes_in_a_new_file() {
    let place = store();
    let path = place.path("out/file");
    let args = ["export", "events", "--output", path.to_str().unwrap()];
    let output = run_full(&place, 500, &args);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    let cursor = said
        .lines()
        .find_map(|line| line.strip_prefix("resume with --cursor "));
    place.ok("a.db", &[&args[..], &["--cursor", cursor.unwrap()]].concat());
    assert!(fs::read_to_string(&path).unwrap() == place.ok("a.db", &["export", "events"]));
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn output_file_is_replaced_and_private() {
    let place = store();
    let path = place.path("out/file");
    for args in WRITERS {
        let args = [args, &[path.to_str().unwrap()]].concat();
        fs::write(&path, "yesterday's").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let reader = fs::File::open(&path).unwrap();
        place.ok("a.db", &args);
        assert!(fs::metadata(&path).unwrap().len() > 1_000, "{args:?}");
        assert_eq!(mode(&path), 0o600, "{args:?}");
        // A reader of the old file continues to read it.
        assert_eq!(reader.metadata().unwrap().len(), 11, "{args:?}");
    }
    assert_eq!(names(&place.path("out")), ["file"]);
}

#[test]
fn symbolic_link_is_neither_followed_nor_replaced() {
    let place = store();
    let (link, other) = (place.path("out/link"), place.path("other"));
    fs::write(&other, "not ours").unwrap();
    symlink(&other, &link).unwrap();
    for args in WRITERS.into_iter().chain([&["backup"][..]]) {
        let args = [args, &[link.to_str().unwrap()]].concat();
        let output = place.run("a.db", &args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert_eq!(fs::read(&other).unwrap(), b"not ours", "{args:?}");
        assert!(link.is_symlink(), "{args:?}");
    }
    assert_eq!(names(&place.path("out")), ["link"]);
}

#[test]
fn devices_and_pipes_are_written_and_kept() {
    let place = store();
    let (full, fifo) = (place.path("out/full"), place.path("out/fifo"));
    let name = |path: &Path| std::ffi::CString::new(path.to_str().unwrap()).unwrap();
    // SAFETY: the names end in NUL.
    let made = unsafe {
        libc::mkfifo(name(&fifo).as_ptr(), 0o600);
        libc::mknod(name(&full).as_ptr(), libc::S_IFCHR | 0o600, libc::makedev(1, 7))
    };
    for args in WRITERS {
        let piped = [args, &[fifo.to_str().unwrap()]].concat();
        let path = fifo.clone();
        let reader = std::thread::spawn(move || fs::read(path).unwrap());
        place.ok("a.db", &piped);
        assert!(reader.join().unwrap().len() > 1_000, "{piped:?}");
        assert!(fs::metadata(&fifo).unwrap().file_type().is_fifo(), "{piped:?}");
        // Creating a device requires root.
        if made == 0 {
            let refused = [args, &[full.to_str().unwrap()]].concat();
            assert_eq!(place.run("a.db", &refused).status.code(), Some(1), "{refused:?}");
            assert!(
                fs::metadata(&full).unwrap().file_type().is_char_device(),
                "{refused:?}"
            );
        }
    }
}

#[test]
fn path_of_standard_output_is_standard_output() {
    let place = store();
    for args in WRITERS {
        let args = [args, &["/dev/stdout"]].concat();
        let piped = place.ok("a.db", &args);
        assert!(piped.len() > 1_000, "{args:?}");
        let file = fs::File::create(place.path("out/file")).unwrap();
        let status = place.command("a.db", &args).stdout(file).status().unwrap();
        assert!(status.success(), "{args:?}");
        assert_eq!(
            fs::read_to_string(place.path("out/file")).unwrap(),
            piped,
            "{args:?}"
        );
    }
}
