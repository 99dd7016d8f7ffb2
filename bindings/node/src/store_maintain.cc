// Keeping a store in order.
#include <string_view>

#include "arguments.h"
#include "runtime.h"
#include "store.h"

namespace seerflow_node {

namespace {

// Answers with an object of numbers and, for names that end in _ns, BigInts.
Answer counters_answer(std::vector<std::pair<const char *, std::int64_t>> counters) {
    return [counters = std::move(counters)](napi_env env) -> napi_value {
        napi_value object = nullptr, value = nullptr;
        if (napi_create_object(env, &object) != napi_ok) return nullptr;
        for (const auto &[name, number] : counters) {
            const std::string_view key(name);
            if (number == SEERFLOW_TIME_ABSENT)
                napi_get_undefined(env, &value);
            else if (key.size() > 3 && key.substr(key.size() - 3) == "_ns")
                napi_create_bigint_int64(env, number, &value);
            else
                napi_create_double(env, static_cast<double>(number), &value);
            napi_set_named_property(env, object, name, value);
        }
        return object;
    };
}

}  // namespace

// (number, timeout)
Napi::Value Store::summary(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto timeout = integer_of(info[1]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            auto got = prepare<seerflow_summary>();
            call(seerflow_store_summary, store, timeout, interrupt, &got);
            auto whole = [](std::uint64_t number) { return static_cast<std::int64_t>(number); };
            auto counters = counters_answer({
                {"made_by_seerflow", got.made_by_seerflow},
                {"schema_version", got.schema_version},
                {"migration", got.migration},
                {"events", whole(got.events)},
                {"dead_letters", whole(got.dead_letters)},
                {"templates", whole(got.templates)},
                {"oldest_ns", got.oldest_ns},
                {"newest_ns", got.newest_ns},
                {"watermark", got.watermark},
                {"last_seq", got.last_seq},
                {"bytes", whole(got.bytes)},
                {"free_bytes", whole(got.free_bytes)},
                {"wal_bytes", whole(got.wal_bytes)},
            });
            return Answer([counters, end = std::string(got.end_cursor)](napi_env env) {
                napi_value object = counters(env), value = nullptr;
                napi_create_string_utf8(env, end.data(), end.size(), &value);
                napi_set_named_property(env, object, "end_cursor", value);
                return object;
            });
        });
    });
}

// (number, before or undefined, max bytes, timeout)
Napi::Value Store::prune(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        seerflow_prune_options options;
        call(seerflow_prune_options_init, &options, sizeof options);
        options.has_before = !info[1].IsUndefined();
        options.before_ns = integer_or(info[1], 0);
        options.max_bytes = static_cast<std::uint64_t>(integer_or(info[2], 0));
        const auto timeout = integer_of(info[3]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            auto report = prepare<seerflow_prune_report>();
            call(seerflow_store_prune, store, &options, timeout, interrupt, &report);
            return counters_answer({
                {"events", static_cast<std::int64_t>(report.events)},
                {"dead_letters", static_cast<std::int64_t>(report.dead_letters)},
                {"bytes_before", static_cast<std::int64_t>(report.bytes_before)},
                {"bytes_after", static_cast<std::int64_t>(report.bytes_after)},
            });
        });
    });
}

// (number, target, timeout)
Napi::Value Store::backup(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto target = text_of(info[1]);
        const auto timeout = integer_of(info[2]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            call(seerflow_store_backup, store, target.c_str(), timeout, interrupt, static_cast<seerflow_progress_callback>(nullptr),
                 static_cast<void *>(nullptr));
            return answer_nothing();
        });
    });
}

Napi::Value Store::checkpoint(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        return begin(info, [](const seerflow_store *store, const seerflow_interrupt *) {
            call(seerflow_store_checkpoint, store);
            return answer_nothing();
        });
    });
}

// (number, text index too, timeout)
Napi::Value Store::check(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const bool text = flag(info[1]);
        const auto timeout = integer_of(info[2]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            std::vector<std::string> found;
            auto add = [&](auto check) {
                seerflow_findings *made = nullptr;
                call(check, store, timeout, interrupt, &made);
                Handle<seerflow_findings, seerflow_findings_destroy> findings(made);
                for (std::size_t i = 0; i < seerflow_findings_count(made); i++) {
                    const char *finding = "";
                    call(seerflow_findings_at, const_cast<const seerflow_findings *>(made), i, &finding);
                    found.emplace_back(finding);
                }
            };
            add(seerflow_store_check);
            if (text) add(seerflow_store_check_text);
            return Answer([found](napi_env env) -> napi_value {
                napi_value list = nullptr, text = nullptr;
                if (napi_create_array(env, &list) != napi_ok) return nullptr;
                for (std::size_t i = 0; i < found.size(); i++) {
                    napi_create_string_utf8(env, found[i].data(), found[i].size(), &text);
                    napi_set_element(env, list, static_cast<std::uint32_t>(i), text);
                }
                return list;
            });
        });
    });
}

}  // namespace seerflow_node
