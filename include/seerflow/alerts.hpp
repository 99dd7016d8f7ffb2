// Alerts, and the verdicts on them. Include seerflow.hpp.
#ifndef SEERFLOW_ALERTS_HPP
#define SEERFLOW_ALERTS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "list.hpp"
#include "query.hpp"
#include "records.hpp"

namespace seerflow {

/// An alert to be written. Set at least the type, rule, severity and entity. Members and defaults are those of
/// seerflow_alert.
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

/// An alert in a list.
struct AlertView {
    std::string_view alert_id, alert_type;
    std::int64_t timestamp_ns, severity_id;
    std::string_view rule_name, description, entity_uuid, entity_value, entity_type;
    std::vector<std::string_view> contributing_events, mitre_tactics, mitre_techniques;
    double risk_score;
    std::string_view dedup_key;
    std::int64_t dedup_count;
    std::string_view feedback, feedback_note;
    explicit AlertView(const seerflow_alert &of)
        : alert_id(detail::view(of.alert_id)), alert_type(detail::view(of.alert_type)), timestamp_ns(of.timestamp_ns),
          severity_id(of.severity_id), rule_name(detail::view(of.rule_name)), description(detail::view(of.description)),
          entity_uuid(detail::view(of.entity_uuid)), entity_value(detail::view(of.entity_value)),
          entity_type(detail::view(of.entity_type)), contributing_events(detail::views(of.contributing_events)),
          mitre_tactics(detail::views(of.mitre_tactics)), mitre_techniques(detail::views(of.mitre_techniques)),
          risk_score(of.risk_score), dedup_key(detail::view(of.dedup_key)), dedup_count(of.dedup_count),
          feedback(detail::view(of.feedback)), feedback_note(detail::view(of.feedback_note)) {}
};

/// The outcome of one alert that was written.
struct AlertResult {
    std::string_view alert_id;
    bool is_new;
    std::int64_t dedup_count;
    explicit AlertResult(const seerflow_alert_result &of)
        : alert_id(detail::view(of.alert_id)), is_new(of.is_new), dedup_count(of.dedup_count) {}
};

/// A verdict to be given: "tp" or "fp".
struct Feedback {
    std::string alert_id{};
    std::string feedback{};
    std::string note{};
    std::string origin = "api";
    std::int64_t submitted_at_ns = SEERFLOW_TIME_ABSENT;
};

/// A verdict in the audit trail.
struct FeedbackView {
    std::int64_t id;
    std::string_view alert_id, feedback, note, origin;
    std::int64_t submitted_at_ns;
    explicit FeedbackView(const seerflow_feedback &of)
        : id(of.id), alert_id(detail::view(of.alert_id)), feedback(detail::view(of.feedback)), note(detail::view(of.note)),
          origin(detail::view(of.origin)), submitted_at_ns(of.submitted_at_ns) {}
};

/// A group of true positives with the same type, rule and entity type.
struct AlertPattern {
    std::string_view alert_type, rule_name, entity_type;
    std::uint64_t count;
    std::int64_t last_verdict_ns;
    std::vector<std::string_view> alert_ids;
    explicit AlertPattern(const seerflow_alert_pattern &of)
        : alert_type(detail::view(of.alert_type)), rule_name(detail::view(of.rule_name)), entity_type(detail::view(of.entity_type)),
          count(of.count), last_verdict_ns(of.last_verdict_ns), alert_ids(detail::views(of.alert_ids)) {}
};

namespace detail {

template <>
struct Reads<AlertView> : ReadsStruct<AlertView, seerflow_alert, seerflow_list_alert_at> {};
template <>
struct Reads<AlertResult> : ReadsStruct<AlertResult, seerflow_alert_result, seerflow_list_alert_result_at> {};
template <>
struct Reads<FeedbackView> : ReadsStruct<FeedbackView, seerflow_feedback, seerflow_list_feedback_at> {};
template <>
struct Reads<AlertPattern> : ReadsStruct<AlertPattern, seerflow_alert_pattern, seerflow_list_alert_pattern_at> {};

// Converts alerts to the structs of seerflow.h, which point into the alerts.
class AlertInputs {
public:
    explicit AlertInputs(const std::vector<Alert> &alerts) {
        inputs_.reserve(alerts.size());
        for (const Alert &alert : alerts) add(alert);
    }
    const seerflow_alert *data() const { return inputs_.data(); }

private:
    seerflow_strs list(const std::vector<std::string> &given) {
        const auto &texts = texts_.emplace_back(lend_all(given));
        return seerflow_strs{texts.data(), texts.size()};
    }

