// Events to be written, and events in a list. Include seerflow.hpp.
#ifndef SEERFLOW_EVENT_HPP
#define SEERFLOW_EVENT_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "list.hpp"

namespace seerflow {

/// One msgpack value.
struct Msgpack {
    std::string bytes;
};

/// The value of an attribute. Convert a string literal to std::string: older compilers convert it to bool.
using Value = std::variant<std::string, std::int64_t, double, bool, std::nullptr_t, Msgpack>;
using Texts = std::vector<std::string>;

static_assert(std::variant_size_v<Value> == SEERFLOW_VALUE_MSGPACK + 1, "the alternatives must be in the order of seerflow_value");

/// An event to be written. Members and defaults are those of seerflow_event_input.
struct Event {
    std::string event_id{};
    std::int64_t timestamp_ns = SEERFLOW_TIME_ABSENT;
    std::int64_t observed_ns = SEERFLOW_TIME_ABSENT;
    std::optional<std::string> trace_id{};
    std::optional<std::string> span_id{};
    std::int64_t severity_id = 1;
    std::int64_t otel_severity = 9;
    std::string event_kind = "event";
    std::string event_category{};
    std::string event_type{};
    std::string event_outcome{};
    std::string event_action{};
    std::int64_t category_uid = 0;
    std::int64_t class_uid = 0;
    std::int64_t type_uid = 0;
    std::int64_t activity_id = 0;
    std::string message{};
    Msgpack body{};
    std::string source_type{};
    std::string source_id{};
    std::string log_source_category{};
    std::string log_source_product{};
    std::string log_source_service{};
    std::int64_t template_id = -1;
    std::string template_str{};
    Texts template_params{};
    Texts entity_refs{};
    Texts related_ips{};
    Texts related_users{};
    Texts related_hosts{};
    Texts related_files{};
    Texts related_domains{};
    Texts related_processes{};
    Texts related_hashes{};
    Texts mitre_tactics{};
    Texts mitre_techniques{};
    double risk_score = 0;
    double anomaly_score = 0;
    double confidence = 1;
    std::vector<std::pair<std::string, Value>> attributes{};
    Texts tags{};
    std::string raw_event{};
    std::vector<std::pair<std::string, std::string>> resource_attrs{};
    /// Identifies this record among all records of the store. The event id is made from it.
    std::string record_key{};
};

namespace detail {

// Converts events to the structs of seerflow.h, which point into the events.
class Inputs {
public:
    Inputs(const Event *events, std::size_t count) {
        inputs_.reserve(count);
        for (std::size_t i = 0; i < count; i++) add(events[i]);
    }
    const seerflow_event_input *data() const { return inputs_.data(); }

private:
    seerflow_strs list(const Texts &given) {
        const auto &texts = texts_.emplace_back(lend_all(given));
        return seerflow_strs{texts.data(), texts.size()};
    }

    static seerflow_attribute attribute(const std::pair<std::string, Value> &given) {
        seerflow_attribute made{};
        made.key = lend(given.first);
        made.type = static_cast<seerflow_value>(given.second.index());
        if (auto text = std::get_if<std::string>(&given.second)) made.s = lend(*text);
        if (auto number = std::get_if<std::int64_t>(&given.second)) made.i = *number;
        if (auto number = std::get_if<double>(&given.second)) made.d = *number;
        if (auto yes = std::get_if<bool>(&given.second)) made.i = *yes;
        if (auto value = std::get_if<Msgpack>(&given.second)) made.s = lend(value->bytes);
        return made;
    }

    void add(const Event &event) {
        seerflow_event_input &in = inputs_.emplace_back(seerflow_event_input SEERFLOW_EVENT_INPUT_INIT);
        in.event_id = lend(event.event_id);
        in.timestamp_ns = event.timestamp_ns;
        in.observed_ns = event.observed_ns;
        in.trace_id = lend_optional(event.trace_id);
        in.span_id = lend_optional(event.span_id);
        in.severity_id = event.severity_id;
        in.otel_severity = event.otel_severity;
        in.event_kind = lend(event.event_kind);
        in.event_category = lend(event.event_category);
        in.event_type = lend(event.event_type);
        in.event_outcome = lend(event.event_outcome);
        in.event_action = lend(event.event_action);
        in.category_uid = event.category_uid;
        in.class_uid = event.class_uid;
        in.type_uid = event.type_uid;
        in.activity_id = event.activity_id;
        in.message = lend(event.message);
        in.body = lend(event.body.bytes);
        in.source_type = lend(event.source_type);
        in.source_id = lend(event.source_id);
        in.log_source_category = lend(event.log_source_category);
        in.log_source_product = lend(event.log_source_product);
        in.log_source_service = lend(event.log_source_service);
        in.template_id = event.template_id;
        in.template_str = lend(event.template_str);
        in.template_params = list(event.template_params);
        in.entity_refs = list(event.entity_refs);
        in.related_ips = list(event.related_ips);
        in.related_users = list(event.related_users);
        in.related_hosts = list(event.related_hosts);
        in.related_files = list(event.related_files);
        in.related_domains = list(event.related_domains);
        in.related_processes = list(event.related_processes);
        in.related_hashes = list(event.related_hashes);
        in.mitre_tactics = list(event.mitre_tactics);
        in.mitre_techniques = list(event.mitre_techniques);
        in.risk_score = event.risk_score;
        in.anomaly_score = event.anomaly_score;
        in.confidence = event.confidence;
        auto &attributes = attributes_.emplace_back();
        for (const auto &pair : event.attributes) attributes.push_back(attribute(pair));
        in.attributes = seerflow_attributes{attributes.data(), attributes.size()};
        in.tags = list(event.tags);
        in.raw_event = lend(event.raw_event);
        auto &pairs = pairs_.emplace_back();
        for (const auto &[key, text] : event.resource_attrs) pairs.push_back(seerflow_pair{lend(key), lend(text)});
        in.resource_attrs = seerflow_pairs{pairs.data(), pairs.size()};
        in.record_key = lend(event.record_key);
    }

