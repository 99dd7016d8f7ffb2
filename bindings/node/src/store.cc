#include "store.h"

#include "answers.h"
#include "calls.h"
#include "runtime.h"

namespace seerflow_node {

namespace {

void log_to(void *user_data, seerflow_log_level level, const char *text, std::size_t length) {
    auto *log = static_cast<Session::Log *>(user_data);
    log->runtime.log(log->shared_from_this(), level, std::string(text, length));
}

}  // namespace

Napi::Function Store::define(Napi::Env env) {
    return DefineClass(env, "Store",
                       {
                           InstanceMethod<&Store::call>("call"),
                           InstanceMethod<&Store::write>("write"),
                           InstanceMethod<&Store::flush>("flush"),
                           InstanceMethod<&Store::close>("close"),
                           InstanceMethod<&Store::stats>("stats"),
                           InstanceMethod<&Store::health>("health"),
                           InstanceMethod<&Store::metrics>("metrics"),
                           InstanceMethod<&Store::path>("path"),
                       });
}

Store::Store(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Store>(info) {
    guarded(info.Env(), [&] {
        Runtime &runtime = *Runtime::of(info.Env());
        auto options = info[0].As<Napi::Object>();
        const std::chrono::milliseconds exit_timeout(integer_of(info[2]));
        seerflow_config *made = nullptr;
        seerflow_node::call(seerflow_config_new, &made);
        ConfigHandle config(made);
        if (auto file = optional_text(get(options, "file"))) seerflow_node::call(seerflow_config_load_file, config.get(), file->c_str());
        if (flag(get(options, "env"))) seerflow_node::call(seerflow_config_load_env, config.get());
        auto pairs = get(options, "set").As<Napi::Array>();
        for (std::uint32_t i = 0; i + 1 < pairs.Length(); i += 2) {
            seerflow_node::call(seerflow_config_set, config.get(), text_of(item(pairs, i)).c_str(), text_of(item(pairs, i + 1)).c_str());
        }
        auto session = std::make_shared<Session>(runtime, exit_timeout);
        if (const auto level = integer_or(get(options, "level"), 0)) {
            session->log()->function = Napi::Persistent(info[1].As<Napi::Function>());
            seerflow_node::call(seerflow_config_set_log, config.get(), static_cast<seerflow_log_level>(level), log_to,
                 static_cast<void *>(session->log()));
        }
        session->make(config.get(), flag(get(options, "shared")));
        session_ = std::move(session);
        runtime.add(session_);
        // Protects an open store from garbage collection, which would destroy it too late for its data.
        Ref();
        return info.Env().Undefined();
    });
}

// Runs when the object is garbage collected after a close, or when the environment ends, which has already shut the session down.
void Store::Finalize(Napi::Env env) {
    if (!session_) return;
    session_->shut(Clock::now(), [] {});
    if (Runtime *runtime = Runtime::of(env)) runtime->remove(session_);
}

// Arguments: (settle, timeout, name, spec). Makes one of the calls of calls.cc; spec has the members of Request.
Napi::Value Store::call(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const Call run = call_named(text_of(info[2]));
        auto request = std::make_shared<const Request>(info[3].As<Napi::Object>());
        auto made = task(info);
        session_->post(made, [=](const seerflow_store *store, const seerflow_call *how) { return run(store, *request, how); });
        return Runtime::of(info.Env())->begin(made, info[0]);
    });
}

// Arguments: (settle, timeout, data, format, options)
Napi::Value Store::write(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        auto options = info[4].As<Napi::Object>();
        auto made = task<WriteTask>(info);
        made->format = static_cast<seerflow_format>(small_of(info[3]));
        made->data = bytes_of(info[2]);
        made->external = static_cast<std::int64_t>(made->data.size());
        made->durable = flag(get(options, "durable"));
        made->withdraw = flag(get(options, "withdraw"));
        made->record_key_field = optional_text(get(options, "recordKeyField")).value_or("");
        made->complete = flag(get(options, "complete"));
        made->keep_raw = flag(get(options, "keepRaw"));
        made->parse = static_cast<std::uint32_t>(small_of(get(options, "parse")));
        made->first_index = static_cast<std::uint64_t>(integer_or(get(options, "firstIndex"), 0));
        made->batch_key = optional_text(get(options, "batchKey")).value_or("");
        made->source_type = optional_text(get(options, "sourceType")).value_or("");
        made->source_id = optional_text(get(options, "sourceId")).value_or("");
        made->tag = optional_text(get(options, "tag")).value_or("");
        made->reject_reason = optional_text(get(options, "rejectReason")).value_or("");
        made->timezone = optional_text(get(options, "timezone")).value_or("");
        if (made->timeout_ms >= 0) made->deadline = Clock::now() + std::chrono::milliseconds(made->timeout_ms);
        session_->write(made);
        return Runtime::of(info.Env())->begin(made, info[0]);
    });
}

