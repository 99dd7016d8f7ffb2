// Alerts, and what people made of them. Include seerflow.hpp.
#ifndef SEERFLOW_ALERTS_HPP
#define SEERFLOW_ALERTS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "counts.hpp"
#include "list.hpp"

namespace seerflow {

/// How long alerts with the same key are one alert in Seerflow.
inline constexpr std::chrono::nanoseconds dedup_window{SEERFLOW_DEDUP_WINDOW_NS};

/// An alert to be written: type, rule, severity and entity are enough. The fields are seerflow_alert's, and so are their defaults.
struct Alert {
    std::string alert_id{};
    std::string alert_type{};
    std::int64_t timestamp_ns = SEERFLOW_TIME_ABSENT;
    std::int64_t severity_id = 1;
    std::string rule_name{};
    std::string description{};
    std::string entity_uuid{};
    std::string entity_value{};
    std::string entity_type{};
    std::vector<std::string> contributing_events{};
    std::vector<std::string> mitre_tactics{};
    std::vector<std::string> mitre_techniques{};
    double risk_score = 0;
    std::string dedup_key{};
    std::int64_t dedup_count = 1;
    std::string feedback{};
    std::string feedback_note{};
};

/// An alert of a page.
struct AlertView {
    std::string_view alert_id;
    std::string_view alert_type;
    std::int64_t timestamp_ns;
    std::int64_t severity_id;
    std::string_view rule_name;
    std::string_view description;
    std::string_view entity_uuid;
    std::string_view entity_value;
    std::string_view entity_type;
    std::vector<std::string_view> contributing_events;
    std::vector<std::string_view> mitre_tactics;
    std::vector<std::string_view> mitre_techniques;
    double risk_score;
    std::string_view dedup_key;
    std::int64_t dedup_count;
    std::string_view feedback;
    std::string_view feedback_note;
};

/// What became of an alert that was written.
struct AlertResult {
    std::string_view alert_id;
    bool is_new;
    std::int64_t dedup_count;
};

/// A verdict on an alert, of the audit trail.
struct FeedbackView {
    std::int64_t id;
    std::string_view alert_id;
    std::string_view feedback;
    std::string_view note;
    std::string_view origin;
    std::int64_t submitted_at_ns;
};

/// A verdict to be given: "tp" or "fp".
struct Feedback {
    std::string alert_id{};
    std::string feedback{};
    std::string note{};
    std::string origin = "api";
    std::int64_t submitted_at_ns = SEERFLOW_TIME_ABSENT;
};

/// True positives that share type, rule and kind of entity.
struct AlertPattern {
    std::string_view alert_type;
    std::string_view rule_name;
    std::string_view entity_type;
    std::uint64_t count;
    std::int64_t last_verdict_ns;
    std::vector<std::string_view> alert_ids;
};

/// Which patterns: by the times of verdicts, their number, and how many ids to tell of each.
struct PatternQuery {
    std::int64_t from_ns = INT64_MIN;
    std::int64_t to_ns = INT64_MAX;
    std::uint64_t min_count = 1;
    std::uint32_t limit = 100;
    std::uint32_t max_alerts = 100;
};

namespace detail {

struct AlertsOf {
    using Handle = seerflow_alert_page;
    using Struct = seerflow_alert;
    using View = AlertView;
    static constexpr auto count = seerflow_alert_page_count;
    static constexpr auto at = seerflow_alert_page_at;
    static constexpr auto ndjson = seerflow_alert_page_ndjson;
    static constexpr auto destroy = seerflow_alert_page_destroy;
    static View view(const Struct &alert) {
        return View{detail::view(alert.alert_id),
                    detail::view(alert.alert_type),
                    alert.timestamp_ns,
                    alert.severity_id,
                    detail::view(alert.rule_name),
                    detail::view(alert.description),
                    detail::view(alert.entity_uuid),
                    detail::view(alert.entity_value),
                    detail::view(alert.entity_type),
                    views(alert.contributing_events),
                    views(alert.mitre_tactics),
                    views(alert.mitre_techniques),
                    alert.risk_score,
                    detail::view(alert.dedup_key),
                    alert.dedup_count,
                    detail::view(alert.feedback),
                    detail::view(alert.feedback_note)};
    }
};

struct AlertResultsOf {
    using Handle = seerflow_alert_result_list;
    using Struct = seerflow_alert_result;
    using View = AlertResult;
    static constexpr auto count = seerflow_alert_result_list_count;
    static constexpr auto at = seerflow_alert_result_list_at;
    static constexpr auto ndjson = seerflow_alert_result_list_ndjson;
    static constexpr auto destroy = seerflow_alert_result_list_destroy;
    static View view(const Struct &result) {
        return View{detail::view(result.alert_id), result.is_new != 0, result.dedup_count};
    }
};

struct FeedbackOf {
    using Handle = seerflow_feedback_list;
    using Struct = seerflow_feedback;
    using View = FeedbackView;
    static constexpr auto count = seerflow_feedback_list_count;
    static constexpr auto at = seerflow_feedback_list_at;
    static constexpr auto ndjson = seerflow_feedback_list_ndjson;
    static constexpr auto destroy = seerflow_feedback_list_destroy;
    static View view(const Struct &feedback) {
        return View{feedback.id,
                    detail::view(feedback.alert_id),
                    detail::view(feedback.feedback),
                    detail::view(feedback.note),
                    detail::view(feedback.origin),
                    feedback.submitted_at_ns};
    }
};

struct AlertPatternsOf {
    using Handle = seerflow_alert_pattern_list;
    using Struct = seerflow_alert_pattern;
    using View = AlertPattern;
    static constexpr auto count = seerflow_alert_pattern_list_count;
    static constexpr auto at = seerflow_alert_pattern_list_at;
    static constexpr auto ndjson = seerflow_alert_pattern_list_ndjson;
    static constexpr auto destroy = seerflow_alert_pattern_list_destroy;
    static View view(const Struct &pattern) {
        return View{detail::view(pattern.alert_type),
                    detail::view(pattern.rule_name),
                    detail::view(pattern.entity_type),
                    pattern.count,
                    pattern.last_verdict_ns,
                    views(pattern.alert_ids)};
    }
};

// Alerts as the structs of seerflow.h, which point into them.
class AlertInputs {
public:
    explicit AlertInputs(const std::vector<Alert> &alerts) {
        inputs_.reserve(alerts.size());
        for (const Alert &alert : alerts) add(alert);
    }
    const seerflow_alert *data() const { return inputs_.data(); }

private:
    seerflow_list list(const std::vector<std::string> &given) {
        auto &texts = texts_.emplace_back();
        texts.reserve(given.size());
        for (const std::string &text : given) texts.push_back(lend(text));
        return seerflow_list{texts.data(), texts.size()};
    }

