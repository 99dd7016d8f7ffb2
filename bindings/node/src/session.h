// An open store with its thread pools. It lives until its JavaScript object is garbage collected or the environment ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "commits.h"
#include "failure.h"
#include "thread_pool.h"
#include "task.h"

namespace seerflow_node {

class Runtime;

// One write: its arguments, and its outcome so far.
struct WriteTask : Task {
    seerflow_format format = SEERFLOW_FORMAT_NDJSON;
    std::string data;
    bool durable = false, withdraw = false, complete = true, keep_raw = false;
    std::uint32_t parse = SEERFLOW_PARSE_DEFAULT;
    // Absent if there is no timeout.
    std::optional<Clock::time_point> deadline;
    std::uint64_t first_index = 0;
    std::string batch_key, source_type, source_id, tag, timezone, record_key_field, reject_reason;

    std::uint64_t accepted = 0, committed = 0, duplicates = 0, queued = 0, withdrawn = 0, unkeyed = 0, unparsed_times = 0, consumed = 0;
    std::vector<std::pair<std::uint64_t, std::string>> rejected;
    seerflow_durability durability = SEERFLOW_DURABILITY_NONE;

    std::uint64_t records() const { return accepted + rejected.size(); }
    // Whether its events have keys, by which repeated events are stored once. Ids in the events are not considered.
    bool is_keyed() const { return !batch_key.empty() || (!record_key_field.empty() && unkeyed == 0); }
    // Adds the outcome of one library call.
    void add(const seerflow_result *result, std::size_t taken);
    // Whether the library has not consumed everything. Call this while no thread works on the task.
    bool is_unfinished() const { return !answer && consumed < data.size(); }
    // The remaining time, in milliseconds.
    std::int64_t left_ms() const;
    // Sets the result of a successful write.
    void succeed();
    void fail(Failure why);
};

// The number of events that could not be stored when a store was closed, and why commits failed.
struct Loss {
    std::uint64_t events = 0;
    std::string why;
};

using Work = std::function<Answer(const seerflow_store *, const seerflow_call *)>;

class Session : public std::enable_shared_from_this<Session> {
public:
    // The data of the library's log callback. It outlives the store.
    struct Log : std::enable_shared_from_this<Log> {
        explicit Log(Runtime &runtime) : runtime(runtime) {}

        Runtime &runtime;
        // The JavaScript function that gets (level, text). Empty if none is given, and after the store was closed. JavaScript thread only.
        Napi::FunctionReference function;
    };

    Session(Runtime &runtime, std::chrono::milliseconds exit_timeout);
    ~Session();

    // Creates the store, which is opened later, or a handle to the store that the process shares. Throws a Failure.
    void make(seerflow_config *config, bool is_shared);

    const seerflow_store *store() const { return store_.get(); }
    Log *log() { return log_.get(); }

    // Runs a call that may block. A few calls run at the same time.
    void post(const std::shared_ptr<Task> &task, Work work);

    // Writes, after all writes that were posted before.
    void write(const std::shared_ptr<WriteTask> &task);

    // Runs a call after all writes that were posted before. Other calls run at the same time.
    void post_after_writes(const std::shared_ptr<Task> &task, Work work);

    // Stores everything that was passed to the session before, within the timeout, and closes the store. Later writes are refused. The
    // result is the number of lost records.
    void close(const std::shared_ptr<Task> &task, std::function<void()> closed);

    // Ends the wait of a write for its commit. Other calls notice their interrupt themselves.
    void give_up(const std::shared_ptr<Task> &task);

    bool is_writing(const std::shared_ptr<Task> &task) const;

    // Stores everything that was passed to the session until the deadline. Then calls `interrupt_all`, closes the store and waits for every
    // thread. Does nothing if it was called before.
    Loss shut(Clock::time_point deadline, const std::function<void()> &interrupt_all);

    const std::chrono::milliseconds exit_timeout;

private:
    void run(const std::shared_ptr<Task> &task, const Work &work);
    // Waits until the library has consumed all posted writes. Returns false if the deadline passed first.
    bool drain_writes(Clock::time_point deadline);
    void run_write(const std::shared_ptr<WriteTask> &task);

    Runtime &runtime_;
    const std::shared_ptr<Log> log_;
    CompletionsHandle completions_;
    Handle<seerflow_store, seerflow_store_destroy> store_;
    // Control calls have two threads, so that a close does not wait for a blocked flush.
    ThreadPool writes_{1}, calls_{4}, control_{2};
    Commits commits_;
    bool closing_ = false, shut_ = false;
};

}  // namespace seerflow_node