    std::vector<seerflow_event_input> inputs_;
    std::vector<std::vector<seerflow_str>> texts_;
    std::vector<std::vector<seerflow_attribute>> attributes_;
    std::vector<std::vector<seerflow_pair>> pairs_;
};

}  // namespace detail

/// An event in a list. It must not outlive the list.
class EventView {
public:
    /// A key and a value that point into the list. A value of type SEERFLOW_VALUE_MSGPACK has its bytes in `text`.
    struct Pair {
        std::string_view key;
        seerflow_value type;
        std::int64_t integer;
        double real;
        std::string_view text;
    };

    explicit EventView(const seerflow_event *event) noexcept : event_(event) {}

    std::int64_t integer(seerflow_field field) const {
        std::int64_t value = 0;
        detail::call(seerflow_event_get_int, event_, field, &value);
        return value;
    }

    double real(seerflow_field field) const {
        double value = 0;
        detail::call(seerflow_event_get_float, event_, field, &value);
        return value;
    }

    std::string_view text(seerflow_field field) const { return detail::view(raw_text(field)); }

    std::optional<std::string_view> optional_text(seerflow_field field) const {
        seerflow_str value = raw_text(field);
        return value.data ? std::optional<std::string_view>(detail::view(value)) : std::nullopt;
    }

    std::vector<std::string_view> list(seerflow_field field) const {
        std::size_t count = 0;
        detail::call(seerflow_event_get_list_count, event_, field, &count);
        std::vector<std::string_view> all;
        for (std::size_t i = 0; i < count; i++) {
            seerflow_str value{nullptr, 0};
            detail::call(seerflow_event_get_list_at, event_, field, i, &value);
            all.push_back(detail::view(value));
        }
        return all;
    }

    std::vector<Pair> map(seerflow_field field) const {
        std::size_t count = 0;
        detail::call(seerflow_event_get_map_count, event_, field, &count);
        std::vector<Pair> all;
        for (std::size_t i = 0; i < count; i++) {
            seerflow_attribute pair{};
            detail::call(seerflow_event_get_map_at, event_, field, i, &pair);
            all.push_back(Pair{detail::view(pair.key), pair.type, pair.i, pair.d, detail::view(pair.s)});
        }
        return all;
    }

    /// Returns a field of any type as one msgpack value; empty if the field is not stored.
    std::string_view msgpack(seerflow_field field) const {
        const std::uint8_t *data = nullptr;
        std::size_t length = 0;
        detail::call(seerflow_event_get_msgpack, event_, field, &data, &length);
        return detail::bytes(data, length);
    }

    /// Returns the whole event as msgpack.
    std::string_view msgpack() const {
        const std::uint8_t *data = nullptr;
        std::size_t length = 0;
        detail::call(seerflow_event_msgpack, event_, &data, &length);
        return detail::bytes(data, length);
    }

    /// Returns the whole event as JSON on one line.
    std::string_view json() const {
        const char *text = nullptr;
        std::size_t length = 0;
        detail::call(seerflow_event_json, event_, &text, &length);
        return std::string_view(text, length);
    }

    std::string event_id() const {
        char id[SEERFLOW_ID_SIZE];
        detail::call(seerflow_event_get_id, event_, static_cast<char *>(id));
        return id;
    }