    void add(const Alert &alert) {
        seerflow_alert &in = inputs_.emplace_back();
        call(seerflow_alert_init, &in, sizeof in);
        in.alert_id = lend(alert.alert_id);
        in.alert_type = lend(alert.alert_type);
        in.timestamp_ns = alert.timestamp_ns;
        in.severity_id = alert.severity_id;
        in.rule_name = lend(alert.rule_name);
        in.description = lend(alert.description);
        in.entity_uuid = lend(alert.entity_uuid);
        in.entity_value = lend(alert.entity_value);
        in.entity_type = lend(alert.entity_type);
        in.contributing_events = list(alert.contributing_events);
        in.mitre_tactics = list(alert.mitre_tactics);
        in.mitre_techniques = list(alert.mitre_techniques);
        in.risk_score = alert.risk_score;
        in.dedup_key = lend(alert.dedup_key);
        in.dedup_count = alert.dedup_count;
        in.feedback = lend(alert.feedback);
        in.feedback_note = lend(alert.feedback_note);
    }

    std::vector<seerflow_alert> inputs_;
    std::vector<std::vector<seerflow_str>> texts_;
};

}  // namespace detail

using AlertResults = Records<detail::AlertResultsOf>;
using FeedbackEvents = Records<detail::FeedbackOf>;
using AlertPatterns = Records<detail::AlertPatternsOf>;

/// The answer to a query for alerts: a range of them, newest first.
class AlertPage : public Records<detail::AlertsOf> {
public:
    using Records::Records;

