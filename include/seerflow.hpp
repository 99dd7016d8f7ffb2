// The C++17 interface of libseerflow: seerflow.h with destructors and exceptions. Header-only; link as seerflow.h
// describes.
//
//     #include <seerflow.hpp>
//     #include <iostream>
//
//     int main() {
//         seerflow::Store store(seerflow::Config().set("storage.sqlite_path", "events.db"));
//         store.write(SEERFLOW_FORMAT_LINES, "Mar 14 01:47:13 web2 sshd[812]: Failed password for root\n",
//                     seerflow::WriteOptions().durably());
//         for (seerflow::EventView event : store.query(seerflow::Query().text("failed password")))
//             std::cout << event.message() << '\n';
//     }
//
// Functions that query take a Query and return a List, which is a range of views of the records. Alerts, models,
// Sigma rules and the graph are reached through store.alerts() and so on. Each has its own header in seerflow/; this
// header includes them all.
//
// Each class owns one C object; it can be moved but not copied. A function that fails throws seerflow::Error. For
// threads, blocking and fork, see the function of the same name in seerflow.h. A std::string_view is valid as long as
// the object that returned it.
//
// Functions that may block take a Call as their last argument. Pass a std::chrono duration as the timeout;
// seerflow::forever means no timeout, and 0 means do not wait.
#ifndef SEERFLOW_HPP
#define SEERFLOW_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seerflow.h"
#include "seerflow/alerts.hpp"
#include "seerflow/core.hpp"
#include "seerflow/event.hpp"
#include "seerflow/graph.hpp"
#include "seerflow/list.hpp"
#include "seerflow/models.hpp"
#include "seerflow/query.hpp"
#include "seerflow/records.hpp"
#include "seerflow/sigma.hpp"
#include "seerflow/write.hpp"

namespace seerflow {

using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// A store. Any number of threads may use one at the same time.
class Store {
public:
    /// Opens no file and contacts no server: open() does, or the first other call.
    explicit Store(const Config &config) : Store(config, seerflow_store_new) {}

    /// Returns a handle to the store that this process shares for a database; see seerflow_store_shared.
    static Store shared(const Config &config) { return Store(config, seerflow_store_shared); }

    void open(const Call &call = {}) const { detail::call(seerflow_store_open, handle(), call.handle()); }

    /// Writes events given as bytes in a format.
    Result write(seerflow_format format, std::string_view bytes, const WriteOptions &options = {}) const {
        return written(options, [&](const seerflow_write_options *how, std::size_t *consumed, seerflow_result **result) {
            detail::call(seerflow_store_write, handle(), format, bytes.data(), bytes.size(), how, consumed, result);
        });
    }

    Result write(const std::vector<Event> &events, const WriteOptions &options = {}) const {
        return write(events.data(), events.size(), options);
    }
    Result write(const Event &event, const WriteOptions &options = {}) const { return write(&event, 1, options); }
    Result write(const Event *events, std::size_t count, const WriteOptions &options = {}) const {
        const detail::Inputs inputs(events, count);
        return written(options, [&](const seerflow_write_options *how, std::size_t *consumed, seerflow_result **result) {
            detail::call(seerflow_store_write_events, handle(), inputs.data(), count, how, consumed, result);
        });
    }

    /// Writes alerts, templates, edges or Sigma matches given as JSON, one object a line: all of them or none. For
    /// alerts, the list has one result each; for the other kinds it is empty.
    List<AlertResult> write_records(seerflow_kind kind, std::string_view ndjson, const RecordOptions &options = {},
                                    const Call &call = {}) const {
        const seerflow_record_options how = detail::lend(options);
        return detail::make<List<AlertResult>>(seerflow_store_write_records, handle(), kind, ndjson.data(), ndjson.size(), &how,
                                               call.handle());
    }

    /// Waits until everything that was accepted before this call is committed.
    void flush(const Call &call = {}) const { detail::call(seerflow_store_flush, handle(), call.handle()); }

    /// Returns a page of the events that match the query.
    List<EventView> query(const Query &query = {}, const Call &call = {}) const {
        return detail::make<List<EventView>>(seerflow_store_query_events, handle(), query.handle(), call.handle());
    }

    /// Returns the event with this id, as a list of one. Throws SEERFLOW_STATUS_NOT_FOUND if it is not stored.
    List<EventView> event(const std::string &event_id, const Call &call = {}) const {
        return detail::make<List<EventView>>(seerflow_store_event, handle(), event_id.c_str(), call.handle());
    }

    /// Counts events for each value of a property, largest count first.
    List<Count> count_by(seerflow_count_by by, const Query &query = {}, const Call &call = {}) const {
        return detail::make<List<Count>>(seerflow_store_count_events, handle(), query.handle(), by, call.handle());
    }

