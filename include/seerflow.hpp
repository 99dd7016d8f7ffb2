// libseerflow for C++17: seerflow.h with destructors and exceptions. Header-only; link what seerflow.h says.
//
//     #include <seerflow.hpp>
//     #include <iostream>
//
//     int main() {
//         seerflow::Store store(seerflow::Config().set("storage.sqlite_path", "events.db"));
//         store.write_lines("Mar 14 01:47:13 web2 sshd[812]: Failed password for root\n", seerflow::WriteOptions().durably());
//         for (seerflow::EventView event : store.search("failed password"))
//             std::cout << event.message() << '\n';
//     }
//
// A store is large: what it knows of alerts, models, Sigma rules, edges, entities and counts is behind store.alerts() and so on,
// each in a header of its own in seerflow/; this one includes them all.
//
// Each class owns one C object, moves and does not copy. A call that fails throws seerflow::Error. Threads, blocking and fork are
// as seerflow.h says of the function of the same name; what a std::string_view shows lives as long as the object it came from.
// Timeouts are milliseconds, seerflow::forever for no bound, 0 for not to wait.
#ifndef SEERFLOW_HPP
#define SEERFLOW_HPP

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
#include "seerflow/counts.hpp"
#include "seerflow/edges.hpp"
#include "seerflow/entities.hpp"
#include "seerflow/event.hpp"
#include "seerflow/graph.hpp"
#include "seerflow/models.hpp"
#include "seerflow/sigma.hpp"

namespace seerflow {

/// A template and its statistics.
struct Template {
    std::int64_t template_id = 0;
    std::string template_str{};
    std::int64_t first_seen_ns = 0;
    std::int64_t last_seen_ns = 0;
    std::int64_t event_count = 0;
    std::optional<std::string> example_message{};
};

/// A record that could not become an event.
struct DeadLetter {
    std::int64_t id = 0;
    std::int64_t received_ns = 0;
    std::string format{};
    std::string reason{};
    std::string payload{};
};

/// A bucket of a histogram.
struct Bucket {
    std::int64_t start_ns;
    std::uint64_t count;
};

/// How a store is, and why if it is degraded.
struct Health {
    seerflow_health state;
    std::string reason;
};

using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// An open store. Any number of threads may use one at once.
class Store {
public:
    explicit Store(const Config &config) : log_(config.log_) {
        seerflow_store *made = nullptr;
        detail::call(seerflow_store_open, config.handle(), &made);
        handle_.reset(made);
    }

    /// Opens the database now instead of at the first use.
    void start() const { detail::call(seerflow_store_start, handle()); }

    Result write(const std::vector<Event> &events, const WriteOptions &options = {}) const {
        return write(events.data(), events.size(), options);
    }
    Result write(const Event &event, const WriteOptions &options = {}) const { return write(&event, 1, options); }
    Result write(const Event *events, std::size_t count, const WriteOptions &options = {}) const {
        detail::Inputs inputs(events, count);
        return written(options, [&](const seerflow_write_options *how, std::size_t *consumed, seerflow_result **result) {
            detail::call(seerflow_store_write_events, handle(), inputs.data(), sizeof(seerflow_event_input), count, how,
                         consumed, result);
        });
    }

    Result write_lines(std::string_view lines, const WriteOptions &options = {}) const {
        return write_bytes(seerflow_store_write_lines, lines, options);
    }
    Result write_ndjson(std::string_view lines, const WriteOptions &options = {}) const {
        return write_bytes(seerflow_store_write_ndjson, lines, options);
    }
    Result write_msgpack(std::string_view maps, const WriteOptions &options = {}) const {
        return write_bytes(seerflow_store_write_msgpack, maps, options);
    }
    Result write_otlp(std::string_view request, const WriteOptions &options = {}) const {
        return write_bytes(seerflow_store_write_otlp, request, options);
    }
    Result write_otlp_json(std::string_view requests, const WriteOptions &options = {}) const {
        return write_bytes(seerflow_store_write_otlp_json, requests, options);
    }
    Result write_fluent(std::string_view records, const WriteOptions &options = {}) const {
        return write_bytes(seerflow_store_write_fluent, records, options);
    }

    /// Waits until everything that was accepted before is committed.
    void flush(Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        detail::call(seerflow_store_flush, handle(), count(timeout), detail::handle_of(interrupt));
    }

    Page query(const Query &query) const {
        seerflow_page *page = nullptr;
        detail::call(seerflow_store_query_events, handle(), query.handle(), &page);
        return Page(page);
    }

    /// The newest events whose messages match.
    Page search(const std::string &text, std::uint32_t limit = 100) const {
        seerflow_page *page = nullptr;
        detail::call(seerflow_store_search, handle(), text.c_str(), limit, &page);
        return Page(page);
    }

