#include "stack_inputs.hpp"

#include <utility>

namespace stack {

using std::string;
using Inputs = std::vector<string>;

// The largest accepted nesting depth, one more, and far more.
static const size_t depths[] = {8, 62, 63, 64, 65, 66, 200, 100000};

static string repeat(const string &part, size_t count) {
    string out;
    for (size_t i = 0; i < count; i++)
        out += part;
    return out;
}

static string nested(const string &open, const string &inner, const string &close, size_t depth) {
    return repeat(open, depth) + inner + repeat(close, depth);
}

static string long_text() { return string(200000, 'x') + " \xff\xfe user=a from 10.0.0.1 " + repeat("fe80::1% \"[<", 5000); }

Inputs lines() {
    Inputs inputs = {
        "Mar 14 01:47:13 web2 sshd[812]: Failed password for invalid user admin from 203.0.113.66 port 51514 ssh2",
        "<34>1 2026-03-14T01:02:03.5Z web-1 su 812 ID47 [a@1 b=\"c\\\"d\" e=\"f\"][g h=\"i\"] \xef\xbb\xbftext 10.0.0.1 ::1",
        "<13>Mar 14 01:47:13 web2 CRON[1]: (root) CMD (x)", "2026-03-14 01:02:03,456 INFO [main] a.b.C: text",
        "260314 010203 148 INFO dfs.DataNode: text", "26/03/14 01:02:03 INFO a.B: text",
        "[Sat Mar 14 01:02:03 2026] [error] [client 192.0.2.1] text",
        "192.0.2.1 - bob [14/Mar/2026:01:02:03 +0000] \"GET /?a=\\\"b HTTP/1.1\" 404 12 \"-\" \"agent\"",
        "<34>1 2026-03-14T01:02:03.5Z web-1 su 812 ID47 - {\"level\":\"error\",\"msg\":\"m\",\"user\":{\"name\":\"u\",\"domain\":\"d\"}}",
        "2026-03-14T01:02:03.123456789Z stderr F {\"msg\":\"user=root\",\"time\":\"2026-03-14T01:02:03.5+01:00[Europe/Paris]\"}",
        "2026-03-14T01:02:03.123456789Z stderr F level=error ts=2026-03-14T01:02:03Z msg=\"text of user root\" pid=12",
        "2026-03-14T01:02:03.123456789Z stderr F 2026-03-14 01:02:03 ERROR [main] a.b: text",
        "E0314 01:02:03.123456    1234 file.go:138] text", "level=error ts=2026-03-14T01:02:03Z user=root src=10.0.0.1 eventid=1",
        "<13>CEF:0|vendor|product|1|id|name|9|src=10.0.0.1 rt=Mar 14 2026 01:02:03 suser=root dvchost=h",
        "LEEF:2.0|v|p|1|id|^|src=10.0.0.1^devTime=Mar 14 2026 01:02:03^sev=9",
        "type=SYSCALL msg=audit(1773450123.123:42): pid=1 comm=\"su\" acct=\"root\" exe=\"/bin/su\"",
        "<189>83: host: *Feb 28 00:20:10.663 EDT: %SYS-5-CONFIG_I: text", "<14>1 - h a - - [action:\"Accept\"; src:\"192.0.2.7\"]",
        "Mar 14 01:47:13 web2 sshd[812]: \xff\xfe from 203.0.113.66", long_text(), "<14>1 - h a - - " + repeat("[a b=\"c\"]", 20000) + " m",
    };
    string all;
    for (const string &line : Inputs(inputs))
        all += line + "\n";
    inputs.push_back(all);
    return inputs;
}

static string escaped(const string &text) {
    string out;
    for (char byte : text) {
        if (byte == '"' || byte == '\\') out += '\\';
        if (byte == '\n')
            out += "\\n";
        else
            out += byte;
    }
    return out;
}

Inputs ndjson_of_lines() {
    Inputs inputs;
    for (const string &line : lines())
        for (const char *key : {"log", "message", "msg"})
            inputs.push_back("{\"time\":\"2026-03-14T01:02:03.5+01:00[Europe/Paris]\",\"kubernetes\":{\"host\":\"n\"},\"" + string(key) + "\":\"" +
                             escaped(line) + "\"}");
    return inputs;
}

Inputs ndjson() {
    Inputs inputs = {
        "{\"level\":50,\"time\":1773539233500.25,\"pid\":7,\"name\":\"n\",\"msg\":\"boom\",\"req\":{\"remoteAddress\":\"10.0.0.1\",\"a\":[1,{}]}}",
        "{\"timestamp_ns\":\"2026-03-14T01:02:03.5Z\",\"event_id\":\"no\",\"severity_id\":1e300}",
        "{\"@timestamp\":\"2026-03-14T01:02:03.5+01:00[Europe/Paris]\",\"message\":\"\\ud83d\\u0000\\n\",\"ts\":1e-300,\"f\":1.5e300}",
        "{\"attributes\":{\"$map\":[[1,2]]}}", "{\"tags\":[\"\xff\"],\"resource_attrs\":{\"a\":\"\xff\"},\"message\":\"\xff\"}",
        "{\"related_processes\":[\"1\",\"a:2\"],\"related_users\":[\"D\\\\u\"],\"related_domains\":[\"\xc3\xa9.\xcc\x81\"]}",
        "{\"message\":\"" + string(200000, 'x') + "\"}", "{\"time\":" + string(100000, '9') + "}", "nothing", "{", "{\"severity_id\":9}",
    };
    inputs.insert(inputs.begin(), repeat("nothing\n{\"severity_id\":9}\n", 100));
    for (size_t depth : depths)
        for (const char *name : {"body", "attributes", "other", "tags", "message"}) {
            const string start = "{\"" + string(name) + "\":";
            inputs.push_back(start + nested("[", "1.5", "]", depth) + "}");
            inputs.push_back(start + nested("{\"a\":", "1.5", "}", depth) + "}");
            inputs.push_back(start + nested("{\"$map\":[[1,", "{\"$bin\":\"AA==\"}", "]]}", depth) + "}");
            inputs.push_back(start + nested("[", "", "", depth));
        }
    return inputs;
}

static string header(unsigned char marker, size_t count) {
    return {static_cast<char>(marker), static_cast<char>(count >> 24), static_cast<char>(count >> 16), static_cast<char>(count >> 8),
            static_cast<char>(count)};
}

static string text(const string &bytes) { return header(0xdb, bytes.size()) + bytes; }

static Inputs deep_values() {
    Inputs values;
    for (size_t depth : depths) {
        values.push_back(nested("\x91", "\xc0", "", depth));
        values.push_back(nested("\x81\xa1k", "\xcb\x3f\xf8\x01\x02\x03\x04\x05\x06", "", depth));
        values.push_back(nested("\x81", string("\x80"), "\xc0", depth));
        values.push_back(nested("\x93\xc0", "\x90", "\xc0", depth));
    }
    values.push_back(text(long_text()));
    values.push_back(string("\xc7\x01\x05x", 4));
    return values;
}

string deep_msgpack() { return nested("\x91", "\xc0", "", 64); }

Inputs msgpack() {
    Inputs inputs = {"\x80", "\xc1", "\xdf\xff\xff\xff\xff", string("\x81\xabseverity_id\x09", 14), string("\x81\xa4tags\xc0\xc1", 8),
                     "\x81\xaatemplate_id\x91\xc0", "\x82\xa7message\xa1\xff\xa4tags\x92\xa1\xff\xa1\xfe"};
    for (const string &value : deep_values())
        for (const char *name : {"body", "attributes", "other", "tags", "severity_id", "libseerflow.body"})
            inputs.push_back("\x81" + text(name) + value);
    return inputs;
}

// A message whose records are compressed with gzip.
static const unsigned char packed[] = {
    0x93, 0xa7, 0x61, 0x70, 0x70, 0x2e, 0x77, 0x65, 0x62, 0xc5, 0x01, 0x11, 0x1f, 0x8b, 0x08, 0x00, 0x2e, 0x46, 0x0d, 0x6b, 0x02, 0xff, 0xed, 0xcf,
    0x41, 0x4a, 0xc4, 0x30, 0x14, 0x06, 0xe0, 0x6e, 0xbc, 0x86, 0xe4, 0x02, 0xad, 0x49, 0x47, 0x17, 0xba, 0x72, 0xe3, 0xc6, 0x8d, 0x50, 0x5c, 0xb9,
    0x91, 0x34, 0x79, 0x75, 0xca, 0xa4, 0x79, 0x25, 0x49, 0xd1, 0xad, 0x8a, 0x17, 0x98, 0x1b, 0x0c, 0x6d, 0x07, 0x51, 0xf0, 0x3a, 0xe2, 0x6d, 0xac,
    0x5e, 0x60, 0x2e, 0xf0, 0xc3, 0x83, 0xff, 0xf1, 0xf3, 0x6f, 0xbe, 0xed, 0x77, 0x46, 0xf3, 0xf1, 0x65, 0x96, 0x65, 0x47, 0xaf, 0xa3, 0xe3, 0x87,
    0x9f, 0xeb, 0x52, 0x96, 0xa7, 0xb9, 0x54, 0xb9, 0x3a, 0xbb, 0x55, 0xe5, 0x85, 0x94, 0xcb, 0xdd, 0x89, 0xab, 0xaa, 0xba, 0xa9, 0x84, 0x59, 0x93,
    0xd9, 0xf0, 0x90, 0x44, 0xa3, 0x5b, 0x47, 0x56, 0x34, 0x1c, 0xc4, 0x10, 0x29, 0x08, 0xed, 0x5a, 0x43, 0xa2, 0x09, 0xdc, 0x89, 0x52, 0xae, 0x0a,
    0x59, 0x28, 0xb5, 0x2a, 0xce, 0xf7, 0x31, 0x05, 0xd2, 0xdd, 0x12, 0x96, 0x42, 0xf8, 0xd8, 0x0c, 0x35, 0x05, 0x4f, 0x89, 0xe2, 0xdb, 0x7b, 0xcf,
    0xf6, 0xde, 0xeb, 0x8e, 0xe6, 0x47, 0xaa, 0x73, 0xf5, 0xf5, 0xf7, 0xc6, 0x5e, 0x1b, 0xfa, 0x2f, 0xa7, 0x3e, 0xb0, 0xdd, 0x3b, 0x5d, 0x93, 0x8b,
    0x2f, 0xa3, 0xee, 0xfb, 0xdd, 0xd3, 0x94, 0x5a, 0x0a, 0xe3, 0x32, 0xfe, 0xd4, 0xde, 0x73, 0xd2, 0xa9, 0x65, 0x1f, 0x9f, 0x47, 0x7d, 0x52, 0xef,
    0xcc, 0xb4, 0xe6, 0x98, 0x66, 0xcf, 0x96, 0xd4, 0x16, 0x1a, 0x68, 0xa0, 0x81, 0x06, 0x1a, 0x68, 0xa0, 0x81, 0x06, 0x1a, 0x68, 0xa0, 0x81, 0x06,
    0x1a, 0x68, 0xa0, 0x81, 0x06, 0x1a, 0x68, 0xa0, 0x81, 0x06, 0x1a, 0x68, 0xa0, 0x81, 0x06, 0x1a, 0x68, 0xa0, 0x81, 0x06, 0x1a, 0x68, 0xa0, 0x81,
    0x06, 0x1a, 0x68, 0xa0, 0x81, 0x06, 0x1a, 0x68, 0xa0, 0x39, 0xa0, 0xf9, 0x05, 0x54, 0x52, 0x17, 0x2c, 0x3c, 0x28, 0x00, 0x00, 0x82, 0xa4, 0x73,
    0x69, 0x7a, 0x65, 0x32, 0xaa, 0x63, 0x6f, 0x6d, 0x70, 0x72, 0x65, 0x73, 0x73, 0x65, 0x64, 0xa4, 0x67, 0x7a, 0x69, 0x70,
};

Inputs msgpack_of_lines() {
    Inputs inputs;
    for (const string &line : lines())
        inputs.push_back("\x82\xa3log" + text(line) + "\xa7process\x82\xa4name\xa4sshd\xa3pid\x07");
    return inputs;
}

Inputs fluent_of_lines() {
    Inputs inputs;
    for (const string &line : lines()) {
        const string record = string("\x92\x01\x84\xa3log", 7) + text(line) + "\xa6stream\xa6stderr\xa4user\xa4root\xaakubernetes\x81\xa4host\xa2n1";
        inputs.push_back(record);
        inputs.push_back("\x93\xa3tag\x91" + record + "\x80");
        inputs.push_back(string("\x92\x92\xff\x80", 4) + "\x81\xa8resource\x81\xaa" "attributes\x81\xa9host.name\xa1h" + record + string("\x92\x92\xfe\x80\x80", 5));
    }
    return inputs;
}

Inputs fluent() {
    const string record = string("\x92\x01", 2);
    Inputs inputs = {
        record + "\x81\xa3log\xa2hi", record + "\x81\xa3log\xc4\x02\xff\xfe", string("\x92\x92\xd7\x00\x66\x00\x00\x00\x00\x00\x00\x01\x80\x81\xa3log\xa2hi", 19),
        string("\x93\xa1t\x01\x80", 5), string(reinterpret_cast<const char *>(packed), sizeof packed), string("\x93\xa1t\xc4\x03\x1f\x8b\x08\x81\xaa" "compressed\xa4gzip", 25),
        "\x92\xc0\xc0", "\xc1", record, string("\x94\xa1t\x01\x81\xa1" "a\x01\x80", 9),
        record + "\x84" + text("kubernetes") + "\x83" + text("labels") + "\x81" + text("app") + text("a") + text("host") + text("node-1") + text("pod_name") +
            text("p") + text("message") + text("user root from 10.0.0.1") + text("level") + text("warn") + text("time") + text("2026-03-14T01:02:03Z"),
    };
    for (const string &value : deep_values()) {
        inputs.push_back(record + "\x81\xa1k" + value);
        inputs.push_back(record + "\x81\xa3log" + value);
        inputs.push_back(string("\x92\x92\x01", 3) + "\x81\xa1k" + value + "\x81\xa3log\xa2hi");
        inputs.push_back(string("\x92\x92\x01", 3) + "\x81\xa4otlp\x81\xaa" "attributes\x81\xa1k" + value + "\x81\xa3log" + value);
        // A group: its resource and its scope are copied to each record.
        inputs.push_back(string("\x92\x92\xff\x80", 4) + "\x82\xa8resource\x81\xaa" "attributes\x81\xa1k" + value + "\xa5scope\x82\xa4name\xa1s\xaa" "attributes\x81\xa1k" +
                         value + record + "\x81\xa3log" + value + string("\x92\x92\xfe\x80\x80", 5));
        inputs.push_back(string("\x93\xa1t\x91\x92\x01\x81\xa1k", 9) + value + "\x80");
    }
    return inputs;
}

static string part(unsigned tag, const string &bytes) {
    string out(1, static_cast<char>((tag << 3) | 2));
    size_t length = bytes.size();
    for (; length > 127; length >>= 7)
        out += static_cast<char>((length & 127) | 128);
    return out + static_cast<char>(length) + bytes;
}

// Attributes that become entities, and values of every type.
static string key_value(const string &key, const string &value) { return part(1, key) + part(2, value); }

static Inputs deep_any_values() {
    Inputs values = {part(1, "text"), part(1, "\xff"), part(7, "bytes"), string("\x18\x07", 2), string("\x21\0\0\0\0\0\0\xf8\x3f", 9), "\xff",
                     string(1000, '\x0b'), string(90, '\x0b') + string(90, '\x0c')};
    for (size_t depth : {8, 62, 63, 64, 65, 66, 200, 3000}) {
        string list = part(1, "x"), map = list;
        for (size_t i = 0; i < depth; i++) {
            list = part(5, part(1, list));
            map = part(6, part(1, key_value("k", map)));
        }
        values.push_back(list);
        values.push_back(map);
    }
    return values;
}

Inputs otlp() {
    Inputs inputs = {"", "\xff", string(1000, '\x0b'), part(1, part(2, part(2, "")))};
    for (const string &value : deep_any_values()) {
        const string attribute = key_value("k", value);
        const string record = part(5, value) + part(6, attribute) + part(6, key_value("user.name", part(1, "u"))) + part(9, string(16, 'a')) +
                              part(6, key_value("log.record.uid", part(1, "7"))) + part(12, "name");
        const string resource = part(1, attribute) + part(1, key_value("host.name", part(1, "h")));
        const string scope = part(1, "scope") + part(3, attribute);
        inputs.push_back(part(1, part(1, resource) + part(2, part(1, scope) + part(2, record) + part(2, record))));
        inputs.push_back(part(1, part(2, part(2, record))));
    }
    return inputs;
}

Inputs otlp_of_lines() {
    Inputs inputs;
    for (const string &line : lines()) {
        const string file = part(6, key_value("log.file.name", part(1, "f"))), user = part(6, key_value("user.name", part(1, "u")));
        const string resource = part(1, key_value("host.name", part(1, "h")));
        inputs.push_back(part(1, part(1, resource) + part(2, part(2, part(5, part(1, line)) + file + user))));
    }
    return inputs;
}

Inputs otlp_json_of_lines() {
    Inputs inputs;
    for (const string &line : lines())
        inputs.push_back("{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"body\":{\"stringValue\":\"" + escaped(line) +
                         "\"},\"attributes\":[{\"key\":\"log.file.name\",\"value\":{\"stringValue\":\"f\"}}]}]}]}]}");
    return inputs;
}

Inputs otlp_json() {
    Inputs inputs = {"{}", "{", "nothing\n", "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"timeUnixNano\":{},\"x\":[[[1]]]}]}]}]}",
                     "{\"resource_logs\":7}", "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[7,\"\\ud800\",{\"traceId\":\"zz\"}]}]}]}"};
    Inputs values = {"{\"stringValue\":\"in json\"}", "{\"intValue\":\"7\"}", "{\"doubleValue\":\"NaN\"}", "{\"bytesValue\":\"AA==\"}", "{\"boolValue\":1}", "7"};
    for (size_t depth : depths) {
        values.push_back(nested("{\"arrayValue\":{\"values\":[", "{\"doubleValue\":1.5e300}", "]}}", depth));
        values.push_back(nested("{\"kvlistValue\":{\"values\":[{\"key\":\"k\",\"value\":", "{\"stringValue\":\"x\"}", "}]}}", depth));
        values.push_back(nested("{\"stringValue\":[", "1", "]}", depth));
        values.push_back(nested("{\"arrayValue\":{\"values\":[", "", "", depth));
        values.push_back("{\"unknown\":" + nested("[", "1", "]", depth) + "}");
    }
    for (const string &value : values) {
        const string attributes = "\"attributes\":[{\"key\":\"k\",\"value\":" + value + "}]";
        inputs.push_back("{\"resourceLogs\":[{\"resource\":{" + attributes + "},\"scopeLogs\":[{\"scope\":{\"name\":\"s\"," + attributes +
                         "},\"logRecords\":[{\"body\":" + value + "," + attributes + ",\"severityNumber\":\"SEVERITY_NUMBER_WARN2\"}]}]}]}");
        inputs.push_back("{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"body\":" + value + "," + attributes + "}]}]}]}");
    }
    return inputs;
}

} // namespace stack
