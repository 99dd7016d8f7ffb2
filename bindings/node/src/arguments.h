// What lib/ gives to the addon. It gives the right types; what it does not is refused with a Failure.
#pragma once

#include <napi.h>

#include <cstdint>
#include <optional>
#include <string>

#include "failure.h"

namespace seerflow_node {

// Thrown when the environment is ending: a worker may be terminated in the middle of a call, and from then on JavaScript can be
// neither asked nor told anything.
struct Ending {};

// Whether there is a property, be it undefined.
bool has(const Napi::Object &object, const char *key);

// A property, undefined if there is none; an element.
Napi::Value get(const Napi::Object &object, const char *key);
Napi::Value item(const Napi::Object &list, std::uint32_t index);

// Sets a property; does nothing when the environment is ending.
void put(const Napi::Object &object, const char *key, double number);
void put(const Napi::Object &object, const char *key, const char *text);

// True for true.
bool flag(const Napi::Value &value);

std::string text_of(const Napi::Value &value);

// None for undefined and null.
std::optional<std::string> optional_text(const Napi::Value &value);

// A number or a BigInt.
std::int64_t integer_of(const Napi::Value &value);
std::int64_t integer_or(const Napi::Value &value, std::int64_t otherwise);

// A number that C takes in 32 bits: a limit, a page, a member of an enumeration.
std::uint32_t small_of(const Napi::Value &value);

// The bytes of a text (as UTF-8), an ArrayBuffer or a view of one, copied: JavaScript may change or give away its own.
std::string bytes_of(const Napi::Value &value);

// Runs what is called from JavaScript; a Failure becomes what lib/errors.js makes a SeerflowError of.
template <typename Body>
Napi::Value guarded(Napi::Env env, Body body) {
    try {
        return body();
    } catch (const Failure &failure) {
        napi_throw(env, failure.describe(env));
    } catch (const Ending &) {
        // Nobody is there to be told.
    } catch (const std::exception &error) {
        napi_throw(env, Failure(SEERFLOW_STATUS_PANIC, error.what()).describe(env));
    }
    return env.Undefined();
}

}  // namespace seerflow_node
