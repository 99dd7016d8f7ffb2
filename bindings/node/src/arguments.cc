#include "arguments.h"

#include <cmath>
#include <limits>

namespace seerflow_node {

namespace {

[[noreturn]] void refuse(const char *what) { throw Failure(SEERFLOW_STATUS_INVALID, what); }

bool is_absent(const Napi::Value &value) { return value.IsUndefined() || value.IsNull(); }

}  // namespace

bool has(const Napi::Object &object, const char *key) {
    bool is_there = false;
    if (napi_has_named_property(object.Env(), object, key, &is_there) != napi_ok) throw Ending();
    return is_there;
}

Napi::Value get(const Napi::Object &object, const char *key) {
    napi_value value = nullptr;
    if (napi_get_named_property(object.Env(), object, key, &value) != napi_ok) throw Ending();
    return Napi::Value(object.Env(), value);
}

Napi::Value item(const Napi::Object &list, std::uint32_t index) {
    napi_value value = nullptr;
    if (napi_get_element(list.Env(), list, index, &value) != napi_ok) throw Ending();
    return Napi::Value(list.Env(), value);
}

void put(const Napi::Object &object, const char *key, double number) {
    napi_value value = nullptr;
    if (napi_create_double(object.Env(), number, &value) == napi_ok) napi_set_named_property(object.Env(), object, key, value);
}

void put(const Napi::Object &object, const char *key, const char *text) {
    napi_value value = nullptr;
    if (napi_create_string_utf8(object.Env(), text, NAPI_AUTO_LENGTH, &value) == napi_ok)
        napi_set_named_property(object.Env(), object, key, value);
}

bool flag(const Napi::Value &value) {
    bool is_true = false;
    return napi_get_value_bool(value.Env(), value, &is_true) == napi_ok && is_true;
}

std::string text_of(const Napi::Value &value) {
    if (!value.IsString()) refuse("expected a string");
    return value.As<Napi::String>().Utf8Value();
}

std::optional<std::string> optional_text(const Napi::Value &value) {
    if (is_absent(value)) return std::nullopt;
    return text_of(value);
}

std::int64_t integer_of(const Napi::Value &value) {
    if (value.IsBigInt()) {
        bool lossless = false;
        std::int64_t number = value.As<Napi::BigInt>().Int64Value(&lossless);
        if (!lossless) refuse("expected an integer of 64 bits");
        return number;
    }
    if (!value.IsNumber()) refuse("expected an integer");
    const double number = value.As<Napi::Number>().DoubleValue();
    if (std::trunc(number) != number || std::fabs(number) >= 9223372036854775808.0) refuse("expected an integer of 64 bits");
    return static_cast<std::int64_t>(number);
}

std::int64_t integer_or(const Napi::Value &value, std::int64_t otherwise) {
    return is_absent(value) ? otherwise : integer_of(value);
}

std::uint32_t small_of(const Napi::Value &value) {
    const std::int64_t number = integer_of(value);
    if (number < 0 || number > std::numeric_limits<std::uint32_t>::max()) refuse("expected an unsigned integer of 32 bits");
    return static_cast<std::uint32_t>(number);
}

std::string bytes_of(const Napi::Value &value) {
    if (value.IsString()) return value.As<Napi::String>().Utf8Value();
    void *data = nullptr;
    std::size_t length = 0;
    if (value.IsTypedArray()) {
        // This call also returns the pointer to shared memory, for which Node-API has no ArrayBuffer.
        napi_typedarray_type type;
        std::size_t elements = 0;
        if (napi_get_typedarray_info(value.Env(), value, &type, &elements, &data, nullptr, nullptr) != napi_ok) throw Ending();
        length = value.As<Napi::TypedArray>().ByteLength();
    } else if (value.IsDataView()) {
        if (napi_get_dataview_info(value.Env(), value, &length, &data, nullptr, nullptr) != napi_ok) throw Ending();
    } else if (value.IsArrayBuffer()) {
        if (napi_get_arraybuffer_info(value.Env(), value, &data, &length) != napi_ok) throw Ending();
    } else {
        refuse("expected a text, bytes or an array of events");
    }
    return data ? std::string(static_cast<const char *>(data), length) : std::string();
}

}  // namespace seerflow_node