    /// Counts the distinct values of a property.
    std::uint64_t distinct(seerflow_count_by by, const Query &query = {}, const Call &call = {}) const {
        std::uint64_t distinct = 0;
        detail::call(seerflow_store_distinct_events, handle(), query.handle(), by, call.handle(), &distinct);
        return distinct;
    }

    /// Counts events in buckets of time. With `split`, each source or severity has its own buckets.
    List<Bucket> histogram(std::chrono::nanoseconds bucket, const Query &query = {},
                           seerflow_count_by split = SEERFLOW_COUNT_BY_NONE, const Call &call = {}) const {
        return detail::make<List<Bucket>>(seerflow_store_event_histogram, handle(), query.handle(), std::int64_t{bucket.count()},
                                          split, call.handle());
    }

    /// Lists the entities of an event. Throws SEERFLOW_STATUS_NOT_FOUND if the event is not stored.
    List<Entity> event_entities(const std::string &event_id, const Call &call = {}) const {
        return detail::make<List<Entity>>(seerflow_store_event_entities, handle(), event_id.c_str(), call.handle());
    }

    /// Returns the type and value of an entity, as a list of one. Throws SEERFLOW_STATUS_NOT_FOUND if no event or
    /// alert names it.
    List<Entity> entity(const std::string &entity_id, const Call &call = {}) const {
        return detail::make<List<Entity>>(seerflow_store_entity, handle(), entity_id.c_str(), call.handle());
    }

    Alerts alerts() const noexcept { return Alerts(handle()); }
    Models models() const noexcept { return Models(handle()); }
    SigmaRules sigma_rules() const noexcept { return SigmaRules(handle()); }
    Graph graph() const noexcept { return Graph(handle()); }

    void write_templates(const std::vector<Template> &templates, const Call &call = {}) const {
        std::vector<seerflow_template> structs;
        structs.reserve(templates.size());
        for (const Template &given : templates) {
            auto &made = structs.emplace_back(seerflow_template SEERFLOW_TEMPLATE_INIT);
            made.template_id = given.template_id;
            made.template_str = detail::lend(given.template_str);
            made.first_seen_ns = given.first_seen_ns;
            made.last_seen_ns = given.last_seen_ns;
            made.event_count = given.event_count;
            made.example_message = detail::lend_optional(given.example_message);
        }
        detail::call(seerflow_store_write_templates, handle(), structs.data(), structs.size(), call.handle());
    }

    /// Lists templates by their number of events, largest first.
    List<TemplateView> templates(const Query &query = {}, const Call &call = {}) const {
        return detail::make<List<TemplateView>>(seerflow_store_query_templates, handle(), query.handle(), call.handle());
    }

    /// Removes templates with fewer than `min_count` events. Returns their number.
    std::uint64_t prune_templates(std::int64_t min_count, const Call &call = {}) const {
        std::uint64_t deleted = 0;
        detail::call(seerflow_store_prune_templates, handle(), min_count, call.handle(), &deleted);
        return deleted;
    }

    /// Removes all templates. Returns their number.
    std::uint64_t reset_templates(const Call &call = {}) const {
        std::uint64_t deleted = 0;
        detail::call(seerflow_store_reset_templates, handle(), call.handle(), &deleted);
        return deleted;
    }

    /// Lists the records that could not be stored as events, newest first. The query may set the limit and the
    /// cursor.
    List<DeadLetter> dead_letters(const Query &query = {}, const Call &call = {}) const {
        return detail::make<List<DeadLetter>>(seerflow_store_query_dead_letters, handle(), query.handle(), call.handle());
    }

    /// Removes events older than `before_ns`, if it is set, and the oldest events until the database has at most
    /// `max_bytes`, if that is not 0.
    seerflow_prune_report prune(std::optional<std::int64_t> before_ns, std::uint64_t max_bytes = 0,
                                const Call &call = forever) const {
        seerflow_prune_options options = SEERFLOW_PRUNE_OPTIONS_INIT;
        options.before_ns = before_ns.value_or(SEERFLOW_TIME_ABSENT);
        options.max_bytes = max_bytes;
        seerflow_prune_report report = SEERFLOW_PRUNE_REPORT_INIT;
        detail::call(seerflow_store_prune, handle(), &options, call.handle(), &report);
        return report;
    }

