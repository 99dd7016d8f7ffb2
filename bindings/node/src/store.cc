#include "store.h"

#include "arguments.h"
#include "runtime.h"

namespace seerflow_node {

namespace {

WriteFunction function_of(const std::string &format) {
    if (format == "msgpack") return seerflow_store_write_msgpack;
    if (format == "ndjson") return seerflow_store_write_ndjson;
    if (format == "lines") return seerflow_store_write_lines;
    throw Failure(SEERFLOW_STATUS_INVALID, "format is none of ndjson, msgpack, lines");
}

void log_to(void *user_data, seerflow_log_level level, const char *text, std::size_t length) {
    auto *log = static_cast<Session::Log *>(user_data);
    log->runtime->log(log->number, level, std::string(text, length));
}

}  // namespace

Napi::Function Store::define(Napi::Env env) {
    return DefineClass(env, "Store",
                       {
                           InstanceMethod<&Store::start>("start"),
                           InstanceMethod<&Store::write>("write"),
                           InstanceMethod<&Store::flush>("flush"),
                           InstanceMethod<&Store::close>("close"),
                           InstanceMethod<&Store::stats>("stats"),
                           InstanceMethod<&Store::health>("health"),
                           InstanceMethod<&Store::path>("path"),
                           InstanceMethod<&Store::query>("query"),
                           InstanceMethod<&Store::event>("event"),
                           InstanceMethod<&Store::histogram>("histogram"),
                           InstanceMethod<&Store::count_by>("countBy"),
                           InstanceMethod<&Store::distinct>("distinct"),
                           InstanceMethod<&Store::templates>("templates"),
                           InstanceMethod<&Store::write_templates>("writeTemplates"),
                           InstanceMethod<&Store::prune_templates>("pruneTemplates"),
                           InstanceMethod<&Store::dead_letters>("deadLetters"),
                           InstanceMethod<&Store::write_alerts>("writeAlerts"),
                           InstanceMethod<&Store::alerts>("alerts"),
                           InstanceMethod<&Store::alert>("alert"),
                           InstanceMethod<&Store::alert_histogram>("alertHistogram"),
                           InstanceMethod<&Store::alerts_by>("alertsBy"),
                           InstanceMethod<&Store::alert_patterns>("alertPatterns"),
                           InstanceMethod<&Store::give_feedback>("giveFeedback"),
                           InstanceMethod<&Store::feedback>("feedback"),
                           InstanceMethod<&Store::feedback_stats>("feedbackStats"),
                           InstanceMethod<&Store::save_model>("saveModel"),
                           InstanceMethod<&Store::load_model>("loadModel"),
                           InstanceMethod<&Store::delete_model>("deleteModel"),
                           InstanceMethod<&Store::models>("models"),
                           InstanceMethod<&Store::sigma_rules>("sigmaRules"),
                           InstanceMethod<&Store::enable_sigma_rule>("enableSigmaRule"),
                           InstanceMethod<&Store::add_sigma_matches>("addSigmaMatches"),
                           InstanceMethod<&Store::entities_of>("entitiesOf"),
                           InstanceMethod<&Store::describe_entity>("describeEntity"),
                           InstanceMethod<&Store::related>("related"),
                           InstanceMethod<&Store::upsert_edges>("upsertEdges"),
                           InstanceMethod<&Store::edges>("edges"),
                           InstanceMethod<&Store::prune_edges>("pruneEdges"),
                           InstanceMethod<&Store::graph_add_edges>("graphAddEdges"),
                           InstanceMethod<&Store::graph_neighbours>("graphNeighbours"),
                           InstanceMethod<&Store::graph_path>("graphPath"),
                           InstanceMethod<&Store::graph_subgraph>("graphSubgraph"),
                           InstanceMethod<&Store::graph_related>("graphRelated"),
                           InstanceMethod<&Store::graph_counts>("graphCounts"),
                           InstanceMethod<&Store::graph_top>("graphTop"),
                           InstanceMethod<&Store::graph_health>("graphHealth"),
                           InstanceMethod<&Store::summary>("summary"),
                           InstanceMethod<&Store::prune>("prune"),
                           InstanceMethod<&Store::backup>("backup"),
                           InstanceMethod<&Store::checkpoint>("checkpoint"),
                           InstanceMethod<&Store::check>("check"),
                       });
}

Store::Store(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Store>(info) {
    guarded(info.Env(), [&] {
        Runtime &runtime = *Runtime::of(info.Env());
        auto options = info[0].As<Napi::Object>();
        const double number = info[1].As<Napi::Number>().DoubleValue();
        const std::chrono::milliseconds exit_timeout(integer_of(info[2]));
        seerflow_config *made = nullptr;
        call(seerflow_config_new, &made);
        ConfigHandle config(made);
        if (auto file = optional_text(get(options, "file"))) call(seerflow_config_load_file, config.get(), file->c_str());
        if (flag(get(options, "env"))) call(seerflow_config_load_env, config.get());
        auto pairs = get(options, "set").As<Napi::Array>();
        for (std::uint32_t i = 0; i + 1 < pairs.Length(); i += 2) {
            call(seerflow_config_set, config.get(), text_of(item(pairs, i)).c_str(), text_of(item(pairs, i + 1)).c_str());
        }
        auto session = std::make_shared<Session>(runtime, number, exit_timeout);
        if (const auto level = integer_or(get(options, "level"), 0)) {
            call(seerflow_config_set_log, config.get(), static_cast<seerflow_log_level>(level), log_to,
                 static_cast<void *>(session->log()));
        }
        session->open(config.get());
        session_ = std::move(session);
        runtime.add(session_);
        // An open store is not collected: what it holds would be written too late.
        Ref();
        return info.Env().Undefined();
    });
}

// The object is collected after it was closed, or the environment ends, which has shut the session.
void Store::Finalize(Napi::Env env) {
    if (!session_) return;
    session_->shut(Clock::now(), [] {});
    if (Runtime *runtime = Runtime::of(env)) runtime->remove(session_);
}

Napi::Value Store::begin(const Napi::CallbackInfo &info, Work work) {
    auto made = task(info);
    Runtime::of(info.Env())->begin(made);
    session_->post(made, std::move(work));
    return info.Env().Undefined();
}

Napi::Value Store::start(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        return begin(info, [](const seerflow_store *store, const seerflow_interrupt *) {
            call(seerflow_store_start, store);
            return answer_nothing();
        });
    });
}

