#include "answers.h"

#include <utility>

namespace seerflow_node {

namespace {

napi_value text_or_undefined(napi_env env, const char *text) {
    napi_value value = nullptr;
    if (text)
        napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
    else
        napi_get_undefined(env, &value);
    return value;
}

}  // namespace

Answer answer_nothing() {
    return [](napi_env) -> napi_value { return nullptr; };
}

Answer answer_number(double number) {
    return [number](napi_env env) {
        napi_value value = nullptr;
        napi_create_double(env, number, &value);
        return value;
    };
}

Answer answer_integer(std::int64_t number) {
    return [number](napi_env env) {
        napi_value value = nullptr;
        napi_create_bigint_int64(env, number, &value);
        return value;
    };
}

Answer answer_text(std::string text) {
    return [text = std::move(text)](napi_env env) {
        napi_value value = nullptr;
        napi_create_string_utf8(env, text.data(), text.size(), &value);
        return value;
    };
}

void put_parts(napi_env env, napi_value object, const PageParts &parts) {
    napi_value value = nullptr;
    auto put = [&](const char *key, napi_value value) { napi_set_named_property(env, object, key, value); };
    napi_create_double(env, static_cast<double>(parts.count), &value);
    put("count", value);
    put("nextCursor", text_or_undefined(env, parts.next));
    put("lastCursor", text_or_undefined(env, parts.last));
    if (!parts.has_total) return;
    napi_create_double(env, static_cast<double>(parts.total), &value);
    put("total", value);
}

}  // namespace seerflow_node
