#include "request.h"

#include <limits>

#include "arguments.h"

namespace seerflow_node {

namespace {

using SetText = seerflow_status (*)(seerflow_query *, const char *, seerflow_error **);

constexpr struct {
    const char *key;
    SetText set;
} kTexts[] = {
    {"sourceType", seerflow_query_set_source_type},
    {"sourceId", seerflow_query_set_source_id},
    {"entity", seerflow_query_set_entity_id},
    {"text", seerflow_query_set_text},
    {"type", seerflow_query_set_alert_type},
    {"tactic", seerflow_query_set_tactic},
    {"technique", seerflow_query_set_technique},
    {"alertId", seerflow_query_set_alert_id},
    {"prefix", seerflow_query_set_key_prefix},
    {"cursor", seerflow_query_set_cursor},
};

// Sets the settings that `spec` contains.
std::shared_ptr<seerflow_query> query_of(const Napi::Object &spec) {
    seerflow_query *made = nullptr;
    call(seerflow_query_new, &made);
    std::shared_ptr<seerflow_query> query(made, seerflow_query_destroy);
    for (const auto &[key, set] : kTexts) {
        if (auto text = optional_text(get(spec, key))) call(set, made, text->c_str());
    }
    auto set_number = [&](const char *key, auto set) {
        Napi::Value value = get(spec, key);
        if (!value.IsUndefined()) set(value);
    };
    const Napi::Value from = get(spec, "from"), to = get(spec, "to");
    if (!from.IsUndefined() || !to.IsUndefined()) {
        call(seerflow_query_set_window, made, integer_or(from, std::numeric_limits<std::int64_t>::min()),
             integer_or(to, std::numeric_limits<std::int64_t>::max()));
    }
    set_number("minSeverity", [&](const Napi::Value &n) { call(seerflow_query_set_min_severity, made, integer_of(n)); });
    set_number("templateId", [&](const Napi::Value &n) { call(seerflow_query_set_template_id, made, integer_of(n)); });
    set_number("depth", [&](const Napi::Value &n) { call(seerflow_query_set_depth, made, small_of(n)); });
    set_number("minCount", [&](const Napi::Value &n) { call(seerflow_query_set_min_count, made, small_of(n)); });
    set_number("maxAlerts", [&](const Napi::Value &n) { call(seerflow_query_set_max_alerts, made, small_of(n)); });
    set_number("limit", [&](const Napi::Value &n) { call(seerflow_query_set_limit, made, small_of(n)); });
    set_number("page", [&](const Napi::Value &n) { call(seerflow_query_set_page, made, small_of(n)); });
    set_number("order", [&](const Napi::Value &n) { call(seerflow_query_set_order, made, static_cast<seerflow_order>(small_of(n))); });
    set_number("total", [&](const Napi::Value &n) {
        const auto cap = static_cast<std::uint64_t>(integer_or(get(spec, "totalCap"), 0));
        call(seerflow_query_set_total, made, static_cast<seerflow_total>(small_of(n)), cap);
    });
    if (const Napi::Value relations = get(spec, "relations"); !relations.IsUndefined()) {
        const auto list = relations.As<Napi::Array>();
        for (std::uint32_t i = 0; i < list.Length(); i++) call(seerflow_query_add_relation, made, text_of(item(list, i)).c_str());
    }
    return query;
}

}  // namespace

Request::Request(const Napi::Object &spec) : query(query_of(spec)) {
    if (has(spec, "id")) id = text_of(get(spec, "id"));
    if (has(spec, "target")) target = text_of(get(spec, "target"));
    if (has(spec, "data")) data = bytes_of(get(spec, "data"));
    note = optional_text(get(spec, "note"));
    origin = optional_text(get(spec, "origin"));
    member = static_cast<std::uint32_t>(integer_or(get(spec, "member"), 0));
    number = integer_or(get(spec, "number"), 0);
    if (const Napi::Value most = get(spec, "limit"); !most.IsUndefined()) limit = small_of(most);
    time = integer_or(get(spec, "time"), SEERFLOW_TIME_ABSENT);
    flag = seerflow_node::flag(get(spec, "flag"));
}

}  // namespace seerflow_node
