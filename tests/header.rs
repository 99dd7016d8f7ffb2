//! Generates `include/seerflow.h` from `src/ffi` and compares it with the committed file. Compiles the C and the C++
//! header in every language standard that they support. Checks that README.md shows the smallest example unchanged.
//!
//! `UPDATE_HEADER=1 cargo test --test header` writes the generated header to `include/seerflow.h`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use once_cell::sync::Lazy;
use seerflow::record::{Field, FieldKind};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The files that declare the C API, in the order of the header.
const FILES: [&str; 36] = [
    "version",
    "status",
    "error",
    "text",
    "value",
    "call",
    "config",
    "store",
    "observe",
    "event_input",
    "write",
    "result",
    "interrupt",
    "completions",
    "query",
    "query_filter",
    "list",
    "event_query",
    "event",
    "event_collection",
    "event_entity",
    "counted",
    "bucket",
    "template",
    "dead_letter",
    "alert",
    "alert_query",
    "feedback",
    "alert_pattern",
    "model",
    "sigma",
    "edge",
    "graph",
    "records",
    "maintain",
    "entity",
];

/// The files of `src/ffi` that declare nothing for C.
const OTHERS: [&str; 9] = [
    "event_conversion",
    "guard",
    "handle",
    "listed",
    "mod",
    "out",
    "query_settings",
    "sized",
    "unwind",
];

fn root(path: &str) -> PathBuf {
    Path::new(ROOT).join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The generated header. If UPDATE_HEADER is set, it is written to `include/seerflow.h` before any test reads that.
static GENERATED: Lazy<String> = Lazy::new(|| {
    let generated = generate();
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(root("include/seerflow.h"), &generated).unwrap();
    }
    generated
});

#[test]
fn the_committed_header_is_up_to_date() {
    Lazy::force(&GENERATED);
    let committed = read("include/seerflow.h");
    let differing = GENERATED
        .lines()
        .zip(committed.lines())
        .position(|(ours, theirs)| ours != theirs);
    assert!(
        *GENERATED == committed,
        "include/seerflow.h differs from src/ffi, first in line {}: UPDATE_HEADER=1 cargo test --test header",
        differing.unwrap_or(0) + 1,
    );
}

