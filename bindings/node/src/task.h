// One call on its way: made on the JavaScript thread, run on a lane, answered on the JavaScript thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "failure.h"

namespace seerflow_node {

// Makes the value that the promise is fulfilled with; NULL for undefined. Runs on the JavaScript thread.
using Answer = std::function<napi_value(napi_env)>;

class Session;

struct Task {
    // The number under which JavaScript keeps the promise.
    double number = 0;
    // The longest time that it may take, in milliseconds.
    std::int64_t timeout_ms = SEERFLOW_DEFAULT_TIMEOUT_MS;
    std::shared_ptr<Session> session;
    // Stops it; made for every call.
    InterruptHandle interrupt;
    // What V8 was told that it holds, in bytes.
    std::int64_t external = 0;
    // Exactly one of these says how it ended.
    Answer answer;
    std::optional<Failure> failure;

    Task();
    virtual ~Task() = default;
    Task(const Task &) = delete;
    Task &operator=(const Task &) = delete;
};

}  // namespace seerflow_node
