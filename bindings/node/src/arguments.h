// Conversion of the arguments that lib/ passes to the addon. lib/ passes the right types; others are refused with a Failure.
#pragma once

#include <napi.h>

#include <cstdint>
#include <optional>
#include <string>

#include "failure.h"

namespace seerflow_node {

// Thrown when the environment is ending: a worker may be terminated in the middle of a call. From then on JavaScript must not be called.
struct Ending {};

// Returns whether a property exists, even if it is undefined.
bool has(const Napi::Object &object, const char *key);

// Returns a property, or undefined if it does not exist; or an element.
Napi::Value get(const Napi::Object &object, const char *key);
Napi::Value item(const Napi::Object &list, std::uint32_t index);

// Sets a property. Does nothing if the environment is ending.
void put(const Napi::Object &object, const char *key, double number);
void put(const Napi::Object &object, const char *key, const char *text);

// Returns true for the value true only.
bool flag(const Napi::Value &value);

std::string text_of(const Napi::Value &value);

// Returns nothing for undefined and null.
std::optional<std::string> optional_text(const Napi::Value &value);

// Converts a number or a BigInt.
std::int64_t integer_of(const Napi::Value &value);
std::int64_t integer_or(const Napi::Value &value, std::int64_t otherwise);

// Converts a number that is 32 bits in C: a limit, a page, a member of an enumeration.
std::uint32_t small_of(const Napi::Value &value);

// Copies the bytes of a text (as UTF-8), an ArrayBuffer or a view of one. JavaScript may change or transfer the original.
std::string bytes_of(const Napi::Value &value);

// Runs the body of a function that JavaScript calls. A Failure becomes an object that lib/errors.js converts to a SeerflowError.
template <typename Body>
Napi::Value guarded(Napi::Env env, Body body) {
    try {
        return body();
    } catch (const Failure &failure) {
        napi_throw(env, failure.describe(env));
    } catch (const Ending &) {
        // The environment is ending, so the error reaches no caller.
    } catch (const std::exception &error) {
        napi_throw(env, Failure(SEERFLOW_STATUS_PANIC, error.what()).describe(env));
    }
    return env.Undefined();
}

}  // namespace seerflow_node
