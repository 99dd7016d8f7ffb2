#include "session.h"

#include <algorithm>

#include "runtime.h"

namespace seerflow_node {

namespace {

std::int64_t left_until(Clock::time_point deadline) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    return std::max<std::int64_t>(left.count(), 0);
}

napi_value whole(napi_env env, std::uint64_t value) {
    napi_value made = nullptr;
    napi_create_double(env, static_cast<double>(value), &made);
    return made;
}

}  // namespace

std::int64_t WriteTask::left_ms() const { return deadline ? left_until(*deadline) : -1; }

void WriteTask::succeed() {
    // The result is built once, while the task exists.
    answer = [this](napi_env env) -> napi_value {
        napi_value object = nullptr, list = nullptr, entry = nullptr, text = nullptr;
        if (napi_create_object(env, &object) != napi_ok) return nullptr;
        napi_set_named_property(env, object, "accepted", whole(env, accepted));
        napi_set_named_property(env, object, "committed", whole(env, committed));
        napi_set_named_property(env, object, "duplicates", whole(env, duplicates));
        napi_set_named_property(env, object, "unkeyed", whole(env, unkeyed));
        napi_set_named_property(env, object, "unparsedTimes", whole(env, unparsed_times));
        napi_set_named_property(env, object, "consumed", whole(env, consumed));
        napi_set_named_property(env, object, "durability", whole(env, durability));
        napi_create_array_with_length(env, rejected.size(), &list);
        for (std::size_t i = 0; i < rejected.size(); i++) {
            napi_create_object(env, &entry);
            napi_create_string_utf8(env, rejected[i].second.data(), rejected[i].second.size(), &text);
            napi_set_named_property(env, entry, "index", whole(env, rejected[i].first));
            napi_set_named_property(env, entry, "reason", text);
            napi_set_element(env, list, static_cast<std::uint32_t>(i), entry);
        }
        napi_set_named_property(env, object, "rejected", list);
        return object;
    };
}

void WriteTask::add(const seerflow_result *result, std::size_t taken) {
    consumed += taken;
    if (!result) return;
    seerflow_outcome outcome = SEERFLOW_OUTCOME_INIT;
    call(seerflow_result_outcome, result, &outcome);
    accepted += outcome.accepted;
    committed += outcome.committed;
    duplicates += outcome.duplicates;
    queued += outcome.queued;
    withdrawn += outcome.withdrawn;
    unkeyed += outcome.unkeyed;
    unparsed_times += outcome.unparsed_times;
    durability = outcome.durability;
    const seerflow_list *rejections = seerflow_result_rejections(result);
    for (std::size_t i = 0; i < seerflow_list_count(rejections); i++) {
        seerflow_rejection rejection = SEERFLOW_REJECTION_INIT;
        call(seerflow_list_rejection_at, rejections, i, &rejection);
        rejected.emplace_back(rejection.index, std::string(rejection.reason.data, rejection.reason.len));
    }
}

void WriteTask::fail(Failure why) {
    why.taken = Failure::Taken{consumed, records(), committed, queued, withdrawn};
    failure = std::move(why);
}

Session::Session(Runtime &runtime, std::chrono::milliseconds exit_timeout)
    : exit_timeout(exit_timeout), runtime_(runtime), log_(std::make_shared<Log>(runtime)), commits_(runtime) {}

Session::~Session() { shut(Clock::now(), [] {}); }

void Session::make(seerflow_config *config, bool is_shared) {
    seerflow_completions *completions = nullptr;
    call(seerflow_completions_new, &completions);
    completions_.reset(completions);
    seerflow_store *store = nullptr;
    call(is_shared ? seerflow_store_shared : seerflow_store_new, config, &store);
    store_.reset(store);
    commits_.open(completions_.get(), store_.get());
}

void Session::post(const std::shared_ptr<Task> &task, Work work) {
    calls_.post([this, task, work = std::move(work)] { run(task, work); });
}

void Session::post_after_writes(const std::shared_ptr<Task> &task, Work work) {
    writes_.post([this, task, work = std::move(work)] {
        control_.post([this, task, work] { run(task, work); });
    });
}

void Session::run(const std::shared_ptr<Task> &task, const Work &work) {
    try {
        const seerflow_call how = within(task->timeout_ms, task->interrupt.get());
        task->answer = work(store_.get(), &how);
    } catch (const Failure &failure) {
        task->failure = failure;
    } catch (const std::exception &error) {
        task->failure = Failure(SEERFLOW_STATUS_PANIC, error.what());
    }
    runtime_.finish(task);
}

