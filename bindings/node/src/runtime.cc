#include "runtime.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "session.h"

namespace seerflow_node {

namespace {

// The largest number of log records that wait for the JavaScript thread.
constexpr std::size_t kRecords = 1000;

// Owned by the environment.
struct Instance {
    std::shared_ptr<Runtime> runtime;
};

}  // namespace

Task::Task() {
    seerflow_interrupt *made = nullptr;
    call(seerflow_interrupt_new, &made);
    interrupt.reset(made);
}

Runtime *Runtime::of(Napi::Env env) {
    auto *instance = env.GetInstanceData<Instance>();
    return instance ? instance->runtime.get() : nullptr;
}

void Runtime::install(Napi::Env env) {
    auto runtime = std::shared_ptr<Runtime>(new Runtime(env));
    napi_value name;
    napi_create_string_utf8(env, "seerflow", NAPI_AUTO_LENGTH, &name);
    auto deliver = [](napi_env env, napi_value, void *context, void *) {
        // Without an environment there is no runtime.
        if (env) static_cast<Runtime *>(context)->deliver();
    };
    napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, runtime.get(), deliver,
                                    &runtime->wake_);
    // An idle thread-safe function must not keep the process alive. begin() references it while calls run.
    napi_unref_threadsafe_function(env, runtime->wake_);
    // Hooks run in reverse order, so this one runs before that of the thread-safe function.
    napi_add_env_cleanup_hook(env, [](void *data) { (void)static_cast<Runtime *>(data)->shut(); }, runtime.get());
    env.SetInstanceData(new Instance{std::move(runtime)});
}

Runtime::~Runtime() {
    // The environment has already destroyed its references.
}

Napi::Value Runtime::begin(const std::shared_ptr<Task> &task, const Napi::Value &settle) {
    napi_create_reference(env_, settle, 1, &task->settle);
    task->number = ++last_;
    if (running_.empty()) napi_ref_threadsafe_function(env_, wake_);
    running_.emplace(task->number, task);
    if (task->external) {
        std::int64_t total;
        napi_adjust_external_memory(env_, task->external, &total);
    }
    return Napi::Number::New(env_, task->number);
}

void Runtime::finish(std::shared_ptr<Task> task) {
    std::lock_guard<std::mutex> hold(lock_);
    if (dead_) return;
    finished_.push_back(std::move(task));
    wake();
}

void Runtime::log(std::shared_ptr<Session::Log> log, std::uint32_t level, std::string text) {
    std::lock_guard<std::mutex> hold(lock_);
    if (dead_ || records_.size() >= kRecords) return;
    records_.push_back(Record{std::move(log), level, std::move(text)});
    wake();
}

void Runtime::wake() {
    if (!woken_) woken_ = napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking) == napi_ok;
}

void Runtime::interrupt(double number) {
    auto found = running_.find(number);
    if (found == running_.end()) return;
    const std::shared_ptr<Task> task = found->second;
    seerflow_interrupt_raise(task->interrupt.get());
    task->session->give_up(task);
}

void Runtime::deliver() {
    std::vector<std::shared_ptr<Task>> finished;
    std::vector<Record> records;
    {
        std::lock_guard<std::mutex> hold(lock_);
        finished.swap(finished_);
        records.swap(records_);
        woken_ = false;
    }
    // Records first: the end of a close forgets the function of its store.
    for (const auto &record : records) pass(record);
    for (const auto &task : finished) {
        // An abandoned call may end again; only the first end counts.
        if (running_.erase(task->number) == 0) continue;
        settle(*task);
        if (task->external) {
            std::int64_t total;
            napi_adjust_external_memory(env_, -task->external, &total);
        }
    }
    if (running_.empty() && !finished.empty()) napi_unref_threadsafe_function(env_, wake_);
}

void Runtime::pass(const Record &record) {
    if (record.log->function.IsEmpty()) return;
    napi_handle_scope scope;
    if (napi_open_handle_scope(env_, &scope) != napi_ok) return;
    napi_value global, function = record.log->function.Value(), arguments[2];
    if (napi_get_global(env_, &global) == napi_ok && napi_create_uint32(env_, record.level, &arguments[0]) == napi_ok &&
        napi_create_string_utf8(env_, record.text.data(), record.text.size(), &arguments[1]) == napi_ok)
        napi_call_function(env_, global, function, 2, arguments, nullptr);
    napi_close_handle_scope(env_, scope);
}

void Runtime::settle(Task &task) {
    napi_handle_scope scope;
    if (napi_open_handle_scope(env_, &scope) != napi_ok) return;
    napi_value global, settle, arguments[2];
    if (napi_get_global(env_, &global) == napi_ok && napi_get_reference_value(env_, task.settle, &settle) == napi_ok &&
        napi_get_undefined(env_, &arguments[0]) == napi_ok) {
        arguments[1] = arguments[0];
        if (task.failure)
            arguments[0] = task.failure->describe(env_);
        else if (napi_value value = task.answer ? task.answer(env_) : nullptr)
            arguments[1] = value;
        if (arguments[0]) napi_call_function(env_, global, settle, 2, arguments, nullptr);
    }
    napi_delete_reference(env_, task.settle);
    napi_close_handle_scope(env_, scope);
}

void Runtime::add(const std::shared_ptr<Session> &session) { sessions_.push_back(session); }

void Runtime::remove(const std::shared_ptr<Session> &session) {
    sessions_.erase(std::remove(sessions_.begin(), sessions_.end(), session), sessions_.end());
}

bool Runtime::shut() {
    {
        std::lock_guard<std::mutex> hold(lock_);
        dead_ = true;
    }
    // Running queries are interrupted; writes are finished.
    for (const auto &[number, task] : running_)
        if (!task->session->is_writing(task)) seerflow_interrupt_raise(task->interrupt.get());
    const auto began = Clock::now();
    bool all_stored = true;
    for (const auto &session : sessions_) {
        const std::string path = seerflow_store_path(session->store());
        const Loss loss = session->shut(began + session->exit_timeout, [&] {
            for (const auto &[number, task] : running_)
                if (task->session == session) seerflow_interrupt_raise(task->interrupt.get());
        });
        const auto writes = std::count_if(running_.begin(), running_.end(), [&](const auto &entry) {
            return entry.second->session == session && session->is_writing(entry.second) &&
                   static_cast<const WriteTask &>(*entry.second).is_unfinished();
        });
        if (loss.events == 0 && writes == 0) continue;
        all_stored = false;
        std::fprintf(stderr, "seerflow: %s: accepted but not stored at exit: %llu; writes still waiting: %lld%s%s\n", path.c_str(),
                     static_cast<unsigned long long>(loss.events), static_cast<long long>(writes), loss.why.empty() ? "" : ": ",
                     loss.why.c_str());
    }
    sessions_.clear();
    running_.clear();
    std::vector<std::shared_ptr<Task>> finished;
    {
        std::lock_guard<std::mutex> hold(lock_);
        finished.swap(finished_);
        records_.clear();
    }
    return all_stored;
}

}  // namespace seerflow_node