#[test]
fn every_file_of_the_api_is_listed() {
    let mut files: Vec<String> = std::fs::read_dir(root("src/ffi"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let mut known: Vec<&str> = FILES.into_iter().chain(OTHERS).collect();
    files.sort();
    known.sort();
    assert_eq!(files, known);
}

#[test]
fn every_function_is_in_the_header() {
    for file in FILES {
        let source = read(&format!("src/ffi/{file}.rs"));
        for rest in source.split("extern \"C\" fn seerflow_").skip(1) {
            let name = format!("seerflow_{}(", rest.split('(').next().unwrap());
            assert!(GENERATED.contains(&name), "{name}");
        }
    }
}

/// Generates the header.
fn generate() -> String {
    let mut config = cbindgen::Config::from_file(root("cbindgen.toml")).unwrap();
    config.header = Some(read("src/ffi/preamble.h").trim_end().to_owned());
    config.after_includes = Some(format!(
        "{}\n{}\n{}",
        versions(),
        read("src/ffi/helpers.h"),
        fields()
    ));
    let mut builder = cbindgen::Builder::new().with_config(config);
    for file in FILES {
        builder = builder.with_src(root(&format!("src/ffi/{file}.rs")));
    }
    let mut header = Vec::new();
    builder.generate().unwrap().write(&mut header);
    with_methods(&with_initialisers(&tidy(&String::from_utf8(header).unwrap())))
}

/// Adds to the comment of each opaque type the functions whose names start with the name of the type.
fn with_methods(header: &str) -> String {
    let functions: Vec<&str> = header
        .lines()
        .filter(|line| line.starts_with("SEERFLOW_"))
        .filter_map(|line| line.split('(').next()?.rsplit([' ', '*']).next())
        .collect();
    let mut out = String::new();
    for (at, line) in header.lines().enumerate() {
        let name = line
            .strip_prefix("typedef struct ")
            .and_then(|rest| rest.strip_suffix(';'))
            .and_then(|rest| rest.split_once(' '));
        if let Some((name, again)) = name.filter(|(name, again)| name == again) {
            assert!(
                out.ends_with("\n */\n"),
                "{again}, line {at}: no comment of several lines"
            );
            out.truncate(out.len() - "*/\n".len());
            out.push_str("*\n * Methods:");
            let prefix = format!("{name}_");
            let mut width = " * Methods:".len();
            for method in functions.iter().filter(|function| function.starts_with(&prefix)) {
                if width + method.len() + 2 > 118 {
                    out.push_str("\n *");
                    width = 2;
                }
                write!(out, " {method},").unwrap();
                width += method.len() + 2;
            }
            out.pop();
            out.push_str(".\n */\n");
        }
        writeln!(out, "{line}").unwrap();
    }
    out
}

fn versions() -> String {
    let [major, minor, patch] = [
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR"),
        env!("CARGO_PKG_VERSION_PATCH"),
    ];
    format!(
        "\n/** The version that a program is compiled against. seerflow_version() returns the version that it runs with. */\n\
         #define SEERFLOW_VERSION \"{}\"\n\
         /** The first number of the version. */\n\
         #define SEERFLOW_VERSION_MAJOR {major}\n\
         /** The second number of the version. */\n\
         #define SEERFLOW_VERSION_MINOR {minor}\n\
         /** The third number of the version. */\n\
         #define SEERFLOW_VERSION_PATCH {patch}\n\
         /** The version as one number, for comparisons: 1.2.3 is 10203. */\n\
         #define SEERFLOW_VERSION_NUMBER (SEERFLOW_VERSION_MAJOR * 10000 + SEERFLOW_VERSION_MINOR * 100 + SEERFLOW_VERSION_PATCH)\n\n\
         /** An absent time. An event without a time gets the current time. */\n\
         #define SEERFLOW_TIME_ABSENT INT64_MIN\n",
        env!("CARGO_PKG_VERSION"),
    )
}

/// Returns the enumeration of the fields of an event, from the list in `record::Field`.
fn fields() -> String {
    let mut text = String::from(
        "/** A field of an event. Each comment starts with the type of the field, which selects its getter. */\ntypedef enum seerflow_field SEERFLOW_ENUM(uint32_t) {\n",
    );
    for &field in Field::ALL {
        let name = field.name().to_uppercase();
        writeln!(text, "    /** {} {} */", kind(field), field.doc()).unwrap();
        writeln!(text, "    SEERFLOW_FIELD_{name} = {},", field as u32).unwrap();
    }
    text + "} seerflow_field;"
}

fn kind(field: Field) -> &'static str {
    match field.kind() {
        FieldKind::Id => "Id.",
        FieldKind::Time => "Int, nanoseconds.",
        FieldKind::Int => "Int.",
        FieldKind::Float => "Float.",
        FieldKind::Str | FieldKind::OptStr => "Text.",
        FieldKind::List => "List.",
        FieldKind::StrMap | FieldKind::Attributes => "Map.",
        FieldKind::Body => "Msgpack.",
    }
}

/// Rewrites cbindgen's output: the underlying type of an enumeration becomes a macro, a struct gets a tag, and a short
/// comment goes on one line.
fn tidy(header: &str) -> String {
    let lines: Vec<&str> = header.lines().collect();
    let mut out = String::new();
    let mut at = 0;
    // The length of the attributes that were put before a declaration: its other lines are indented by it.
    let mut before = 0;
    while at < lines.len() {
        let line = lines[at];
        if let Some(name) = line.strip_prefix("enum seerflow_") {
            // The three lines after it state the type, between #if and #endif.
            let kind = lines[at + 2].trim().trim_start_matches(": ");
            writeln!(out, "typedef enum seerflow_{name} SEERFLOW_ENUM({kind}) {{").unwrap();
            let end = at + lines[at..].iter().position(|line| *line == "};").unwrap();
            for line in &lines[at + 5..end] {
                writeln!(out, "{}", line.trim_end()).unwrap();
            }
            writeln!(out, "}} seerflow_{name};").unwrap();
            at = end + 1;
            continue;
        }
        if line == "#ifndef __cplusplus" && lines[at + 1].starts_with("#if __STDC_VERSION__") {
            at += 7;
            continue;
        }
        if line == "SEERFLOW_API" || line == "SEERFLOW_NODISCARD" {
            // cbindgen put the declaration on the next line because it is long.
            write!(out, "{line} ").unwrap();
            before += line.len() + 1;
            at += 1;
            continue;
        }
        if line == "typedef struct {" {
            let end = lines[at..]
                .iter()
                .find_map(|line| line.strip_prefix("} "))
                .unwrap();
            writeln!(out, "typedef struct {} {{", end.trim_end_matches(';')).unwrap();
            at += 1;
            continue;
        }
        if line.trim() == "/**" && lines[at + 2].trim() == "*/" && lines[at + 1].len() < 105 {
            let indent = &line[..line.len() - 3];
            writeln!(
                out,
                "{indent}/** {} */",
                lines[at + 1].trim().trim_start_matches("* ")
            )
            .unwrap();
            at += 3;
            continue;
        }
        let indent = if line.starts_with(' ') { before } else { 0 };
        writeln!(out, "{:indent$}{}", "", line.trim_end()).unwrap();
        if line.ends_with(';') {
            before = 0;
        }
        at += 1;
    }
    out
}

/// The members whose default is not zero.
const DEFAULTS: [(&str, &str, &str); 24] = [
    ("seerflow_health", "degraded_since_ns", "SEERFLOW_TIME_ABSENT"),
    ("seerflow_call", "timeout_ms", "SEERFLOW_DEFAULT_TIMEOUT_MS"),
    ("seerflow_event_input", "timestamp_ns", "SEERFLOW_TIME_ABSENT"),
    ("seerflow_event_input", "observed_ns", "SEERFLOW_TIME_ABSENT"),
    ("seerflow_event_input", "severity_id", "1"),
    ("seerflow_event_input", "otel_severity", "9"),
    ("seerflow_event_input", "template_id", "-1"),
    ("seerflow_event_input", "confidence", "1.0"),
    (
        "seerflow_write_options",
        "timeout_ms",
        "SEERFLOW_DEFAULT_TIMEOUT_MS",
    ),
    ("seerflow_alert", "timestamp_ns", "SEERFLOW_TIME_ABSENT"),
    ("seerflow_alert", "severity_id", "1"),
    ("seerflow_alert", "dedup_count", "1"),
    ("seerflow_feedback", "submitted_at_ns", "SEERFLOW_TIME_ABSENT"),
    ("seerflow_prune_options", "before_ns", "SEERFLOW_TIME_ABSENT"),
    ("seerflow_record_options", "durable", "true"),
    (
        "seerflow_record_options",
        "dedup_window_ns",
        "SEERFLOW_DEDUP_WINDOW_NS",
    ),
    ("seerflow_template", "first_seen_ns", "SEERFLOW_TIME_ABSENT"),
    ("seerflow_template", "last_seen_ns", "SEERFLOW_TIME_ABSENT"),
    ("seerflow_template", "event_count", "1"),
    ("seerflow_edge", "first_seen_ns", "SEERFLOW_TIME_ABSENT"),
    ("seerflow_edge", "last_seen_ns", "SEERFLOW_TIME_ABSENT"),
    ("seerflow_edge", "event_count", "1"),
    ("seerflow_sigma_matches", "count", "1"),
    ("seerflow_sigma_matches", "last_fired_ns", "SEERFLOW_TIME_ABSENT"),
];

/// Adds an initialiser after each struct that starts with its size.
fn with_initialisers(header: &str) -> String {
    let mut out = String::new();
    let mut members: Vec<(String, String)> = Vec::new();
    for line in header.lines() {
        writeln!(out, "{line}").unwrap();
        let line = line.trim();
        if line.starts_with("typedef struct") {
            members.clear();
        } else if let Some(name) = line.strip_prefix("} ").and_then(|rest| rest.strip_suffix(';')) {
            if members.first().is_some_and(|(_, member)| member == "struct_size") {
                let values: Vec<_> = members
                    .iter()
                    .map(|(kind, member)| default_of(name, kind, member))
                    .collect();
                let title = format!("{}_INIT", name.to_uppercase());
                writeln!(out, "/** Initialises a {name}: {name} x = {title}; */").unwrap();
                writeln!(out, "#define {title} \\\n    {{ {} }}", values.join(", ")).unwrap();
            }
            members.clear();
        } else if let Some((kind, member)) = line
            .strip_suffix(';')
            .filter(|line| !line.starts_with(['/', '*']))
            .and_then(|line| line.rsplit_once([' ', '*']))
        {
            let kind = if line.contains('*') { "*" } else { kind };
            let kind = if member.contains('[') { "[]" } else { kind };
            let member = member.split('[').next().unwrap();
            members.push((kind.to_owned(), member.to_owned()));
        }
    }
    out
}

fn default_of(of: &str, kind: &str, member: &str) -> String {
    if let Some((.., value)) = DEFAULTS
        .iter()
        .find(|(name, field, _)| (*name, *field) == (of, member))
    {
        return (*value).to_owned();
    }
    match (kind, member) {
        (_, "struct_size") => format!("sizeof({of})"),
        ("*", _) => "NULL".to_owned(),
        ("[]", _) => "{0}".to_owned(),
        ("bool", _) => "false".to_owned(),
        ("double", _) => "0.0".to_owned(),
        ("seerflow_str" | "seerflow_strs" | "seerflow_pairs" | "seerflow_attributes", _) => {
            "{NULL, 0}".to_owned()
        }
        ("seerflow_status", _) => "SEERFLOW_STATUS_OK".to_owned(),
        ("seerflow_durability", _) => "SEERFLOW_DURABILITY_NONE".to_owned(),
        ("seerflow_state", _) => "SEERFLOW_STATE_IDLE".to_owned(),
        ("seerflow_parse", _) => "SEERFLOW_PARSE_DEFAULT".to_owned(),
        (number, _) => {
            assert!(number.ends_with("_t"), "{of}.{member} has the type {number}");
            "0".to_owned()
        }
    }
}

// ---- compiling -----------------------------------------------------------------------------------------------------

/// Compiles a source, without linking it, with each of the compilers that is installed.
fn compile(compilers: &[&str], standard: &str, language: &str, source: &str) {
    Lazy::force(&GENERATED);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("source");
    std::fs::write(&file, source).unwrap();
    let mut found = false;
    for compiler in compilers {
        let flags = [
            "-Wall",
            "-Wextra",
            "-Werror",
            "-pedantic",
            "-Wno-unused-function",
            "-Wshadow",
            "-Wconversion",
            "-fsyntax-only",
        ];
        let casts = (language == "c++").then_some("-Wold-style-cast");
        let done = Command::new(compiler)
            .args([&format!("-std={standard}"), "-x", language])
            .args(flags)
            .args(casts)
            .arg("-I")
            .arg(root("include"))
            .arg(&file)
            .output();
        let Ok(done) = done else { continue };
        found = true;
        assert!(
            done.status.success(),
            "{compiler} -std={standard}:\n{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
    if !found {
        eprintln!("skipped: none of {compilers:?} is installed");
    }
}

const C: [&str; 2] = ["cc", "clang"];
const CXX: [&str; 2] = ["c++", "clang++"];

#[test]
fn the_header_compiles_as_every_standard_and_twice() {
    let source = "#include <seerflow.h>\n#include <seerflow.h>\n\
        int main(void) {\n\
            seerflow_stats stats = SEERFLOW_STATS_INIT;\n\
            seerflow_str text = SEERFLOW_STR(\"text\");\n\
            switch (seerflow_error_status(NULL)) { case SEERFLOW_STATUS_OK: return 1; default: break; }\n\
            return text.len == 4 && stats.struct_size != 0 && SEERFLOW_FIELD_MESSAGE == 17 && SEERFLOW_TIME_ABSENT < 0 ? 0 : 1;\n\
        }\n";
    for standard in ["c99", "c11", "c17", "c2x"] {
        compile(&C, standard, "c", source);
    }
    for standard in ["c++11", "c++14", "c++17", "c++20", "c++2b"] {
        compile(&CXX, standard, "c++", source);
    }
}

#[test]
fn the_example_on_the_first_page_compiles() {
    let page = GENERATED
        .split(" * EXAMPLE")
        .nth(1)
        .and_then(|rest| rest.split(" * NAMES").next())
        .unwrap();
    let example: String = page
        .lines()
        .map(|line| format!("{}\n", line.trim_start_matches(" *").trim_start()))
        .collect();
    assert!(example.contains("int main"));
    compile(&C, "c99", "c", &example);
    // The example uses casts in the style of C.
    let example = format!("#pragma GCC diagnostic ignored \"-Wold-style-cast\"\n{example}");
    compile(&CXX, "c++11", "c++", &example);
}

#[test]
fn the_program_in_the_readme_is_the_smallest_example() {
    let readme = read("README.md");
    let program = readme
        .split("```c\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let example = read("bindings/c/examples/minimal.c");
    assert_eq!(program, Some(example.as_str()));
    assert!(example.lines().count() <= 30);
}

#[test]
fn the_header_for_cpp_compiles_and_has_every_field() {
    let (header, events) = (read("include/seerflow.hpp"), read("include/seerflow/event.hpp"));
    for &field in Field::ALL {
        let name = field.name();
        assert!(events.contains(&format!("in.{name} = ")), "{name} is not written");
        assert!(events.contains(&format!(" {name}() const")), "{name} is not read");
    }
    let source = "#include <seerflow.hpp>\n#include <seerflow.hpp>\n\
        int main() {\n\
            seerflow::Store store(seerflow::Config().set(\"storage.sqlite_path\", \"x.db\"));\n\
            seerflow::Event event;\n\
            event.attributes.emplace_back(\"count\", std::int64_t{1});\n\
            store.write({event, event}, seerflow::WriteOptions().durably());\n\
            std::size_t bytes = 0;\n\
            for (auto found : store.query(seerflow::Query().text(\"x\").limit(1))) bytes += found.message().size();\n\
            for (auto alert : store.alerts().query(seerflow::Query().min_severity(4))) bytes += alert.rule_name.size();\n\
            return bytes == 0 ? 0 : 1;\n\
        }\n\
        #if __cplusplus >= 202002L\n\
        #include <ranges>\n\
        static_assert(std::ranges::input_range<const seerflow::List<seerflow::AlertView>>);\n\
        static_assert(std::ranges::input_range<const seerflow::List<seerflow::EventView>>);\n\
        #endif\n";
    for standard in ["c++17", "c++20", "c++2b"] {
        compile(&CXX, standard, "c++", source);
    }
    let example = header
        .split("//     ")
        .skip(1)
        .map(|line| line.split("\n//").next().unwrap());
    let example: String = example.map(|line| format!("{line}\n")).collect();
    assert!(example.contains("int main"));
    compile(&CXX, "c++17", "c++", &example);
}