// (number, data, format, options)
Napi::Value Store::write(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        auto options = info[3].As<Napi::Object>();
        auto made = task<WriteTask>(info);
        made->function = function_of(text_of(info[2]));
        made->data = bytes_of(info[1]);
        made->external = static_cast<std::int64_t>(made->data.size());
        made->durable = flag(get(options, "durable"));
        made->withdraw = flag(get(options, "withdraw"));
        made->record_key_field = optional_text(get(options, "recordKeyField")).value_or("");
        made->complete = flag(get(options, "complete"));
        made->keep_raw = flag(get(options, "keepRaw"));
        made->first_index = static_cast<std::uint64_t>(integer_or(get(options, "firstIndex"), 0));
        made->batch_key = optional_text(get(options, "batchKey")).value_or("");
        made->source_type = optional_text(get(options, "sourceType")).value_or("");
        made->source_id = optional_text(get(options, "sourceId")).value_or("");
        made->timezone = optional_text(get(options, "timezone")).value_or("");
        const auto timeout = integer_or(get(options, "timeout"), SEERFLOW_DEFAULT_TIMEOUT_MS);
        if (timeout >= 0) made->deadline = Clock::now() + std::chrono::milliseconds(timeout);
        session_->write(made);
        Runtime::of(info.Env())->begin(made);
        return info.Env().Undefined();
    });
}

// (number, timeout)
Napi::Value Store::flush(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto timeout = integer_of(info[1]);
        auto made = task(info);
        Runtime::of(info.Env())->begin(made);
        session_->post_after_writes(made, [timeout](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            call(seerflow_store_flush, store, timeout, interrupt);
            return answer_nothing();
        });
        return info.Env().Undefined();
    });
}

// (number, timeout)
Napi::Value Store::close(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto timeout = integer_of(info[1]);
        auto made = task(info);
        Runtime::of(info.Env())->begin(made);
        // From then on the object may be collected.
        session_->close(made, timeout, [this] { Unref(); });
        return info.Env().Undefined();
    });
}

Napi::Value Store::stats(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        auto stats = prepare<seerflow_stats>();
        call(seerflow_store_stats, session_->store(), &stats);
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
        };
        for (const auto &[name, value] : counters) put(object, name, static_cast<double>(value));
        return object;
    });
}

// Returns {state, reason, lastError}.
Napi::Value Store::health(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        seerflow_health health = SEERFLOW_HEALTH_IDLE;
        char reason[1024] = "", last[1024] = "";
        call(seerflow_store_health, session_->store(), &health, static_cast<char *>(reason), sizeof reason,
             static_cast<std::size_t *>(nullptr));
        call(seerflow_store_last_error, session_->store(), static_cast<char *>(last), sizeof last,
             static_cast<std::size_t *>(nullptr));
        auto object = Napi::Object::New(info.Env());
        put(object, "state", health);
        put(object, "reason", reason);
        put(object, "lastError", last);
        return object;
    });
}

Napi::Value Store::path(const Napi::CallbackInfo &info) {
    return Napi::String::New(info.Env(), seerflow_store_path(session_->store()));
}

}  // namespace seerflow_node
