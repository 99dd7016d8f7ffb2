// Failures of C API calls, and owners of its handles.
#pragma once

#include <napi.h>
#include <seerflow.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace seerflow_node {

// The reason of a failed call. It has no handle, so it may be passed between threads.
struct Failure {
    seerflow_status code = SEERFLOW_STATUS_OK;
    bool retriable = false;
    std::string message;
    // For a write: the consumed bytes and records, and the outcome of the events.
    struct Taken {
        std::uint64_t bytes, records, committed, queued, withdrawn;
    };
    std::optional<Taken> taken;

    Failure() = default;
    // Takes ownership of the error, which may be NULL.
    Failure(seerflow_status status, seerflow_error *error);
    Failure(seerflow_status status, std::string why);

    // Makes the object that lib/errors.js converts to a SeerflowError.
    napi_value describe(napi_env env) const;
};

// Throws a Failure unless the status is OK.
template <typename Function, typename... Arguments>
void call(Function function, Arguments... arguments) {
    seerflow_error *error = nullptr;
    if (seerflow_status status = function(arguments..., &error)) throw Failure(status, error);
}

template <auto destroy>
struct Destroy {
    template <typename T>
    void operator()(T *object) const noexcept {
        destroy(object);
    }
};

template <typename T, auto destroy>
using Handle = std::unique_ptr<T, Destroy<destroy>>;

using ConfigHandle = Handle<seerflow_config, seerflow_config_destroy>;
using InterruptHandle = Handle<seerflow_interrupt, seerflow_interrupt_destroy>;
using CompletionsHandle = Handle<seerflow_completions, seerflow_completions_destroy>;
using ListHandle = Handle<seerflow_list, seerflow_list_destroy>;
using ResultHandle = Handle<seerflow_result, seerflow_result_destroy>;

// The timeout and the interrupt of a call.
inline seerflow_call within(std::int64_t timeout_ms, const seerflow_interrupt *interrupt = nullptr) {
    seerflow_call how = SEERFLOW_CALL_INIT;
    how.timeout_ms = timeout_ms;
    how.interrupt = interrupt;
    return how;
}

// An empty text means absent.
inline seerflow_str lend(const std::string &text) {
    return text.empty() ? seerflow_str{nullptr, 0} : seerflow_str{text.data(), text.size()};
}

}  // namespace seerflow_node