// Arguments: (settle, timeout)
Napi::Value Store::flush(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        auto made = task(info);
        session_->post_after_writes(made, [](const seerflow_store *store, const seerflow_call *how) {
            seerflow_node::call(seerflow_store_flush, store, how);
            return answer_nothing();
        });
        return Runtime::of(info.Env())->begin(made, info[0]);
    });
}

// Arguments: (settle, timeout)
Napi::Value Store::close(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        auto made = task(info);
        session_->close(made, [this] {
            // From now on the object may be garbage collected.
            Unref();
            session_->log()->function.Reset();
        });
        return Runtime::of(info.Env())->begin(made, info[0]);
    });
}

Napi::Value Store::stats(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        seerflow_stats stats = SEERFLOW_STATS_INIT;
        seerflow_node::call(seerflow_store_stats, session_->store(), &stats);
        auto object = Napi::Object::New(info.Env());
        put(object, "durability", stats.durability);
        const std::pair<const char *, std::uint64_t> counters[] = {
            {"accepted", stats.accepted},
            {"committed", stats.committed},
            {"duplicates", stats.duplicates},
            {"rejected", stats.rejected},
            {"commits", stats.commits},
            {"retries", stats.retries},
            {"queue_events", stats.queue_events},
            {"queue_bytes", stats.queue_bytes},
            {"last_commit_ns", stats.last_commit_ns},
            {"longest_commit_ns", stats.longest_commit_ns},
            {"wal_bytes", stats.wal_bytes},
            {"queries", stats.queries},
            {"withdrawn", stats.withdrawn},
            {"unparsed_times", stats.unparsed_times},
        };
        for (const auto &[name, value] : counters) put(object, name, static_cast<double>(value));
        return object;
    });
}

Napi::Value Store::metrics(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        std::vector<char> text(16 << 10);
        for (std::size_t length = 0;; text.resize(2 * length)) {
            seerflow_node::call(seerflow_store_metrics, session_->store(), text.data(), text.size(), &length);
            if (length < text.size()) return Napi::String::New(info.Env(), text.data(), length);
        }
    });
}

// Returns the members of seerflow_health that are set, and lastError.
Napi::Value Store::health(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        seerflow_health health = SEERFLOW_HEALTH_INIT;
        char last[1024] = "";
        seerflow_node::call(seerflow_store_health, session_->store(), &health);
        seerflow_node::call(seerflow_store_last_error, session_->store(), static_cast<char *>(last), sizeof last,
             static_cast<std::size_t *>(nullptr));
        auto object = Napi::Object::New(info.Env());
        put(object, "state", health.state);
        put(object, "cause", health.cause);
        put(object, "reason", static_cast<const char *>(health.reason));
        if (health.state == SEERFLOW_STATE_DEGRADED) object.Set("degraded_since_ns", Napi::BigInt::New(info.Env(), health.degraded_since_ns));
        const std::pair<const char *, std::uint64_t> queue[] = {
            {"queue_events", health.queue_events},
            {"queue_events_limit", health.queue_events_limit},
            {"queue_bytes", health.queue_bytes},
            {"queue_bytes_limit", health.queue_bytes_limit},
        };
        for (const auto &[name, value] : queue) put(object, name, static_cast<double>(value));
        put(object, "lastError", last);
        return object;
    });
}

Napi::Value Store::path(const Napi::CallbackInfo &info) {
    return Napi::String::New(info.Env(), seerflow_store_path(session_->store()));
}

}  // namespace seerflow_node
