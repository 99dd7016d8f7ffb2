// libseerflow for C++17: seerflow.h with destructors and exceptions. Header-only; link what seerflow.h says.
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
// Questions take a Query and answer with a List, a range of the records' views. Alerts, models, Sigma rules and the graph are behind
// store.alerts() and so on, each in a header of its own in seerflow/; this one includes them all.
//
// Each class owns one C object, moves and does not copy. A call that fails throws seerflow::Error. Threads, blocking and fork are
// as seerflow.h says of the function of the same name; what a std::string_view shows lives as long as the object it came from.
// Calls that can block take a Call last: std::chrono durations convert, seerflow::forever sets no bound, 0 does not wait.
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

/// How a store is, and why if it is degraded.
struct Health {
    seerflow_health state;
    std::string reason;
};

using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// A store. Any number of threads may use one at once.
class Store {
public:
    /// Opens nothing yet: open() does, or the first other call.
    explicit Store(const Config &config) : log_(config.log_), handle_(detail::make<Handle>(seerflow_store_new, config.handle())) {}

    void open(const Call &call = {}) const { detail::call(seerflow_store_open, handle(), call.handle()); }

    /// Writes bytes of a format.
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

    /// Writes alerts, templates, edges or Sigma matches given as JSON, one a line; all of them or none. The list says of each alert
    /// whether it is new, and is empty for the other kinds.
    List<AlertResult> write_records(seerflow_kind kind, std::string_view ndjson, const RecordOptions &options = {},
                                    const Call &call = {}) const {
        const seerflow_record_options how = detail::lend(options);
        return detail::make<List<AlertResult>>(seerflow_store_write_records, handle(), kind, ndjson.data(), ndjson.size(), &how,
                                               call.handle());
    }

    /// Waits until everything that was accepted before is committed.
    void flush(const Call &call = {}) const { detail::call(seerflow_store_flush, handle(), call.handle()); }

    /// A page of the events that pass the query's filters.
    List<EventView> query(const Query &query = {}, const Call &call = {}) const {
        return detail::make<List<EventView>>(seerflow_store_query_events, handle(), query.handle(), call.handle());
    }

    /// A list of the one event with this id. Throws SEERFLOW_STATUS_NOT_FOUND.
    List<EventView> event(const std::string &event_id, const Call &call = {}) const {
        return detail::make<List<EventView>>(seerflow_store_event, handle(), event_id.c_str(), call.handle());
    }

    /// The values with most events.
    List<Count> count_by(seerflow_count_by by, const Query &query = {}, const Call &call = {}) const {
        return detail::make<List<Count>>(seerflow_store_count_events, handle(), query.handle(), by, call.handle());
    }

    /// How many different values there are.
    std::uint64_t distinct(seerflow_count_by by, const Query &query = {}, const Call &call = {}) const {
        std::uint64_t distinct = 0;
        detail::call(seerflow_store_distinct_events, handle(), query.handle(), by, call.handle(), &distinct);
        return distinct;
    }

    /// Events per bucket of time, for each source or severity by itself if `split` says so.
    List<Bucket> histogram(std::chrono::nanoseconds bucket, const Query &query = {},
                           seerflow_count_by split = SEERFLOW_COUNT_BY_NONE, const Call &call = {}) const {
        return detail::make<List<Bucket>>(seerflow_store_event_histogram, handle(), query.handle(), std::int64_t{bucket.count()},
                                          split, call.handle());
    }

    /// The entities of an event. Throws SEERFLOW_STATUS_NOT_FOUND.
    List<Entity> event_entities(const std::string &event_id, const Call &call = {}) const {
        return detail::make<List<Entity>>(seerflow_store_event_entities, handle(), event_id.c_str(), call.handle());
    }

    /// A list of the one entity with this id. Throws SEERFLOW_STATUS_NOT_FOUND if no event or alert names it.
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

    /// Templates by their number of events, largest first.
    List<TemplateView> templates(const Query &query = {}, const Call &call = {}) const {
        return detail::make<List<TemplateView>>(seerflow_store_query_templates, handle(), query.handle(), call.handle());
    }

