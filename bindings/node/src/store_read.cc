// Reading: events, their histogram, templates, dead letters.
#include <limits>

#include "arguments.h"
#include "runtime.h"
#include "store.h"

namespace seerflow_node {

namespace {

using PageCopy = std::shared_ptr<seerflow_page>;

// Sets what `spec` has; see lib/query.js for its keys.
QueryHandle query_of(const Napi::Object &spec) {
    seerflow_query *made = nullptr;
    call(seerflow_query_new, &made);
    QueryHandle query(made);
    call(seerflow_query_set_time_range, made, integer_or(get(spec, "from"), std::numeric_limits<std::int64_t>::min()),
         integer_or(get(spec, "to"), std::numeric_limits<std::int64_t>::max()));
    auto set_text = [&](const char *key, auto setter) {
        if (auto text = optional_text(get(spec, key))) call(setter, made, text->c_str());
    };
    set_text("sourceType", seerflow_query_set_source_type);
    set_text("sourceId", seerflow_query_set_source_id);
    set_text("entity", seerflow_query_set_entity);
    set_text("text", seerflow_query_set_text);
    set_text("cursor", seerflow_query_set_cursor);
    auto set_number = [&](const char *key, auto setter) {
        Napi::Value value = get(spec, key);
        if (!value.IsUndefined()) setter(value);
    };
    set_number("minSeverity", [&](const Napi::Value &n) { call(seerflow_query_set_min_severity, made, integer_of(n)); });
    set_number("templateId", [&](const Napi::Value &n) { call(seerflow_query_set_template, made, integer_of(n)); });
    set_number("limit", [&](const Napi::Value &n) { call(seerflow_query_set_limit, made, small_of(n)); });
    set_number("page", [&](const Napi::Value &n) { call(seerflow_query_set_page, made, small_of(n)); });
    set_number("order", [&](const Napi::Value &n) { call(seerflow_query_set_order, made, static_cast<seerflow_order>(integer_of(n))); });
    set_number("timeout", [&](const Napi::Value &n) { call(seerflow_query_set_timeout, made, integer_of(n)); });
    set_number("total", [&](const Napi::Value &n) {
        const auto cap = integer_or(get(spec, "totalCap"), 0);
        call(seerflow_query_set_total, made, static_cast<seerflow_total>(integer_of(n)), static_cast<std::uint64_t>(cap));
    });
    return query;
}

Answer page_answer(PageCopy page, bool raw) {
    const char *text = nullptr;
    std::size_t length = 0;
    call(seerflow_page_ndjson, const_cast<const seerflow_page *>(page.get()), &text, &length);
    // All that costs is done here, on the lane: JavaScript parses line after line as it is asked for them.
    auto kept = raw ? nullptr : std::make_shared<const std::string>(keep_integers({text, length}));
    return [=, page = std::move(page), kept = std::move(kept)](napi_env env) -> napi_value {
        napi_value object = nullptr, value = nullptr;
        if (napi_create_object(env, &object) != napi_ok) return nullptr;
        value = raw ? lend_bytes(env, page, text, length) : make_text(env, kept);
        napi_set_named_property(env, object, "text", value);
        PageParts parts;
        parts.count = seerflow_page_count(page.get());
        parts.next = seerflow_page_next_cursor(page.get());
        parts.last = seerflow_page_last_cursor(page.get());
        parts.has_total = seerflow_page_total(page.get(), &parts.total);
        put_parts(env, object, parts);
        return object;
    };
}

}  // namespace

// (number, spec, raw)
Napi::Value Store::query(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        std::shared_ptr<seerflow_query> query(query_of(info[1].As<Napi::Object>()).release(), seerflow_query_destroy);
        const bool raw = flag(info[2]);
        return begin(info, [query, raw](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            call(seerflow_query_set_interrupt, query.get(), interrupt);
            seerflow_page *made = nullptr;
            call(seerflow_store_query_events, store, const_cast<const seerflow_query *>(query.get()), &made);
            return page_answer(PageCopy(made, seerflow_page_destroy), raw);
        });
    });
}