    std::int64_t timestamp_ns() const { return integer(SEERFLOW_FIELD_TIMESTAMP_NS); }
    std::int64_t observed_ns() const { return integer(SEERFLOW_FIELD_OBSERVED_NS); }
    std::optional<std::string_view> trace_id() const { return optional_text(SEERFLOW_FIELD_TRACE_ID); }
    std::optional<std::string_view> span_id() const { return optional_text(SEERFLOW_FIELD_SPAN_ID); }
    std::int64_t severity_id() const { return integer(SEERFLOW_FIELD_SEVERITY_ID); }
    std::int64_t otel_severity() const { return integer(SEERFLOW_FIELD_OTEL_SEVERITY); }
    std::string_view event_kind() const { return text(SEERFLOW_FIELD_EVENT_KIND); }
    std::string_view event_category() const { return text(SEERFLOW_FIELD_EVENT_CATEGORY); }
    std::string_view event_type() const { return text(SEERFLOW_FIELD_EVENT_TYPE); }
    std::string_view event_outcome() const { return text(SEERFLOW_FIELD_EVENT_OUTCOME); }
    std::string_view event_action() const { return text(SEERFLOW_FIELD_EVENT_ACTION); }
    std::int64_t category_uid() const { return integer(SEERFLOW_FIELD_CATEGORY_UID); }
    std::int64_t class_uid() const { return integer(SEERFLOW_FIELD_CLASS_UID); }
    std::int64_t type_uid() const { return integer(SEERFLOW_FIELD_TYPE_UID); }
    std::int64_t activity_id() const { return integer(SEERFLOW_FIELD_ACTIVITY_ID); }
    std::string_view message() const { return text(SEERFLOW_FIELD_MESSAGE); }
    std::string_view body() const { return msgpack(SEERFLOW_FIELD_BODY); }
    std::string_view source_type() const { return text(SEERFLOW_FIELD_SOURCE_TYPE); }
    std::string_view source_id() const { return text(SEERFLOW_FIELD_SOURCE_ID); }
    std::string_view log_source_category() const { return text(SEERFLOW_FIELD_LOG_SOURCE_CATEGORY); }
    std::string_view log_source_product() const { return text(SEERFLOW_FIELD_LOG_SOURCE_PRODUCT); }
    std::string_view log_source_service() const { return text(SEERFLOW_FIELD_LOG_SOURCE_SERVICE); }
    std::int64_t template_id() const { return integer(SEERFLOW_FIELD_TEMPLATE_ID); }
    std::string_view template_str() const { return text(SEERFLOW_FIELD_TEMPLATE_STR); }
    std::vector<std::string_view> template_params() const { return list(SEERFLOW_FIELD_TEMPLATE_PARAMS); }
    std::vector<std::string_view> entity_refs() const { return list(SEERFLOW_FIELD_ENTITY_REFS); }
    std::vector<std::string_view> related_ips() const { return list(SEERFLOW_FIELD_RELATED_IPS); }
    std::vector<std::string_view> related_users() const { return list(SEERFLOW_FIELD_RELATED_USERS); }
    std::vector<std::string_view> related_hosts() const { return list(SEERFLOW_FIELD_RELATED_HOSTS); }
    std::vector<std::string_view> related_files() const { return list(SEERFLOW_FIELD_RELATED_FILES); }
    std::vector<std::string_view> related_domains() const { return list(SEERFLOW_FIELD_RELATED_DOMAINS); }
    std::vector<std::string_view> related_processes() const { return list(SEERFLOW_FIELD_RELATED_PROCESSES); }
    std::vector<std::string_view> related_hashes() const { return list(SEERFLOW_FIELD_RELATED_HASHES); }
    std::vector<std::string_view> mitre_tactics() const { return list(SEERFLOW_FIELD_MITRE_TACTICS); }
    std::vector<std::string_view> mitre_techniques() const { return list(SEERFLOW_FIELD_MITRE_TECHNIQUES); }
    double risk_score() const { return real(SEERFLOW_FIELD_RISK_SCORE); }
    double anomaly_score() const { return real(SEERFLOW_FIELD_ANOMALY_SCORE); }
    double confidence() const { return real(SEERFLOW_FIELD_CONFIDENCE); }
    std::vector<Pair> attributes() const { return map(SEERFLOW_FIELD_ATTRIBUTES); }
    std::vector<std::string_view> tags() const { return list(SEERFLOW_FIELD_TAGS); }
    std::string_view raw_event() const { return text(SEERFLOW_FIELD_RAW_EVENT); }
    std::vector<Pair> resource_attrs() const { return map(SEERFLOW_FIELD_RESOURCE_ATTRS); }

    const seerflow_event *handle() const noexcept { return event_; }

private:
    seerflow_str raw_text(seerflow_field field) const {
        seerflow_str value{nullptr, 0};
        detail::call(seerflow_event_get_text, event_, field, &value);
        return value;
    }

    const seerflow_event *event_;
};

template <>
struct detail::Reads<EventView> {
    static EventView read(const seerflow_list *list, std::size_t index) noexcept {
        return EventView(seerflow_list_event_at(list, index));
    }
};

}  // namespace seerflow

#endif  // SEERFLOW_EVENT_HPP
