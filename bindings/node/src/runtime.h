// The state of the addon for one environment: the main thread or a worker. Environments share no state.
#pragma once

#include <napi.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "session.h"
#include "task.h"

namespace seerflow_node {

// Calls end on other threads. One thread-safe function passes ended calls to the JavaScript thread, all waiting ones at once. Node-API has
// no other way that works with every version of Node: libuv's handles are not part of its stable interface.
class Runtime : public std::enable_shared_from_this<Runtime> {
public:
    // Creates the runtime of an environment, once.
    static void install(Napi::Env env);

    // Returns the runtime of an environment.
    static Runtime *of(Napi::Env env);

    // Registers a call that starts, and keeps the process alive until it ends. Returns the number of the call. JavaScript thread only.
    Napi::Value begin(const std::shared_ptr<Task> &task, const Napi::Value &settle);

    // Passes a call that ended to JavaScript. Any thread.
    void finish(std::shared_ptr<Task> task);

    // Passes a log record to the JavaScript function of a store; drops it if too many are waiting. Any thread.
    void log(std::shared_ptr<Session::Log> log, std::uint32_t level, std::string text);

    // Raises the interrupt of a call. JavaScript thread only.
    void interrupt(double number);

    // Open sessions. They are shut down when the environment ends.
    void add(const std::shared_ptr<Session> &session);
    void remove(const std::shared_ptr<Session> &session);

    // Stores everything that was passed to the addon, within the timeouts of the sessions, and ends every thread. The environment ends
    // afterwards. If some events could not be stored, prints one line to stderr, because there is no caller left, and returns false.
    bool shut();

    ~Runtime();

private:
    struct Record {
        std::shared_ptr<Session::Log> log;
        std::uint32_t level;
        std::string text;
    };

    explicit Runtime(napi_env env) : env_(env) {}

    void wake();
    void deliver();
    void settle(Task &task);
    void pass(const Record &record);

    const napi_env env_;
    napi_threadsafe_function wake_ = nullptr;
    double last_ = 0;
    // The running calls. JavaScript thread only.
    std::unordered_map<double, std::shared_ptr<Task>> running_;
    std::vector<std::shared_ptr<Session>> sessions_;
    bool shut_ = false;

    std::mutex lock_;
    std::vector<std::shared_ptr<Task>> finished_;
    std::vector<Record> records_;
    bool woken_ = false, dead_ = false;
};

}  // namespace seerflow_node
