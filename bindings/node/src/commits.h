// Durable writes that wait for their commit.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "failure.h"
#include "thread_pool.h"
#include "task.h"

namespace seerflow_node {

class Runtime;
struct WriteTask;

// Receives the completions of a store's writes, and ends the writes. Its thread lives while writes wait for completions.
class Commits {
public:
    explicit Commits(Runtime &runtime) : runtime_(runtime) {}

    void open(const seerflow_completions *completions, const seerflow_store *store);

    // Registers a write, and returns its number for the completions.
    std::uint64_t begin(const std::shared_ptr<WriteTask> &task);
    // Expects one more completion for a write. Call this before each library call, because the completion may be posted before that
    // returns.
    void expect(std::uint64_t number);
    // All data of the write was passed to the library: the write ends with its last completion.
    void seal(std::uint64_t number);
    // The write failed otherwise. Further completions of it are ignored.
    void forget(std::uint64_t number);
    // Ends a sealed write whose caller does not wait any longer.
    void give_up(const std::shared_ptr<Task> &task);

    // Waits until the thread has ended. Call this after the store was closed, which posts the completions of everything that is not
    // committed.
    void join();

private:
    struct Waiting {
        std::shared_ptr<WriteTask> task;
        std::uint64_t outstanding = 0;
        bool sealed = false;
        seerflow_status status = SEERFLOW_STATUS_OK;
    };

    void pump();
    void take(const seerflow_completion &completion);
    void expire();
    void end(std::unordered_map<std::uint64_t, Waiting>::iterator waiting);
    Failure too_late(const WriteTask &task) const;

    Runtime &runtime_;
    const seerflow_completions *completions_ = nullptr;
    const seerflow_store *store_ = nullptr;
    std::mutex lock_;
    std::unordered_map<std::uint64_t, Waiting> waiting_;
    std::uint64_t last_ = 0;
    bool pumping_ = false;
    ThreadPool pool_{1};
};

}  // namespace seerflow_node
