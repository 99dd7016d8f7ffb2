#include "answers.h"

#include <string_view>

#include "integers.h"

namespace seerflow_node {

namespace {

// Longer texts are decoded in chunks, because making one long string would block the event loop.
constexpr std::size_t kLong = 128 * 1024;

// The memory that a Buffer borrows, until it is garbage collected.
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

// Lends bytes to a Buffer, which owns their holder. Copies them if the environment does not allow such Buffers.
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

napi_value make_text(napi_env env, const std::shared_ptr<const std::string> &text) {
    if (text->size() > kLong) return lend_bytes(env, text, text->data(), text->size());
    napi_value value = nullptr;
    napi_create_string_utf8(env, text->data(), text->size(), &value);
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

Answer list_answer(ListHandle handle, bool raw) {
    const std::shared_ptr<seerflow_list> list(std::move(handle));
    const char *text = nullptr;
    std::size_t length = 0;
    call(seerflow_list_ndjson, list.get(), &text, &length);
    // The expensive work is done here, on a thread of the pool. JavaScript parses line by line as needed.
    auto kept = raw ? nullptr : std::make_shared<const std::string>(keep_integers({text, length}));
    return [=](napi_env env) -> napi_value {
        napi_value object = nullptr, value = nullptr;
        if (napi_create_object(env, &object) != napi_ok) return nullptr;
        napi_set_named_property(env, object, "text", raw ? lend_bytes(env, list, text, length) : make_text(env, kept));
        napi_create_double(env, static_cast<double>(seerflow_list_count(list.get())), &value);
        napi_set_named_property(env, object, "count", value);
        napi_set_named_property(env, object, "nextCursor", text_or_undefined(env, seerflow_list_next_cursor(list.get())));
        napi_set_named_property(env, object, "lastCursor", text_or_undefined(env, seerflow_list_last_cursor(list.get())));
        if (std::uint64_t total = 0; seerflow_list_total(list.get(), &total)) {
            napi_create_double(env, static_cast<double>(total), &value);
            napi_set_named_property(env, object, "total", value);
        }
        return object;
    };
}

Answer pair_answer(const char *first_name, Answer first, const char *second_name, Answer second) {
    return [=, first = std::move(first), second = std::move(second)](napi_env env) -> napi_value {
        napi_value object = nullptr;
        if (napi_create_object(env, &object) != napi_ok) return nullptr;
        napi_set_named_property(env, object, first_name, first(env));
        napi_set_named_property(env, object, second_name, second(env));
        return object;
    };
}

Answer counters_answer(std::vector<Counter> counters, std::vector<std::pair<const char *, std::string>> texts) {
    return [counters = std::move(counters), texts = std::move(texts)](napi_env env) -> napi_value {
        napi_value object = nullptr, value = nullptr;
        if (napi_create_object(env, &object) != napi_ok) return nullptr;
        for (const auto &[name, number] : counters) {
            const std::string_view key(name);
            if (number == SEERFLOW_TIME_ABSENT)
                napi_get_undefined(env, &value);
            else if (key.size() > 3 && key.substr(key.size() - 3) == "_ns")
                napi_create_bigint_int64(env, number, &value);
            else
                napi_create_double(env, static_cast<double>(number), &value);
            napi_set_named_property(env, object, name, value);
        }
        for (const auto &[name, text] : texts) {
            napi_create_string_utf8(env, text.data(), text.size(), &value);
            napi_set_named_property(env, object, name, value);
        }
        return object;
    };
}

}  // namespace seerflow_node
