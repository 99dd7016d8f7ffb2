// Entities, counts, histograms, templates and dead letters. Include seerflow.hpp.
#ifndef SEERFLOW_RECORDS_HPP
#define SEERFLOW_RECORDS_HPP

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "list.hpp"

namespace seerflow {

/// Options for writing alerts and edges. Members and defaults are those of seerflow_record_options.
struct RecordOptions {
    bool durable = true;
    std::chrono::nanoseconds dedup_window{SEERFLOW_DEDUP_WINDOW_NS};
};

/// An entity with its type and value. Both may be empty in the entities of an event.
struct Entity {
    std::string_view entity, entity_type, value;
    explicit Entity(const seerflow_entity &of)
        : entity(detail::view(of.entity)), entity_type(detail::view(of.entity_type)), value(detail::view(of.value)) {}
};

/// A value, and the number of records with it.
struct Count {
    std::string_view value;
    std::uint64_t count;
    explicit Count(const seerflow_count &of) : value(detail::view(of.value)), count(of.count) {}
};

/// A bucket of a histogram. `value` is empty if the histogram is not split.
struct Bucket {
    std::int64_t start_ns;
    std::uint64_t count;
    std::string_view value;
    explicit Bucket(const seerflow_bucket &of) : start_ns(of.start_ns), count(of.count), value(detail::view(of.value)) {}
};

/// A template to be written. Members and defaults are those of seerflow_template.
struct Template {
    std::int64_t template_id = 0;
    std::string template_str{};
    std::int64_t first_seen_ns = SEERFLOW_TIME_ABSENT;
    std::int64_t last_seen_ns = SEERFLOW_TIME_ABSENT;
    std::int64_t event_count = 1;
    std::optional<std::string> example_message{};
};

/// A template in a list.
struct TemplateView {
    std::int64_t template_id;
    std::string_view template_str;
    std::int64_t first_seen_ns, last_seen_ns, event_count;
    std::optional<std::string_view> example_message;
    explicit TemplateView(const seerflow_template &of)
        : template_id(of.template_id), template_str(detail::view(of.template_str)), first_seen_ns(of.first_seen_ns),
          last_seen_ns(of.last_seen_ns), event_count(of.event_count) {
        if (of.example_message.data) example_message = detail::view(of.example_message);
    }
};

/// A record that could not be stored as an event.
struct DeadLetter {
    std::int64_t id, received_ns;
    std::string_view format, reason, payload;
    explicit DeadLetter(const seerflow_dead_letter &of)
        : id(of.id), received_ns(of.received_ns), format(detail::view(of.format)), reason(detail::view(of.reason)),
          payload(detail::view(of.payload)) {}
};

namespace detail {

template <>
struct Reads<Entity> : ReadsStruct<Entity, seerflow_entity, seerflow_list_entity_at> {};
template <>
struct Reads<Count> : ReadsStruct<Count, seerflow_count, seerflow_list_count_at> {};
template <>
struct Reads<Bucket> : ReadsStruct<Bucket, seerflow_bucket, seerflow_list_bucket_at> {};
template <>
struct Reads<TemplateView> : ReadsStruct<TemplateView, seerflow_template, seerflow_list_template_at> {};
template <>
struct Reads<DeadLetter> : ReadsStruct<DeadLetter, seerflow_dead_letter, seerflow_list_dead_letter_at> {};

inline seerflow_record_options lend(const RecordOptions &options) {
    seerflow_record_options lent = SEERFLOW_RECORD_OPTIONS_INIT;
    lent.durable = options.durable;
    lent.dedup_window_ns = std::int64_t{options.dedup_window.count()};
    return lent;
}

}  // namespace detail
}  // namespace seerflow

#endif  // SEERFLOW_RECORDS_HPP
