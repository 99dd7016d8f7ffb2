#include "failure.h"

namespace seerflow_node {

Failure::Failure(seerflow_status status, seerflow_error *error)
    : code(status), retriable(seerflow_error_retriable(error)), message(seerflow_error_message(error)) {
    seerflow_error_destroy(error);
}

Failure::Failure(seerflow_status status, std::string why) : code(status), message(std::move(why)) {}

napi_value Failure::describe(napi_env env) const {
    napi_value object = nullptr, value = nullptr;
    if (napi_create_object(env, &object) != napi_ok) return nullptr;
    auto put = [&](const char *key, napi_status made) {
        if (made == napi_ok) napi_set_named_property(env, object, key, value);
    };
    put("code", napi_create_string_utf8(env, seerflow_status_name(code), NAPI_AUTO_LENGTH, &value));
    put("status", napi_create_int32(env, code, &value));
    put("retriable", napi_get_boolean(env, retriable, &value));
    put("message", napi_create_string_utf8(env, message.data(), message.size(), &value));
    if (taken) {
        put("consumed", napi_create_double(env, static_cast<double>(taken->bytes), &value));
        put("records", napi_create_double(env, static_cast<double>(taken->records), &value));
        put("committed", napi_create_double(env, static_cast<double>(taken->committed), &value));
        put("queued", napi_create_double(env, static_cast<double>(taken->queued), &value));
        put("withdrawn", napi_create_double(env, static_cast<double>(taken->withdrawn), &value));
    }
    return object;
}

}  // namespace seerflow_node
