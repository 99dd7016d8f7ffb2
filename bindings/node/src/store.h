// The class that lib/store.js wraps. Its methods that may block take a function and a timeout first, and return the number of the call at
// once. The function is called as (failure or undefined, result) when the call ends.
#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "arguments.h"
#include "session.h"

namespace seerflow_node {

class Store : public Napi::ObjectWrap<Store> {
public:
    static Napi::Function define(Napi::Env env);

    // Arguments: (options, log, exit timeout in ms). options is {file, env, set: [key, value, ...], level, shared}. log gets (level, text); it is
    // undefined if level is 0.
    explicit Store(const Napi::CallbackInfo &info);
    void Finalize(Napi::Env env) override;

private:
    Napi::Value call(const Napi::CallbackInfo &info);
    Napi::Value write(const Napi::CallbackInfo &info);
    Napi::Value flush(const Napi::CallbackInfo &info);
    Napi::Value close(const Napi::CallbackInfo &info);
    Napi::Value stats(const Napi::CallbackInfo &info);
    Napi::Value health(const Napi::CallbackInfo &info);
    Napi::Value metrics(const Napi::CallbackInfo &info);
    Napi::Value path(const Napi::CallbackInfo &info);

    // Creates the task of a call. info[1] is its timeout in milliseconds.
    template <typename T = Task>
    std::shared_ptr<T> task(const Napi::CallbackInfo &info);
    std::shared_ptr<Session> session_;
};

template <typename T>
std::shared_ptr<T> Store::task(const Napi::CallbackInfo &info) {
    auto made = std::make_shared<T>();
    made->timeout_ms = integer_of(info[1]);
    made->session = session_;
    return made;
}

}  // namespace seerflow_node