    std::vector<Bucket> histogram(std::int64_t from_ns, std::int64_t to_ns, std::int64_t bucket_ns,
                                  Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        seerflow_histogram *made = nullptr;
        detail::call(seerflow_store_histogram, handle(), from_ns, to_ns, bucket_ns, count(timeout),
                     detail::handle_of(interrupt), &made);
        detail::Handle<seerflow_histogram, seerflow_histogram_destroy> histogram(made);
        std::vector<Bucket> all;
        for (std::size_t i = 0; i < seerflow_histogram_count(made); i++) {
            auto bucket = detail::prepare<seerflow_bucket>();
            const seerflow_histogram *from = made;
            detail::call(seerflow_histogram_at, from, i, &bucket);
            all.push_back(Bucket{bucket.start_ns, bucket.count});
        }
        return all;
    }

    /// A page of the one event with this id. Throws SEERFLOW_STATUS_NOT_FOUND.
    Page event(const std::string &event_id, Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        return detail::answer<Page>(seerflow_store_event, handle(), event_id.c_str(), count(timeout), detail::handle_of(interrupt));
    }

    Alerts alerts() const noexcept { return Alerts(handle()); }
    Models models() const noexcept { return Models(handle()); }
    SigmaRules sigma_rules() const noexcept { return SigmaRules(handle()); }
    Edges edges() const noexcept { return Edges(handle()); }
    Graph graph() const noexcept { return Graph(handle()); }
    Entities entities() const noexcept { return Entities(handle()); }
    Aggregates aggregates() const noexcept { return Aggregates(handle()); }

    void write_templates(const std::vector<Template> &templates, Timeout timeout = default_timeout,
                         const Interrupt *interrupt = nullptr) const {
        std::vector<seerflow_template> structs;
        for (const Template &given : templates) {
            auto made = detail::prepare<seerflow_template>();
            made.template_id = given.template_id;
            made.template_str = detail::lend(given.template_str);
            made.first_seen_ns = given.first_seen_ns;
            made.last_seen_ns = given.last_seen_ns;
            made.event_count = given.event_count;
            made.example_message = detail::lend_optional(given.example_message);
            structs.push_back(made);
        }
        detail::call(seerflow_store_write_templates, handle(), structs.data(), sizeof(seerflow_template), structs.size(),
                     count(timeout), detail::handle_of(interrupt));
    }

    std::vector<Template> templates(std::uint32_t limit = 1000, Timeout timeout = default_timeout,
                                    const Interrupt *interrupt = nullptr) const {
        seerflow_template_list *made = nullptr;
        detail::call(seerflow_store_templates, handle(), limit, count(timeout), detail::handle_of(interrupt), &made);
        detail::Handle<seerflow_template_list, seerflow_template_list_destroy> list(made);
        std::vector<Template> all;
        for (std::size_t i = 0; i < seerflow_template_list_count(made); i++) {
            auto from = detail::prepare<seerflow_template>();
            const seerflow_template_list *of = made;
            detail::call(seerflow_template_list_at, of, i, &from);
            Template to;
            to.template_id = from.template_id;
            to.template_str = std::string(detail::view(from.template_str));
            to.first_seen_ns = from.first_seen_ns;
            to.last_seen_ns = from.last_seen_ns;
            to.event_count = from.event_count;
            if (from.example_message.data) to.example_message = std::string(detail::view(from.example_message));
            all.push_back(std::move(to));
        }
        return all;
    }

    /// Removes templates with fewer events; how many.
    std::uint64_t prune_templates(std::int64_t min_count, Timeout timeout = default_timeout,
                                  const Interrupt *interrupt = nullptr) const {
        std::uint64_t deleted = 0;
        detail::call(seerflow_store_prune_templates, handle(), min_count, count(timeout), detail::handle_of(interrupt),
                     &deleted);
        return deleted;
    }

    /// Removes all templates; how many.
    std::uint64_t reset_templates(Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        std::uint64_t deleted = 0;
        detail::call(seerflow_store_reset_templates, handle(), count(timeout), detail::handle_of(interrupt), &deleted);
        return deleted;
    }

    std::vector<DeadLetter> dead_letters(std::uint32_t limit = 100, std::int64_t before_id = INT64_MAX,
                                         Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        seerflow_dead_letter_list *made = nullptr;
        detail::call(seerflow_store_dead_letters, handle(), before_id, limit, count(timeout),
                     detail::handle_of(interrupt), &made);
        detail::Handle<seerflow_dead_letter_list, seerflow_dead_letter_list_destroy> list(made);
        std::vector<DeadLetter> all;
        for (std::size_t i = 0; i < seerflow_dead_letter_list_count(made); i++) {
            auto from = detail::prepare<seerflow_dead_letter>();
            const seerflow_dead_letter_list *of = made;
            detail::call(seerflow_dead_letter_list_at, of, i, &from);
            DeadLetter to;
            to.id = from.id;
            to.received_ns = from.received_ns;
            to.format = std::string(detail::view(from.format));
            to.reason = std::string(detail::view(from.reason));
            to.payload = std::string(detail::view(from.payload));
            all.push_back(std::move(to));
        }
        return all;
    }

