// An open store with its lanes. It lives until its JavaScript object is collected or the environment ends.
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
#include "lane.h"
#include "task.h"

namespace seerflow_node {

class Runtime;

// One write: what it was given, and what became of it so far.
struct WriteTask : Task {
    seerflow_format format = SEERFLOW_FORMAT_NDJSON;
    std::string data;
    bool durable = false, withdraw = false, complete = true, keep_raw = false;
    // None if there is no bound.
    std::optional<Clock::time_point> deadline;
    std::uint64_t first_index = 0;
    std::string batch_key, source_type, source_id, tag, timezone, record_key_field;

    std::uint64_t accepted = 0, committed = 0, duplicates = 0, queued = 0, withdrawn = 0, unkeyed = 0, consumed = 0;
    std::vector<std::pair<std::uint64_t, std::string>> rejected;
    seerflow_durability durability = SEERFLOW_DURABILITY_NONE;

    std::uint64_t records() const { return accepted + rejected.size(); }
    // Whether its events have keys, so that sending them again stores them once. An id of their own is not looked for.
    bool is_keyed() const { return !batch_key.empty() || (!record_key_field.empty() && unkeyed == 0); }
    // Adds what one call of the library says.
    void add(const seerflow_result *result, std::size_t taken);
    // Whether the library has not taken all of it. When no thread works on it.
    bool is_unfinished() const { return !answer && consumed < data.size(); }
    // The time that is left, in milliseconds.
    std::int64_t left_ms() const;
    // Makes the answer of a write that went well.
    void succeed();
    void fail(Failure why);
};

// What could not be stored when a store was closed, and why commits failed then.
struct Loss {
    std::uint64_t events = 0;
    std::string why;
};

using Work = std::function<Answer(const seerflow_store *, const seerflow_call *)>;

class Session : public std::enable_shared_from_this<Session> {
public:
    // What a log callback of the library needs; it outlives the store.
    struct Log {
        Runtime *runtime;
        double number;
    };

    Session(Runtime &runtime, double number, std::chrono::milliseconds exit_timeout);
    ~Session();

    // Makes the store, which is opened later. Throws a Failure.
    void make(seerflow_config *config);

    const seerflow_store *store() const { return store_.get(); }
    Log *log() { return &log_; }

    // Runs a call that may block. Calls run side by side, a few at a time.
    void post(const std::shared_ptr<Task> &task, Work work);

    // Writes after all writes that were posted before.
    void write(const std::shared_ptr<WriteTask> &task);

    // Runs a call after all writes that were posted before, beside other calls.
    void post_after_writes(const std::shared_ptr<Task> &task, Work work);

    // Stores what was handed over before, within the timeout, and closes the store; what is written later is refused. Answers how many
    // accepted records are lost.
    void close(const std::shared_ptr<Task> &task, std::function<void()> closed);

    // Ends the wait of a write for its commit; other calls see their interrupt by themselves.
    void give_up(const std::shared_ptr<Task> &task);

    bool is_writing(const std::shared_ptr<Task> &task) const;

    // Stores what was handed over until the deadline, then has `hurry` raise what is left; closes the store and waits for every
    // thread. Doing it again does nothing.
    Loss shut(Clock::time_point deadline, const std::function<void()> &hurry);

    const std::chrono::milliseconds exit_timeout;

private:
    void run(const std::shared_ptr<Task> &task, const Work &work);
    // Waits until the library has taken all that was posted to be written. Tells whether it has.
    bool hand_over(Clock::time_point deadline);
    void run_write(const std::shared_ptr<WriteTask> &task);

    Runtime &runtime_;
    Log log_;
    CompletionsHandle completions_;
    Handle<seerflow_store, seerflow_store_destroy> store_;
    // Two threads for what controls the store: a close need not wait for a flush that is stuck.
    Lane writes_{1}, calls_{4}, control_{2};
    Commits commits_;
    bool closing_ = false, shut_ = false;
};

}  // namespace seerflow_node
