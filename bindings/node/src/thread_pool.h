// A thread pool of the addon, for calls that may block. libuv's pool is never used.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace seerflow_node {

using Clock = std::chrono::steady_clock;

// Returns freed memory to the system. glibc keeps it otherwise: 180 MiB after a million events.
void release_memory();

// Runs jobs in the order in which they were posted, on at most `width` threads. A thread is started when there is work for it. After it
// was idle for a while, it ends, and returns freed memory to the system.
class ThreadPool {
public:
    explicit ThreadPool(std::size_t width);

    // Never blocks. Throws std::system_error if there is no thread and none can be started.
    void post(std::function<void()> job);

    // Waits until all posted jobs have run. Returns false if the deadline passed first.
    bool drain(Clock::time_point deadline);

    // Drops jobs that have not started, and ends the threads after their current jobs.
    void stop();

    // Waits until all threads have ended. Call this after stop().
    void join();

private:
    struct State {
        std::mutex lock;
        std::condition_variable work, rest;
        std::deque<std::function<void()>> jobs;
        std::size_t threads = 0, idle = 0;
        bool stopping = false;
    };

    static void run(const std::shared_ptr<State> &state);

    const std::size_t width_;
    // The threads are detached, and may use the state for a moment after the pool is destroyed.
    const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace seerflow_node
