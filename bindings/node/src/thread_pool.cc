#include "thread_pool.h"

#include <thread>
#include <utility>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#ifndef _WIN32
#include <pthread.h>
#include <signal.h>
#endif

namespace seerflow_node {

namespace {

constexpr std::chrono::seconds kIdle{1};

// Threads start with every signal blocked, because signals are for Node's main thread.
class SignalsBlocked {
#ifndef _WIN32
public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_;
#endif
};

}  // namespace

void release_memory() {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

ThreadPool::ThreadPool(std::size_t width) : width_(width) {}

void ThreadPool::post(std::function<void()> job) {
    std::unique_lock<std::mutex> hold(state_->lock);
    if (state_->stopping) return;
    state_->jobs.push_back(std::move(job));
    if (state_->jobs.size() > state_->idle && state_->threads < width_) {
        SignalsBlocked blocked;
        try {
            std::thread(&ThreadPool::run, state_).detach();
            state_->threads++;
        } catch (...) {
            if (state_->threads == 0) {
                state_->jobs.pop_back();
                throw;
            }
        }
    }
    hold.unlock();
    state_->work.notify_one();
}

bool ThreadPool::drain(Clock::time_point deadline) {
    std::unique_lock<std::mutex> hold(state_->lock);
    return state_->rest.wait_until(hold, deadline,
                                   [&] { return state_->jobs.empty() && state_->idle == state_->threads; });
}

void ThreadPool::stop() {
    std::deque<std::function<void()>> dropped;
    {
        std::lock_guard<std::mutex> hold(state_->lock);
        state_->stopping = true;
        dropped.swap(state_->jobs);
    }
    state_->work.notify_all();
}

void ThreadPool::join() {
    std::unique_lock<std::mutex> hold(state_->lock);
    state_->rest.wait(hold, [&] { return state_->threads == 0; });
}

void ThreadPool::run(const std::shared_ptr<State> &state) {
#ifdef __linux__
    // As the threads of the library are named.
    pthread_setname_np(pthread_self(), "seerflow-node");
#endif
    const std::shared_ptr<State> kept = state;
    std::unique_lock<std::mutex> hold(kept->lock);
    for (;;) {
        kept->idle++;
        kept->rest.notify_all();
        kept->work.wait_for(hold, kIdle, [&] { return kept->stopping || !kept->jobs.empty(); });
        kept->idle--;
        if (kept->jobs.empty()) break;
        std::function<void()> job = std::move(kept->jobs.front());
        kept->jobs.pop_front();
        hold.unlock();
        job();
        job = nullptr;
        hold.lock();
    }
    const bool was_idle = !kept->stopping;
    kept->threads--;
    kept->rest.notify_all();
    hold.unlock();
    if (was_idle) release_memory();
}

}  // namespace seerflow_node
