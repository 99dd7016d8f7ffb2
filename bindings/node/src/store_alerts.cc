// Alerts and verdicts on them.
#include <limits>

#include "arguments.h"
#include "runtime.h"
#include "store.h"

namespace seerflow_node {

namespace {

using AlertPageHandle = Handle<seerflow_alert_page, seerflow_alert_page_destroy>;

// Sets what `spec` has; see lib/alerts.js for its keys.
std::shared_ptr<seerflow_alert_query> query_of(const Napi::Object &spec) {
    seerflow_alert_query *made = nullptr;
    call(seerflow_alert_query_new, &made);
    std::shared_ptr<seerflow_alert_query> query(made, seerflow_alert_query_destroy);
    call(seerflow_alert_query_set_time_range, made, integer_or(get(spec, "from"), std::numeric_limits<std::int64_t>::min()),
         integer_or(get(spec, "to"), std::numeric_limits<std::int64_t>::max()));
    auto set_text = [&](const char *key, auto setter) {
        if (auto text = optional_text(get(spec, key))) call(setter, made, text->c_str());
    };
    set_text("type", seerflow_alert_query_set_type);
    set_text("entity", seerflow_alert_query_set_entity);
    set_text("tactic", seerflow_alert_query_set_tactic);
    set_text("technique", seerflow_alert_query_set_technique);
    set_text("cursor", seerflow_alert_query_set_cursor);
    call(seerflow_alert_query_set_min_severity, made, integer_or(get(spec, "minSeverity"), -1));
    if (Napi::Value limit = get(spec, "limit"); !limit.IsUndefined()) call(seerflow_alert_query_set_limit, made, small_of(limit));
    if (Napi::Value page = get(spec, "page"); !page.IsUndefined()) call(seerflow_alert_query_set_page, made, small_of(page));
    call(seerflow_alert_query_set_total, made, flag(get(spec, "total")) ? 1 : 0);
    call(seerflow_alert_query_set_timeout, made, integer_or(get(spec, "timeout"), SEERFLOW_DEFAULT_TIMEOUT_MS));
    return query;
}

Answer page_answer(AlertPageHandle handle) {
    std::shared_ptr<seerflow_alert_page> page(std::move(handle));
    const char *text = nullptr;
    std::size_t length = 0;
    call(seerflow_alert_page_ndjson, const_cast<const seerflow_alert_page *>(page.get()), &text, &length);
    return [page, kept = keep_integers({text, length})](napi_env env) -> napi_value {
        napi_value object = nullptr, value = nullptr;
        if (napi_create_object(env, &object) != napi_ok) return nullptr;
        napi_create_string_utf8(env, kept.data(), kept.size(), &value);
        napi_set_named_property(env, object, "text", value);
        PageParts parts;
        parts.count = seerflow_alert_page_count(page.get());
        parts.next = seerflow_alert_page_next_cursor(page.get());
        parts.has_total = seerflow_alert_page_total(page.get(), &parts.total);
        put_parts(env, object, parts);
        return object;
    };
}

}  // namespace

// (number, ndjson, window, timeout)
Napi::Value Store::write_alerts(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto data = bytes_of(info[1]);
        const auto window = integer_or(info[2], SEERFLOW_DEDUP_WINDOW_NS), timeout = integer_of(info[3]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            return list_answer<seerflow_alert_result_list, seerflow_alert_result_list_ndjson, seerflow_alert_result_list_destroy>(
                [&](auto **list) {
                    call(seerflow_store_write_alerts_ndjson, store, static_cast<const void *>(data.data()), data.size(), window, timeout,
                         interrupt, list);
                });
        });
    });
}

// (number, spec)
Napi::Value Store::alerts(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        auto query = query_of(info[1].As<Napi::Object>());
        return begin(info, [query](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            call(seerflow_alert_query_set_interrupt, query.get(), interrupt);
            seerflow_alert_page *made = nullptr;
            call(seerflow_store_query_alerts, store, const_cast<const seerflow_alert_query *>(query.get()), &made);
            return page_answer(AlertPageHandle(made));
        });
    });
}

