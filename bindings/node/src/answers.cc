#include "answers.h"

#include <utility>

namespace seerflow_node {

namespace {

// Longer texts are decoded in parts: making one string of them would hold up the event loop.
constexpr std::size_t kLong = 128 * 1024;

// What a Buffer lends, until it is collected.
struct Loan {
    std::shared_ptr<const void> holder;
    std::size_t length;
};

void tell_v8(napi_env env, std::int64_t bytes) {
    std::int64_t total;
    napi_adjust_external_memory(env, bytes, &total);
}

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
    return [text = std::make_shared<const std::string>(std::move(text))](napi_env env) { return make_text(env, text); };
}

napi_value make_text(napi_env env, const std::shared_ptr<const std::string> &text) {
    if (text->size() > kLong) return lend_bytes(env, text, text->data(), text->size());
    napi_value value = nullptr;
    napi_create_string_utf8(env, text->data(), text->size(), &value);
    return value;
}

napi_value lend_bytes(napi_env env, std::shared_ptr<const void> holder, const char *bytes, std::size_t length) {
    napi_value buffer = nullptr;
    auto *loan = new Loan{std::move(holder), length};
    auto release = [](napi_env env, void *, void *hint) {
        auto *loan = static_cast<Loan *>(hint);
        tell_v8(env, -static_cast<std::int64_t>(loan->length));
        delete loan;
    };
    if (length > 0 && napi_create_external_buffer(env, length, const_cast<char *>(bytes), release, loan, &buffer) == napi_ok) {
        tell_v8(env, static_cast<std::int64_t>(length));
        return buffer;
    }
    delete loan;
    return napi_create_buffer_copy(env, length, bytes, nullptr, &buffer) == napi_ok ? buffer : nullptr;
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