    /// Writes a consistent copy to a new file. If `progress` throws, the exception is rethrown from here after the
    /// copy has ended.
    void backup(const std::string &target, const Progress &progress = {}, const Call &call = forever) const {
        struct Report {
            const Progress *progress;
            std::exception_ptr thrown;
        } report{&progress, nullptr};
        auto on_progress = [](void *user_data, std::uint64_t done, std::uint64_t total) {
            auto *to = static_cast<Report *>(user_data);
            try {
                if (!to->thrown) (*to->progress)(done, total);
            } catch (...) {
                to->thrown = std::current_exception();
            }
        };
        seerflow_progress_callback callback = progress ? +on_progress : nullptr;
        detail::call_with(report.thrown, seerflow_store_backup, handle(), target.c_str(), call.handle(), callback, &report);
    }

    void checkpoint(const Call &call = {}) const { detail::call(seerflow_store_checkpoint, handle(), call.handle()); }

    /// Returns the findings of a check; empty if there are no defects. `what` is a sum of seerflow_check values.
    std::vector<std::string> check(std::uint32_t what = SEERFLOW_CHECK_STRUCTURE, const Call &call = forever) const {
        using Findings = detail::Handle<seerflow_list, seerflow_list_destroy>;
        const Findings list = detail::make<Findings>(seerflow_store_check, handle(), what, call.handle());
        std::vector<std::string> all;
        for (std::size_t i = 0; i < seerflow_list_count(list.get()); i++) {
            seerflow_finding finding = SEERFLOW_FINDING_INIT;
            detail::call(seerflow_list_finding_at, list.get(), i, &finding);
            all.emplace_back(detail::view(finding.text));
        }
        return all;
    }

    seerflow_summary summary(const Call &call = {}) const {
        seerflow_summary summary = SEERFLOW_SUMMARY_INIT;
        detail::call(seerflow_store_summary, handle(), call.handle(), &summary);
        return summary;
    }

    seerflow_stats stats() const {
        seerflow_stats stats = SEERFLOW_STATS_INIT;
        detail::call(seerflow_store_stats, handle(), &stats);
        return stats;
    }

    seerflow_health health() const {
        seerflow_health health = SEERFLOW_HEALTH_INIT;
        detail::call(seerflow_store_health, handle(), &health);
        return health;
    }

    /// Returns the counters and the state as one text in the format of OpenMetrics 1.0.
    std::string metrics() const {
        return detail::copied([&](char *buffer, std::size_t capacity, std::size_t *length) {
            detail::call(seerflow_store_metrics, handle(), buffer, capacity, length);
        });
    }

    /// Returns the error message of the last failed commit.
    std::string last_error() const {
        return detail::copied([&](char *buffer, std::size_t capacity, std::size_t *length) {
            detail::call(seerflow_store_last_error, handle(), buffer, capacity, length);
        });
    }

    std::string path() const { return seerflow_store_path(handle()); }

    /// Commits the queue, stops all threads and closes all files. Throws LostError if accepted records could not be
    /// stored. The destructor closes the store too, within five seconds, but cannot report lost records.
    void close(const Call &call = {}) const {
        std::uint64_t lost = 0;
        try {
            detail::call(seerflow_store_close, handle(), call.handle(), &lost);
        } catch (const Error &error) {
            if (error.code() == SEERFLOW_STATUS_LOST) throw LostError(error, lost);
            throw;
        }
    }

    const seerflow_store *handle() const noexcept { return handle_.get(); }

private:
    template <typename New>
    Store(const Config &config, New create) : log_(config.log_), handle_(detail::make<Handle>(create, config.handle())) {}

    template <typename Write>
    static Result written(const WriteOptions &options, Write write) {
        seerflow_write_options how = SEERFLOW_WRITE_OPTIONS_INIT;
        how.durable = options.durable;
        how.withdraw = options.withdraw;
        how.urgent = options.urgent;
        how.complete = options.complete;
        how.keep_raw = options.keep_raw;
        how.parse = options.parse;
        how.call = options.call.handle();
        how.batch_key = detail::lend(options.batch_key);
        how.first_index = options.first_index;
        how.record_key_field = detail::lend_optional(options.record_key_field);
        how.source_type = detail::lend(options.source_type);
        how.source_id = detail::lend(options.source_id);
        how.tag = detail::lend(options.tag);
        how.timezone = detail::lend(options.timezone);
        how.reject_reason = detail::lend(options.reject_reason);
        how.reference_ns = options.reference_ns;
        how.completions = options.completions ? options.completions->handle() : nullptr;
        how.user_data = options.user_data;
        std::size_t consumed = 0;
        seerflow_result *result = nullptr;
        try {
            write(&how, &consumed, &result);
        } catch (const Error &error) {
            throw WriteError(error, Result(result, consumed));
        }
        return Result(result, consumed);
    }

    using Handle = detail::Handle<seerflow_store, seerflow_store_destroy>;
    // The store uses the log function until it is destroyed, so it is destroyed first.
    std::shared_ptr<Log> log_;
    Handle handle_;
};

}  // namespace seerflow

#endif  // SEERFLOW_HPP
