// A lane: threads of the addon's own on which calls that may block run. Node's own pool is never used.
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

// Runs what is posted, in the order in which it came, on at most `width` threads. A thread is started when there is work for it
// and ends when there was none for a while.
class Lane {
public:
    explicit Lane(std::size_t width);

    // Never blocks. Throws std::system_error if there is no thread and none can be started.
    void post(std::function<void()> job);

    // Waits until all that was posted has run. Tells whether it has.
    bool drain(Clock::time_point deadline);

    // Drops what has not begun, and has the threads end after what they run.
    void stop();

    // Waits until no thread is left. After stop().
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
    // The threads are detached and may see the last of it when the lane is gone.
    const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace seerflow_node
