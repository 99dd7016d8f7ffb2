//! Levels as loggers write them, through JSON, Fluent and OTLP.

use super::door::Door;

/// A key and value, with the expected `severity_id` and `otel_severity`.
const LEVELS: &[(&str, (i64, i64))] = &[
    // Words: log4j, Python, logrus, winston, zap, .NET, java.util.logging, Rails
    (r#""level":"TRACE""#, (0, 1)),
    (r#""level":"silly""#, (0, 1)),
    (r#""level":"FINE""#, (0, 5)),
    (r#""level":"debug""#, (0, 5)),
    (r#""level":"Information""#, (1, 9)),
    (r#""levelname":"WARNING""#, (3, 13)),
    (r#""level":"SEVERE""#, (4, 17)),
    (r#""level":"dpanic""#, (6, 21)),
    (r#""@l":"Error""#, (4, 17)),
    (r#""log.level":"error""#, (4, 17)),
    (r#""log":{"level":"error"}"#, (4, 17)),
    (r#""severity":"CRITICAL""#, (5, 18)),
    (r#""severity":"EMERGENCY""#, (6, 21)),
    (r#""severity_label":"Notice""#, (2, 10)),
    // Letters and short forms: Serilog, zerolog, klog
    (r#""level":"W""#, (3, 13)),
    (r#""level":"ERR""#, (4, 17)),
    (r#""lvl":"wrn""#, (3, 13)),
    // Colours and brackets
    ("\"level\":\"\\u001b[31merror\\u001b[39m\"", (4, 17)),
    (r#""level":"[WARN]""#, (3, 13)),
    // Steps: OpenTelemetry, Go's slog
    (r#""severity_text":"ERROR2""#, (5, 18)),
    (r#""level":"ERROR+4""#, (6, 21)),
    (r#""level":"INFO+2""#, (2, 11)),
    (r#""level":"WARN-1""#, (2, 12)),
    (r#""severityNumber":14"#, (3, 14)),
    // Numbers: pino and bunyan, Monolog, Logback, Python, Google Cloud, NXLog
    (r#""level":30"#, (1, 9)),
    (r#""level":60"#, (6, 21)),
    (r#""level":"50""#, (4, 17)),
    (r#""level":400,"level_name":"ERROR""#, (4, 17)),
    (r#""level_value":40000"#, (4, 17)),
    (r#""levelno":30"#, (3, 13)),
    (r#""severity":400"#, (3, 13)),
    (r#""SeverityValue":4"#, (4, 17)),
    // syslog: journald, rsyslog, priorities
    (r#""PRIORITY":"4""#, (3, 13)),
    (r#""PRIORITY":"err""#, (4, 17)),
    (r#""syslogseverity":"3""#, (4, 17)),
    (r#""pri":"34""#, (5, 18)),
    (r#""log":{"syslog":{"severity":{"code":2}}}"#, (5, 18)),
    // Other keys identify the sender, which gives a small number its meaning: GELF, Windows
    (r#""version":"1.1","short_message":"s","level":3"#, (4, 17)),
    (r#""EventID":7036,"Level":2"#, (4, 17)),
    (r#""EventID":7036,"Level":4"#, (1, 9)),
    // Not levels
    (r#""level":7"#, (1, 9)),
    (r#""level":"Metadata""#, (1, 9)),
    (r#""level":null"#, (1, 9)),
    (r#""alert":{"severity":1}"#, (4, 17)),
];

#[test]
fn levels_of_loggers() {
    for (member, (id, otel)) in LEVELS {
        let record = format!(r#"{{"time":"2024-05-01T10:00:00Z","msg":"m",{member}}}"#);
        for door in [Door::Ndjson, Door::Fluent, Door::OtlpBody] {
            let event = door.store(&record);
            assert_eq!(
                (event.severity_id, event.otel_severity),
                (*id, *otel),
                "{door:?} {member}"
            );
        }
    }
}