void Session::close(const std::shared_ptr<Task> &task, std::function<void()> closed) {
    closing_ = true;
    const auto began = Clock::now();
    control_.post([=, closed = std::move(closed)] {
        run(task, [=](const seerflow_store *store, const seerflow_call *how) {
            // The library's own timeout covers what it has accepted; this one covers what waits to be passed to it.
            const bool is_bound = how->timeout_ms >= 0;
            const auto deadline = is_bound ? began + std::chrono::milliseconds(how->timeout_ms) : Clock::time_point::max();
            drain_writes(deadline);
            const seerflow_call rest = within(is_bound ? left_until(deadline) : -1);
            std::uint64_t lost = 0;
            seerflow_error *error = nullptr;
            const auto status = seerflow_store_close(store, &rest, &lost, &error);
            if (status && status != SEERFLOW_STATUS_LOST) throw Failure(status, error);
            seerflow_error_destroy(error);
            release_memory();
            return Answer([lost, closed](napi_env env) -> napi_value {
                closed();
                return whole(env, lost);
            });
        });
    });
}

void Session::write(const std::shared_ptr<WriteTask> &task) {
    if (closing_) throw Failure(SEERFLOW_STATUS_CLOSED, "the store is closed");
    writes_.post([this, task] {
        try {
            run_write(task);
        } catch (const std::exception &error) {
            task->fail(Failure(SEERFLOW_STATUS_PANIC, error.what()));
            runtime_.finish(task);
        }
    });
}

// Calls the library until it has consumed all bytes, or only an incomplete record is left. If the queue is full, it consumes a part, and
// returns AGAIN once it can consume nothing before the deadline.
void Session::run_write(const std::shared_ptr<WriteTask> &task) {
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    options.complete = task->complete;
    options.keep_raw = task->keep_raw;
    options.parse = static_cast<seerflow_parse>(task->parse);
    options.batch_key = lend(task->batch_key);
    options.source_type = lend(task->source_type);
    options.source_id = lend(task->source_id);
    options.tag = lend(task->tag);
    options.timezone = lend(task->timezone);
    options.reject_reason = lend(task->reject_reason);
    options.record_key_field = lend(task->record_key_field);
    // Only a call that waits for its commit can withdraw its events.
    options.withdraw = task->withdraw;
    options.durable = task->withdraw && task->durable;
    const bool has_completion = task->durable && !task->withdraw;
    if (has_completion) {
        // A completion reports the commit. This thread continues with the next write meanwhile, so writes share commits.
        options.urgent = true;
        options.completions = completions_.get();
        options.user_data = commits_.begin(task);
    }
    do {
        const seerflow_call how = within(task->left_ms(), task->interrupt.get());
        options.call = &how;
        options.first_index = task->first_index + task->records();
        std::size_t consumed = 0;
        seerflow_result *made = nullptr;
        seerflow_error *error = nullptr;
        if (has_completion) commits_.expect(options.user_data);
        seerflow_status status = seerflow_store_write(store_.get(), task->format, task->data.data() + task->consumed,
                                                      task->data.size() - task->consumed, &options, &consumed, &made, &error);
        ResultHandle result(made);
        task->add(result.get(), consumed);
        if (status) {
            if (has_completion) commits_.forget(options.user_data);
            task->fail(Failure(status, error));
            return runtime_.finish(task);
        }
        if (consumed == 0) break;
    } while (task->consumed < task->data.size());
    if (has_completion) return commits_.seal(options.user_data);
    task->succeed();
    runtime_.finish(task);
}

void Session::give_up(const std::shared_ptr<Task> &task) { commits_.give_up(task); }

// The write may be waiting for room in the queue, while the library waits for its flush interval before it commits.
bool Session::drain_writes(Clock::time_point deadline) {
    using namespace std::chrono_literals;
    while (!writes_.drain(std::min(deadline, Clock::now() + 10ms))) {
        if (Clock::now() >= deadline) return false;
        const seerflow_call how = within(std::min<std::int64_t>(left_until(deadline), 100));
        static_cast<void>(seerflow_store_flush(store_.get(), &how, nullptr));
    }
    return true;
}

bool Session::is_writing(const std::shared_ptr<Task> &task) const { return dynamic_cast<const WriteTask *>(task.get()) != nullptr; }

Loss Session::shut(Clock::time_point deadline, const std::function<void()> &interrupt_all) {
    Loss loss;
    if (shut_) return loss;
    shut_ = true;
    calls_.stop();
    if (!store_ || !drain_writes(deadline)) interrupt_all();
    writes_.stop();
    if (store_) {
        char why[512] = "";
        seerflow_error *error = nullptr;
        const seerflow_call how = within(left_until(deadline));
        // The number of lost events and the last error tell the caller more than the status.
        [[maybe_unused]] const seerflow_status status = seerflow_store_close(store_.get(), &how, &loss.events, &error);
        seerflow_store_last_error(store_.get(), why, sizeof why, nullptr, nullptr);
        loss.why = why;
        seerflow_error_destroy(error);
    }
    writes_.join();
    control_.stop();
    control_.join();
    calls_.join();
    commits_.join();
    store_.reset();
    completions_.reset();
    return loss;
}

}  // namespace seerflow_node