// (number, id, timeout): a page of one.
Napi::Value Store::event(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto id = text_of(info[1]);
        const auto timeout = integer_of(info[2]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            seerflow_page *made = nullptr;
            call(seerflow_store_event, store, id.c_str(), timeout, interrupt, &made);
            return page_answer(PageCopy(made, seerflow_page_destroy), false);
        });
    });
}

// (number, from, to, bucket, split or undefined, timeout)
Napi::Value Store::histogram(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto from = integer_of(info[1]), to = integer_of(info[2]), bucket = integer_of(info[3]), timeout = integer_of(info[5]);
        const auto split = static_cast<seerflow_count_by>(integer_or(info[4], 0));
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            return list_answer<seerflow_histogram, seerflow_histogram_ndjson, seerflow_histogram_destroy>([&](auto **list) {
                if (split)
                    call(seerflow_store_split_histogram, store, split, from, to, bucket, timeout, interrupt, list);
                else
                    call(seerflow_store_histogram, store, from, to, bucket, timeout, interrupt, list);
            });
        });
    });
}

// (number, by, from, to, limit, timeout)
Napi::Value Store::count_by(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto by = static_cast<seerflow_count_by>(integer_of(info[1]));
        const auto from = integer_of(info[2]), to = integer_of(info[3]), timeout = integer_of(info[5]);
        const auto limit = small_of(info[4]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            return list_answer<seerflow_counted_list, seerflow_counted_list_ndjson, seerflow_counted_list_destroy>(
                [&](auto **list) { call(seerflow_store_count_by, store, by, from, to, limit, timeout, interrupt, list); });
        });
    });
}

// (number, by, from, to, timeout)
Napi::Value Store::distinct(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto by = static_cast<seerflow_count_by>(integer_of(info[1]));
        const auto from = integer_of(info[2]), to = integer_of(info[3]), timeout = integer_of(info[4]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            std::uint64_t distinct = 0;
            call(seerflow_store_distinct, store, by, from, to, timeout, interrupt, &distinct);
            return answer_number(static_cast<double>(distinct));
        });
    });
}

// (number, limit, timeout)
Napi::Value Store::templates(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto limit = small_of(info[1]);
        const auto timeout = integer_of(info[2]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            return list_answer<seerflow_template_list, seerflow_template_list_ndjson, seerflow_template_list_destroy>(
                [&](auto **list) { call(seerflow_store_templates, store, limit, timeout, interrupt, list); });
        });
    });
}

// (number, ndjson, timeout)
Napi::Value Store::write_templates(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto data = bytes_of(info[1]);
        const auto timeout = integer_of(info[2]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            call(seerflow_store_write_templates_ndjson, store, static_cast<const void *>(data.data()), data.size(), timeout, interrupt);
            return answer_nothing();
        });
    });
}

// (number, smallest count to keep, or undefined for none, timeout)
Napi::Value Store::prune_templates(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const bool all = info[1].IsUndefined();
        const auto keep = integer_or(info[1], 0), timeout = integer_of(info[2]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            std::uint64_t deleted = 0;
            if (all)
                call(seerflow_store_reset_templates, store, timeout, interrupt, &deleted);
            else
                call(seerflow_store_prune_templates, store, keep, timeout, interrupt, &deleted);
            return answer_number(static_cast<double>(deleted));
        });
    });
}

// (number, before, limit, timeout)
Napi::Value Store::dead_letters(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto before = integer_of(info[1]), timeout = integer_of(info[3]);
        const auto limit = small_of(info[2]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            return list_answer<seerflow_dead_letter_list, seerflow_dead_letter_list_ndjson, seerflow_dead_letter_list_destroy>(
                [&](auto **list) { call(seerflow_store_dead_letters, store, before, limit, timeout, interrupt, list); });
        });
    });
}

}  // namespace seerflow_node