// (number, id, timeout): a page of one.
Napi::Value Store::alert(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto id = text_of(info[1]);
        const auto timeout = integer_of(info[2]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            seerflow_alert_page *made = nullptr;
            call(seerflow_store_alert, store, id.c_str(), timeout, interrupt, &made);
            return page_answer(AlertPageHandle(made));
        });
    });
}

// (number, from, to, bucket, timeout)
Napi::Value Store::alert_histogram(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto from = integer_of(info[1]), to = integer_of(info[2]), bucket = integer_of(info[3]), timeout = integer_of(info[4]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            return list_answer<seerflow_histogram, seerflow_histogram_ndjson, seerflow_histogram_destroy>(
                [&](auto **list) { call(seerflow_store_alert_histogram, store, from, to, bucket, timeout, interrupt, list); });
        });
    });
}

// (number, by rule or by severity, from, to, timeout)
Napi::Value Store::alerts_by(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto count = flag(info[1]) ? seerflow_store_alerts_by_rule : seerflow_store_alerts_by_severity;
        const auto from = integer_of(info[2]), to = integer_of(info[3]), timeout = integer_of(info[4]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            return list_answer<seerflow_counted_list, seerflow_counted_list_ndjson, seerflow_counted_list_destroy>(
                [&](auto **list) { call(count, store, from, to, timeout, interrupt, list); });
        });
    });
}

// (number, from, to, smallest count, limit, ids a pattern, timeout)
Napi::Value Store::alert_patterns(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto from = integer_of(info[1]), to = integer_of(info[2]), timeout = integer_of(info[6]);
        const auto least = static_cast<std::uint64_t>(integer_of(info[3]));
        const auto limit = small_of(info[4]), ids = small_of(info[5]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            return list_answer<seerflow_alert_pattern_list, seerflow_alert_pattern_list_ndjson, seerflow_alert_pattern_list_destroy>(
                [&](auto **list) { call(seerflow_store_alert_patterns, store, from, to, least, limit, ids, timeout, interrupt, list); });
        });
    });
}

// (number, alert, verdict, note, origin, time or undefined, audit trail only, timeout)
Napi::Value Store::give_feedback(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto alert = text_of(info[1]), verdict = text_of(info[2]);
        const auto note = optional_text(info[3]), origin = optional_text(info[4]);
        const auto time = integer_or(info[5], SEERFLOW_TIME_ABSENT), timeout = integer_of(info[7]);
        const auto give = flag(info[6]) ? seerflow_store_append_feedback : seerflow_store_update_feedback;
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            auto lend = [](const std::string &text) { return seerflow_str{text.data(), text.size()}; };
            seerflow_feedback feedback;
            call(seerflow_feedback_init, &feedback, sizeof feedback);
            feedback.alert_id = lend(alert);
            feedback.feedback = lend(verdict);
            if (note) feedback.note = lend(*note);
            if (origin) feedback.origin = lend(*origin);
            feedback.submitted_at_ns = time;
            call(give, store, const_cast<const seerflow_feedback *>(&feedback), timeout, interrupt);
            return answer_nothing();
        });
    });
}

// (number, alert or undefined, page, limit, timeout)
Napi::Value Store::feedback(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto alert = optional_text(info[1]);
        const auto page = small_of(info[2]), limit = small_of(info[3]);
        const auto timeout = integer_of(info[4]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            return list_answer<seerflow_feedback_list, seerflow_feedback_list_ndjson, seerflow_feedback_list_destroy>([&](auto **list) {
                call(seerflow_store_feedback, store, alert ? alert->c_str() : nullptr, page, limit, timeout, interrupt, list);
            });
        });
    });
}

// (number, timeout)
Napi::Value Store::feedback_stats(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto timeout = integer_of(info[1]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            auto stats = prepare<seerflow_feedback_stats>();
            call(seerflow_store_feedback_stats, store, timeout, interrupt, &stats);
            return Answer([stats](napi_env env) -> napi_value {
                auto object = Napi::Object::New(env);
                put(object, "tp", static_cast<double>(stats.tp));
                put(object, "fp", static_cast<double>(stats.fp));
                put(object, "total", static_cast<double>(stats.total));
                return object;
            });
        });
    });
}

}  // namespace seerflow_node
