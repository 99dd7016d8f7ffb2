// What the addon keeps for each environment: the main thread's and each worker's. Nothing of it is shared between them.
#pragma once

#include <napi.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "task.h"

namespace seerflow_node {

// Calls end on other threads; one thread-safe function brings what ended to the JavaScript thread, all that waits at once. Node-API
// has no other way that holds for every version of Node: libuv's handles are not part of its promise.
class Runtime : public std::enable_shared_from_this<Runtime> {
public:
    // The runtime of an environment.
    static Runtime *of(Napi::Env env);

    // Makes the runtime. `settled` is called as (number, failure or undefined, answer) for every call that ended, `logged` as
    // (store, level, text).
    static void install(Napi::Env env, Napi::Function settled, Napi::Function logged);

    // Notes a call that begins, and keeps the process alive until it ends. On the JavaScript thread.
    void begin(const std::shared_ptr<Task> &task);

    // Brings a call that ended to JavaScript. From any thread.
    void finish(std::shared_ptr<Task> task);

    // Brings a log record to JavaScript; drops it when too many wait. From any thread.
    void log(double store, std::uint32_t level, std::string text);

    // Raises the interrupt of a call. On the JavaScript thread.
    void interrupt(double number);

    // Sessions that are open; they are shut when the environment ends.
    void add(const std::shared_ptr<Session> &session);
    void remove(const std::shared_ptr<Session> &session);

    // Stores what was handed over, within the sessions' bounds, and ends every thread. The environment ends after it. What could
    // not be stored is said in one line on stderr, for nobody is left who could be told otherwise; false then.
    bool shut();

    ~Runtime();

private:
    struct Record {
        double store;
        std::uint32_t level;
        std::string text;
    };

    explicit Runtime(napi_env env) : env_(env) {}

    void wake();
    void deliver();
    void settle(Task &task);

    const napi_env env_;
    napi_threadsafe_function wake_ = nullptr;
    napi_ref settled_ = nullptr, logged_ = nullptr;
    // Calls that have not ended. Of the JavaScript thread.
    std::unordered_map<double, std::shared_ptr<Task>> running_;
    std::vector<std::shared_ptr<Session>> sessions_;
    bool shut_ = false;

    std::mutex lock_;
    std::vector<std::shared_ptr<Task>> finished_;
    std::vector<Record> records_;
    bool woken_ = false, dead_ = false;
};

}  // namespace seerflow_node