    /// How many alerts match in all, if the query asked for it.
    std::optional<std::uint64_t> total() const noexcept {
        std::uint64_t total = 0;
        return seerflow_alert_page_total(handle(), &total) ? std::optional<std::uint64_t>(total) : std::nullopt;
    }

    /// Where the next page begins; none if this was the last.
    std::optional<std::string> next_cursor() const { return detail::optional(seerflow_alert_page_next_cursor(handle())); }
};

/// Which alerts, how many at once: `AlertQuery().type("sigma").min_severity(4).limit(50)`.
class AlertQuery {
public:
    AlertQuery() {
        seerflow_alert_query *made = nullptr;
        detail::call(seerflow_alert_query_new, &made);
        handle_.reset(made);
    }

    AlertQuery &time_range(std::int64_t from_ns, std::int64_t to_ns) {
        return set(seerflow_alert_query_set_time_range, from_ns, to_ns);
    }
    AlertQuery &type(const std::string &text) { return set(seerflow_alert_query_set_type, text.c_str()); }
    AlertQuery &min_severity(std::int64_t severity) { return set(seerflow_alert_query_set_min_severity, severity); }
    AlertQuery &entity(const std::string &id) { return set(seerflow_alert_query_set_entity, id.c_str()); }
    AlertQuery &tactic(const std::string &text) { return set(seerflow_alert_query_set_tactic, text.c_str()); }
    AlertQuery &technique(const std::string &text) { return set(seerflow_alert_query_set_technique, text.c_str()); }
    AlertQuery &limit(std::uint32_t alerts) { return set(seerflow_alert_query_set_limit, alerts); }
    AlertQuery &page(std::uint32_t number) { return set(seerflow_alert_query_set_page, number); }
    AlertQuery &cursor(const std::string &token) { return set(seerflow_alert_query_set_cursor, token.c_str()); }
    AlertQuery &total(bool wanted = true) { return set(seerflow_alert_query_set_total, std::int32_t{wanted}); }
    AlertQuery &timeout(Timeout timeout) { return set(seerflow_alert_query_set_timeout, detail::milliseconds(timeout)); }
    AlertQuery &interrupt(const Interrupt *flag) { return set(seerflow_alert_query_set_interrupt, detail::handle_of(flag)); }

    const seerflow_alert_query *handle() const noexcept { return handle_.get(); }

private:
    template <typename Function, typename... Arguments>
    AlertQuery &set(Function function, Arguments... arguments) {
        detail::call(function, handle_.get(), arguments...);
        return *this;
    }

    detail::Handle<seerflow_alert_query, seerflow_alert_query_destroy> handle_;
};

/// The alerts of a store, which must outlive this.
class Alerts {
public:
    explicit Alerts(const seerflow_store *store) noexcept : store_(store) {}

    /// Writes all of them or none; tells for each whether it is new.
    AlertResults write(const std::vector<Alert> &alerts, std::chrono::nanoseconds window = dedup_window,
                       Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        detail::AlertInputs inputs(alerts);
        return detail::answer<AlertResults>(seerflow_store_write_alerts, store_, inputs.data(), sizeof(seerflow_alert), alerts.size(),
                                            std::int64_t{window.count()}, detail::milliseconds(timeout), detail::handle_of(interrupt));
    }

    /// The same for alerts as JSON, one a line.
    AlertResults write_ndjson(std::string_view lines, std::chrono::nanoseconds window = dedup_window,
                              Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        const void *data = lines.data();
        return detail::answer<AlertResults>(seerflow_store_write_alerts_ndjson, store_, data, lines.size(),
                                            std::int64_t{window.count()}, detail::milliseconds(timeout), detail::handle_of(interrupt));
    }

    AlertPage query(const AlertQuery &query) const {
        return detail::answer<AlertPage>(seerflow_store_query_alerts, store_, query.handle());
    }

