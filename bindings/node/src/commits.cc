#include "commits.h"

#include <algorithm>

#include "runtime.h"
#include "session.h"

namespace seerflow_node {

namespace {

// How long a wait for a completion lasts before deadlines are checked, in milliseconds.
constexpr std::int64_t kGlance = 50;

}  // namespace

void Commits::open(const seerflow_completions *completions, const seerflow_store *store) {
    completions_ = completions;
    store_ = store;
}

std::uint64_t Commits::begin(const std::shared_ptr<WriteTask> &task) {
    std::lock_guard<std::mutex> hold(lock_);
    waiting_[++last_].task = task;
    if (!pumping_) {
        pool_.post([this] { pump(); });
        pumping_ = true;
    }
    return last_;
}

void Commits::expect(std::uint64_t number) {
    std::lock_guard<std::mutex> hold(lock_);
    waiting_[number].outstanding++;
}

void Commits::seal(std::uint64_t number) {
    std::lock_guard<std::mutex> hold(lock_);
    auto found = waiting_.find(number);
    if (found == waiting_.end()) return;
    found->second.sealed = true;
    if (found->second.outstanding == 0) end(found);
}

void Commits::forget(std::uint64_t number) {
    std::lock_guard<std::mutex> hold(lock_);
    waiting_.erase(number);
}

void Commits::give_up(const std::shared_ptr<Task> &task) {
    std::lock_guard<std::mutex> hold(lock_);
    for (auto waiting = waiting_.begin(); waiting != waiting_.end(); ++waiting) {
        if (waiting->second.task != task || !waiting->second.sealed) continue;
        waiting->second.task->fail(Failure(SEERFLOW_STATUS_INTERRUPTED, "interrupted before the commit; the events are still in the queue"));
        runtime_.finish(waiting->second.task);
        waiting_.erase(waiting);
        return;
    }
}

void Commits::join() {
    pool_.stop();
    pool_.join();
}

void Commits::pump() {
    const seerflow_call glance = within(kGlance);
    for (;;) {
        {
            std::lock_guard<std::mutex> hold(lock_);
            expire();
            if (waiting_.empty()) {
                pumping_ = false;
                return;
            }
        }
        seerflow_completion completion = SEERFLOW_COMPLETION_INIT;
        if (seerflow_completions_next(completions_, &glance, &completion, nullptr) == SEERFLOW_STATUS_OK) take(completion);
    }
}

void Commits::take(const seerflow_completion &completion) {
    std::lock_guard<std::mutex> hold(lock_);
    auto found = waiting_.find(completion.user_data);
    if (found == waiting_.end()) return;
    Waiting &waiting = found->second;
    waiting.outstanding--;
    waiting.task->duplicates += completion.duplicates;
    if (completion.status) waiting.status = completion.status;
    if (waiting.sealed && waiting.outstanding == 0) end(found);
}

// Ends the writes whose deadline passed. Their events are still in the library's queue.
void Commits::expire() {
    const auto now = Clock::now();
    for (auto waiting = waiting_.begin(); waiting != waiting_.end();) {
        const auto &entry = waiting->second;
        if (entry.sealed && entry.task->deadline && *entry.task->deadline <= now) {
            entry.task->fail(too_late(*entry.task));
            runtime_.finish(entry.task);
            waiting = waiting_.erase(waiting);
        } else {
            ++waiting;
        }
    }
}

void Commits::end(std::unordered_map<std::uint64_t, Waiting>::iterator waiting) {
    const auto task = waiting->second.task;
    task->queued = 0;
    if (waiting->second.status) {
        task->fail(Failure(waiting->second.status, "the store was closed before the events were committed"));
    } else {
        seerflow_stats stats = SEERFLOW_STATS_INIT;
        if (seerflow_store_stats(store_, &stats, nullptr) == SEERFLOW_STATUS_OK) task->durability = stats.durability;
        task->committed = task->accepted - task->duplicates;
        task->succeed();
    }
    waiting_.erase(waiting);
    runtime_.finish(task);
}

Failure Commits::too_late(const WriteTask &task) const {
    seerflow_health health = SEERFLOW_HEALTH_INIT;
    seerflow_store_health(store_, &health, nullptr);
    std::string message = "not committed before the deadline";
    if (health.state == SEERFLOW_STATE_DEGRADED) message.append(": ").append(health.reason);
    Failure failure(SEERFLOW_STATUS_TIMEOUT, std::move(message));
    failure.retriable = task.is_keyed();
    return failure;
}

}  // namespace seerflow_node
