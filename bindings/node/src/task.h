// One call: created on the JavaScript thread, run on a thread of a pool, converted to its result on the JavaScript thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "failure.h"

namespace seerflow_node {

// Makes the value with which the promise is fulfilled; NULL for undefined. Runs on the JavaScript thread.
using Answer = std::function<napi_value(napi_env)>;

class Session;

struct Task {
    // The number of the call in its environment, from 1.
    double number = 0;
    // The JavaScript function that gets the end of the call: (failure or undefined, result).
    napi_ref settle = nullptr;
    // The timeout, in milliseconds.
    std::int64_t timeout_ms = SEERFLOW_DEFAULT_TIMEOUT_MS;
    std::shared_ptr<Session> session;
    // The interrupt of the call. Every call has one.
    InterruptHandle interrupt;
    // The external memory that was reported to V8, in bytes.
    std::int64_t external = 0;
    // Exactly one of these is set when the call has ended.
    Answer answer;
    std::optional<Failure> failure;

    Task();
    virtual ~Task() = default;
    Task(const Task &) = delete;
    Task &operator=(const Task &) = delete;
};

}  // namespace seerflow_node