    /// A page of the one alert with this id. Throws SEERFLOW_STATUS_NOT_FOUND.
    AlertPage get(const std::string &alert_id, Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        return detail::answer<AlertPage>(seerflow_store_alert, store_, alert_id.c_str(), detail::milliseconds(timeout),
                                         detail::handle_of(interrupt));
    }

    /// Puts a verdict on an alert and into the audit trail. Throws SEERFLOW_STATUS_NOT_FOUND.
    void update_feedback(const Feedback &feedback, Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        give(seerflow_store_update_feedback, feedback, timeout, interrupt);
    }

    /// Adds a verdict to the audit trail only.
    void append_feedback(const Feedback &feedback, Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        give(seerflow_store_append_feedback, feedback, timeout, interrupt);
    }

    /// The audit trail of one alert, or of all, newest first; pages count from 1.
    FeedbackEvents feedback(const std::optional<std::string> &alert_id = {}, std::uint32_t page = 1, std::uint32_t limit = 100,
                            Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        const char *id = alert_id ? alert_id->c_str() : nullptr;
        return detail::answer<FeedbackEvents>(seerflow_store_feedback, store_, id, page, limit, detail::milliseconds(timeout),
                                              detail::handle_of(interrupt));
    }

    seerflow_feedback_stats feedback_stats(Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        auto stats = detail::prepare<seerflow_feedback_stats>();
        detail::call(seerflow_store_feedback_stats, store_, detail::milliseconds(timeout), detail::handle_of(interrupt), &stats);
        return stats;
    }

    AlertPatterns patterns(const PatternQuery &query = {}, Timeout timeout = default_timeout,
                           const Interrupt *interrupt = nullptr) const {
        return detail::answer<AlertPatterns>(seerflow_store_alert_patterns, store_, query.from_ns, query.to_ns, query.min_count,
                                             query.limit, query.max_alerts, detail::milliseconds(timeout),
                                             detail::handle_of(interrupt));
    }

    /// Alerts per bucket of time; the end is excluded.
    Histogram histogram(std::int64_t from_ns, std::int64_t to_ns, std::chrono::nanoseconds bucket,
                        Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        return detail::answer<Histogram>(seerflow_store_alert_histogram, store_, from_ns, to_ns, std::int64_t{bucket.count()},
                                         detail::milliseconds(timeout), detail::handle_of(interrupt));
    }

    /// Alerts per rule, most first; the end is excluded.
    Counts by_rule(std::int64_t from_ns, std::int64_t to_ns, Timeout timeout = default_timeout,
                   const Interrupt *interrupt = nullptr) const {
        return detail::answer<Counts>(seerflow_store_alerts_by_rule, store_, from_ns, to_ns, detail::milliseconds(timeout),
                                      detail::handle_of(interrupt));
    }

    /// Alerts per severity's name; the end is excluded.
    Counts by_severity(std::int64_t from_ns, std::int64_t to_ns, Timeout timeout = default_timeout,
                       const Interrupt *interrupt = nullptr) const {
        return detail::answer<Counts>(seerflow_store_alerts_by_severity, store_, from_ns, to_ns, detail::milliseconds(timeout),
                                      detail::handle_of(interrupt));
    }

private:
    template <typename Function>
    void give(Function function, const Feedback &feedback, Timeout timeout, const Interrupt *interrupt) const {
        seerflow_feedback given;
        detail::call(seerflow_feedback_init, &given, sizeof given);
        given.alert_id = detail::lend(feedback.alert_id);
        given.feedback = detail::lend(feedback.feedback);
        given.note = detail::lend(feedback.note);
        given.origin = detail::lend(feedback.origin);
        given.submitted_at_ns = feedback.submitted_at_ns;
        const seerflow_feedback *verdict = &given;
        detail::call(function, store_, verdict, detail::milliseconds(timeout), detail::handle_of(interrupt));
    }

    const seerflow_store *store_;
};

}  // namespace seerflow

#endif  // SEERFLOW_ALERTS_HPP
