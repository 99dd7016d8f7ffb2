// State of detection: models and Sigma rules.
#include "arguments.h"
#include "runtime.h"
#include "store.h"

namespace seerflow_node {

namespace {

// The bytes of a model, and when it was saved: {data, updated_at_ns}.
Answer model_answer(seerflow_model *made) {
    std::shared_ptr<seerflow_model> model(made, seerflow_model_destroy);
    const std::uint8_t *data = nullptr;
    std::size_t length = 0;
    call(seerflow_model_data, const_cast<const seerflow_model *>(made), &data, &length);
    return [=](napi_env env) -> napi_value {
        napi_value object = nullptr, value = nullptr;
        if (napi_create_object(env, &object) != napi_ok) return nullptr;
        napi_create_buffer_copy(env, length, data, nullptr, &value);
        napi_set_named_property(env, object, "data", value);
        napi_create_bigint_int64(env, seerflow_model_updated_at(model.get()), &value);
        napi_set_named_property(env, object, "updated_at_ns", value);
        return object;
    };
}

}  // namespace

// (number, key, bytes, expected time: undefined for any, null for none, timeout)
Napi::Value Store::save_model(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto key = text_of(info[1]), data = bytes_of(info[2]);
        const bool swap = !info[3].IsUndefined();
        const auto expected = integer_or(info[3], SEERFLOW_TIME_ABSENT), timeout = integer_of(info[4]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            std::int64_t saved = 0;
            const void *bytes = data.data();
            if (swap)
                call(seerflow_store_swap_model, store, key.c_str(), bytes, data.size(), expected, timeout, interrupt, &saved);
            else
                call(seerflow_store_save_model, store, key.c_str(), bytes, data.size(), timeout, interrupt, &saved);
            return answer_integer(saved);
        });
    });
}

// (number, key, timeout)
Napi::Value Store::load_model(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto key = text_of(info[1]);
        const auto timeout = integer_of(info[2]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            seerflow_model *made = nullptr;
            call(seerflow_store_load_model, store, key.c_str(), timeout, interrupt, &made);
            return model_answer(made);
        });
    });
}

// (number, key, timeout)
Napi::Value Store::delete_model(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto key = text_of(info[1]);
        const auto timeout = integer_of(info[2]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            std::uint64_t deleted = 0;
            call(seerflow_store_delete_model, store, key.c_str(), timeout, interrupt, &deleted);
            return answer_number(static_cast<double>(deleted));
        });
    });
}

// (number, prefix, timeout)
Napi::Value Store::models(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto prefix = text_of(info[1]);
        const auto timeout = integer_of(info[2]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            return list_answer<seerflow_model_list, seerflow_model_list_ndjson, seerflow_model_list_destroy>(
                [&](auto **list) { call(seerflow_store_models, store, prefix.c_str(), timeout, interrupt, list); });
        });
    });
}

// (number, timeout)
Napi::Value Store::sigma_rules(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto timeout = integer_of(info[1]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            return list_answer<seerflow_sigma_rule_list, seerflow_sigma_rule_list_ndjson, seerflow_sigma_rule_list_destroy>(
                [&](auto **list) { call(seerflow_store_sigma_rules, store, timeout, interrupt, list); });
        });
    });
}

// (number, rule, enabled, timeout)
Napi::Value Store::enable_sigma_rule(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto rule = text_of(info[1]);
        const std::int32_t enabled = flag(info[2]) ? 1 : 0;
        const auto timeout = integer_of(info[3]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            call(seerflow_store_enable_sigma_rule, store, rule.c_str(), enabled, timeout, interrupt);
            return answer_nothing();
        });
    });
}

// (number, ndjson, timeout)
Napi::Value Store::add_sigma_matches(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto data = bytes_of(info[1]);
        const auto timeout = integer_of(info[2]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            call(seerflow_store_add_sigma_matches_ndjson, store, static_cast<const void *>(data.data()), data.size(), timeout, interrupt);
            return answer_nothing();
        });
    });
}

}  // namespace seerflow_node