    /// Removes events before a time, if one is given, and the oldest until the database is no larger, if a size is.
    seerflow_prune_report prune(std::optional<std::int64_t> before_ns, std::uint64_t max_bytes = 0,
                                Timeout timeout = forever, const Interrupt *interrupt = nullptr) const {
        auto options = detail::prepare<seerflow_prune_options>();
        options.has_before = before_ns.has_value();
        options.before_ns = before_ns.value_or(0);
        options.max_bytes = max_bytes;
        auto report = detail::prepare<seerflow_prune_report>();
        const seerflow_prune_options *how = &options;
        detail::call(seerflow_store_prune, handle(), how, count(timeout), detail::handle_of(interrupt), &report);
        return report;
    }

    /// Writes a consistent copy to a new file. An exception of `progress` is thrown from here when the copy has ended.
    void backup(const std::string &target, Timeout timeout = forever, const Progress &progress = {},
                const Interrupt *interrupt = nullptr) const {
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
        detail::call_with(told.thrown, seerflow_store_backup, handle(), target.c_str(), count(timeout),
                          detail::handle_of(interrupt), callback, static_cast<void *>(&told));
    }

    void checkpoint() const { detail::call(seerflow_store_checkpoint, handle()); }

    /// What a check of tables, text index and summaries finds; nothing, if all is well.
    std::vector<std::string> check(Timeout timeout = forever, const Interrupt *interrupt = nullptr) const {
        return findings(seerflow_store_check, timeout, interrupt);
    }

    /// What a comparison of the text index with every message finds; other writes wait meanwhile.
    std::vector<std::string> check_text(Timeout timeout = forever, const Interrupt *interrupt = nullptr) const {
        return findings(seerflow_store_check_text, timeout, interrupt);
    }

    seerflow_summary summary(Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        auto summary = detail::prepare<seerflow_summary>();
        detail::call(seerflow_store_summary, handle(), count(timeout), detail::handle_of(interrupt), &summary);
        return summary;
    }

    seerflow_stats stats() const {
        auto stats = detail::prepare<seerflow_stats>();
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

    /// Commits what waits, ends threads and files. Throws LostError if accepted records could not be stored. The destructor closes
    /// too, within five seconds, and tells nobody what is lost.
    void close(Timeout timeout = default_timeout) const {
        std::uint64_t lost = 0;
        try {
            detail::call(seerflow_store_close, handle(), count(timeout), &lost);
        } catch (const Error &error) {
            if (error.code() == SEERFLOW_STATUS_LOST) throw LostError(error, lost);
            throw;
        }
    }

    const seerflow_store *handle() const noexcept { return handle_.get(); }

private:
    template <class Check>
    std::vector<std::string> findings(Check check, Timeout timeout, const Interrupt *interrupt) const {
        seerflow_findings *made = nullptr;
        detail::call(check, handle(), count(timeout), detail::handle_of(interrupt), &made);
        detail::Handle<seerflow_findings, seerflow_findings_destroy> owned(made);
        std::vector<std::string> all;
        for (std::size_t i = 0; i < seerflow_findings_count(made); i++) {
            const char *text = nullptr;
            const seerflow_findings *of = made;
            detail::call(seerflow_findings_at, of, i, &text);
            all.emplace_back(text);
        }
        return all;
    }

    static std::int64_t count(Timeout timeout) { return std::int64_t{timeout.count()}; }

    template <typename Write>
    Result written(const WriteOptions &options, Write write) const {
        seerflow_write_options how;
        detail::call(seerflow_write_options_init, &how, sizeof how);
        how.durable = options.durable;
        how.complete = options.complete;
        how.keep_raw = options.keep_raw;
        how.urgent = options.urgent;
        how.timeout_ms = options.timeout.count();
        how.first_index = options.first_index;
        how.batch_key = detail::lend(options.batch_key);
        how.source_type = detail::lend(options.source_type);
        how.source_id = detail::lend(options.source_id);
        how.timezone = detail::lend(options.timezone);
        how.interrupt = detail::handle_of(options.interrupt);
        how.queue = options.queue ? options.queue->handle() : nullptr;
        how.user_data = options.user_data;
        how.reference_ns = options.reference_ns;
        how.record_key_field = detail::lend(options.record_key_field);
        how.withdraw = options.withdraw;
        std::size_t consumed = 0;
        seerflow_result *result = nullptr;
        const seerflow_write_options *as_const = &how;
        try {
            write(as_const, &consumed, &result);
        } catch (const Error &error) {
            throw WriteError(error, Result(result, consumed));
        }
        return Result(result, consumed);
    }

    template <typename Function>
    Result write_bytes(Function function, std::string_view bytes, const WriteOptions &options) const {
        return written(options, [&](const seerflow_write_options *how, std::size_t *consumed, seerflow_result **result) {
            const void *data = bytes.data();
            detail::call(function, handle(), data, bytes.size(), how, consumed, result);
        });
    }

    // Destroyed after the store, which uses it to the end.
    std::shared_ptr<Log> log_;
    detail::Handle<seerflow_store, seerflow_store_destroy> handle_;
};

}  // namespace seerflow

#endif  // SEERFLOW_HPP
