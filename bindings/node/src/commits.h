// Durable writes that wait for their commit.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "failure.h"
#include "lane.h"
#include "task.h"

namespace seerflow_node {

class Runtime;
struct WriteTask;

// Takes the completions of a store's writes, on a thread that lives while writes wait for some, and ends the writes.
class Commits {
public:
    explicit Commits(Runtime &runtime) : runtime_(runtime) {}

    void open(const seerflow_completions *completions, const seerflow_store *store);

    // Notes a write, and returns its number for the completions.
    std::uint64_t begin(const std::shared_ptr<WriteTask> &task);
    // One more completion comes for it: before each call, as the completion may be there before the call returns.
    void expect(std::uint64_t number);
    // All of it was handed over: it ends with its last completion.
    void seal(std::uint64_t number);
    // It failed otherwise; completions that come all the same are ignored.
    void forget(std::uint64_t number);
    // Ends a sealed write, for its caller does not wait any more.
    void give_up(const std::shared_ptr<Task> &task);

    // Waits for the thread's end. After the store was closed: it posts the completions of all that was not committed.
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
    Lane lane_{1};
};

}  // namespace seerflow_node