    /// Removes templates with fewer events; how many.
    std::uint64_t prune_templates(std::int64_t min_count, const Call &call = {}) const {
        std::uint64_t deleted = 0;
        detail::call(seerflow_store_prune_templates, handle(), min_count, call.handle(), &deleted);
        return deleted;
    }

    /// Removes all templates; how many.
    std::uint64_t reset_templates(const Call &call = {}) const {
        std::uint64_t deleted = 0;
        detail::call(seerflow_store_reset_templates, handle(), call.handle(), &deleted);
        return deleted;
    }

    /// Records that could not become events, newest first; the query sets the limit and the cursor.
    List<DeadLetter> dead_letters(const Query &query = {}, const Call &call = {}) const {
        return detail::make<List<DeadLetter>>(seerflow_store_query_dead_letters, handle(), query.handle(), call.handle());
    }

    /// Removes events before a time, if one is given, and the oldest until the database is no larger, if a size is.
    seerflow_prune_report prune(std::optional<std::int64_t> before_ns, std::uint64_t max_bytes = 0,
                                const Call &call = forever) const {
        seerflow_prune_options options = SEERFLOW_PRUNE_OPTIONS_INIT;
        options.before_ns = before_ns.value_or(SEERFLOW_TIME_ABSENT);
        options.max_bytes = max_bytes;
        seerflow_prune_report report = SEERFLOW_PRUNE_REPORT_INIT;
        detail::call(seerflow_store_prune, handle(), &options, call.handle(), &report);
        return report;
    }

    /// Writes a consistent copy to a new file. An exception of `progress` is thrown from here when the copy has ended.
    void backup(const std::string &target, const Progress &progress = {}, const Call &call = forever) const {
        struct Told {
            const Progress *progress;
            std::exception_ptr thrown;
        } told{&progress, nullptr};
        auto tell = [](void *user_data, std::uint64_t done, std::uint64_t total) {
            auto *to = static_cast<Told *>(user_data);
            try {
                if (!to->thrown) (*to->progress)(done, total);
            } catch (...) {
                to->thrown = std::current_exception();
            }
        };
        seerflow_progress_callback callback = progress ? +tell : nullptr;
        detail::call_with(told.thrown, seerflow_store_backup, handle(), target.c_str(), call.handle(), callback, &told);
    }

    void checkpoint(const Call &call = {}) const { detail::call(seerflow_store_checkpoint, handle(), call.handle()); }

    /// What a check finds; nothing, if all is well. `what` is of seerflow_check, added up.
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

    Health health() const {
        Health health{SEERFLOW_HEALTH_IDLE, {}};
        health.reason = detail::copied([&](char *buffer, std::size_t capacity, std::size_t *length) {
            detail::call(seerflow_store_health, handle(), &health.state, buffer, capacity, length);
        });
        return health;
    }

    /// The text of the last commit that failed.
    std::string last_error() const {
        return detail::copied([&](char *buffer, std::size_t capacity, std::size_t *length) {
            detail::call(seerflow_store_last_error, handle(), buffer, capacity, length);
        });
    }

    std::string path() const { return seerflow_store_path(handle()); }

    /// Commits the queue, ends threads and closes files. Throws LostError if accepted records could not be stored. The destructor closes
    /// too, within five seconds, and tells nobody what is lost.
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
    template <typename Write>
    static Result written(const WriteOptions &options, Write write) {
        seerflow_write_options how = SEERFLOW_WRITE_OPTIONS_INIT;
        how.durable = options.durable;
        how.withdraw = options.withdraw;
        how.urgent = options.urgent;
        how.complete = options.complete;
        how.keep_raw = options.keep_raw;
        how.call = options.call.handle();
        how.batch_key = detail::lend(options.batch_key);
        how.first_index = options.first_index;
        how.record_key_field = detail::lend(options.record_key_field);
        how.source_type = detail::lend(options.source_type);
        how.source_id = detail::lend(options.source_id);
        how.tag = detail::lend(options.tag);
        how.timezone = detail::lend(options.timezone);
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
    // Destroyed after the store, which uses it to the end.
    std::shared_ptr<Log> log_;
    Handle handle_;
};

}  // namespace seerflow

#endif  // SEERFLOW_HPP