    void add(const Alert &alert) {
        seerflow_alert &in = inputs_.emplace_back(seerflow_alert SEERFLOW_ALERT_INIT);
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

/// The alerts of a store. The store must outlive this object.
class Alerts {
public:
    explicit Alerts(const seerflow_store *store) noexcept : store_(store) {}

    /// Writes alerts: all of them or none. Returns one result for each.
    List<AlertResult> write(const std::vector<Alert> &alerts, const RecordOptions &options = {}, const Call &call = {}) const {
        const detail::AlertInputs inputs(alerts);
        const seerflow_record_options how = detail::lend(options);
        return detail::make<List<AlertResult>>(seerflow_store_write_alerts, store_, inputs.data(), alerts.size(), &how,
                                               call.handle());
    }

    /// Returns the alerts that match the query, newest first.
    List<AlertView> query(const Query &query = {}, const Call &call = {}) const {
        return detail::make<List<AlertView>>(seerflow_store_query_alerts, store_, query.handle(), call.handle());
    }

    /// Returns the alert with this id, as a list of one. Throws SEERFLOW_STATUS_NOT_FOUND if it is not stored.
    List<AlertView> get(const std::string &alert_id, const Call &call = {}) const {
        return detail::make<List<AlertView>>(seerflow_store_alert, store_, alert_id.c_str(), call.handle());
    }

    /// Counts alerts by rule or by severity name, largest count first.
    List<Count> count_by(seerflow_count_by by, const Query &query = {}, const Call &call = {}) const {
        return detail::make<List<Count>>(seerflow_store_count_alerts, store_, query.handle(), by, call.handle());
    }

    /// Counts alerts in buckets of time.
    List<Bucket> histogram(std::chrono::nanoseconds bucket, const Query &query = {}, const Call &call = {}) const {
        return detail::make<List<Bucket>>(seerflow_store_alert_histogram, store_, query.handle(), std::int64_t{bucket.count()},
                                          call.handle());
    }

    /// Sets the verdict of an alert and appends it to the audit trail. Throws SEERFLOW_STATUS_NOT_FOUND if the alert
    /// is not stored.
    void update_feedback(const Feedback &feedback, const Call &call = {}) const {
        give(seerflow_store_update_feedback, feedback, call);
    }

    /// Appends a verdict to the audit trail only.
    void append_feedback(const Feedback &feedback, const Call &call = {}) const {
        give(seerflow_store_append_feedback, feedback, call);
    }

    /// Lists the verdicts on the alert of the query's alert_id, or on all alerts, newest first.
    List<FeedbackView> feedback(const Query &query = {}, const Call &call = {}) const {
        return detail::make<List<FeedbackView>>(seerflow_store_query_feedback, store_, query.handle(), call.handle());
    }

    seerflow_feedback_stats feedback_stats(const Call &call = {}) const {
        seerflow_feedback_stats stats = SEERFLOW_FEEDBACK_STATS_INIT;
        detail::call(seerflow_store_feedback_stats, store_, call.handle(), &stats);
        return stats;
    }

    /// Groups true positives. The window of the query applies to the times of the verdicts.
    List<AlertPattern> patterns(const Query &query = {}, const Call &call = {}) const {
        return detail::make<List<AlertPattern>>(seerflow_store_alert_patterns, store_, query.handle(), call.handle());
    }

private:
    template <typename Function>
    void give(Function function, const Feedback &feedback, const Call &call) const {
        seerflow_feedback given = SEERFLOW_FEEDBACK_INIT;
        given.alert_id = detail::lend(feedback.alert_id);
        given.feedback = detail::lend(feedback.feedback);
        given.note = detail::lend(feedback.note);
        given.origin = detail::lend(feedback.origin);
        given.submitted_at_ns = feedback.submitted_at_ns;
        detail::call(function, store_, &given, call.handle());
    }

    const seerflow_store *store_;
};

}  // namespace seerflow

#endif  // SEERFLOW_ALERTS_HPP
