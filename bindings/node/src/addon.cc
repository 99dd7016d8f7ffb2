// The addon that lib/binary.js loads.
#include <napi.h>
#include <seerflow.h>

#include "arguments.h"
#include "runtime.h"
#include "store.h"

namespace seerflow_node {

namespace {

Napi::Value interrupt(const Napi::CallbackInfo &info) {
    Runtime::of(info.Env())->interrupt(info[0].As<Napi::Number>().DoubleValue());
    return info.Env().Undefined();
}

// For process.on('exit'): stores everything that was passed to the addon. Returns whether all of it was stored.
Napi::Value shut(const Napi::CallbackInfo &info) {
    return Napi::Boolean::New(info.Env(), Runtime::of(info.Env())->shut());
}

// Arguments: (type, value)
Napi::Value entity_id(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        const std::string value = text_of(info[1]);
        char id[SEERFLOW_ID_SIZE] = "";
        call(seerflow_entity_id, static_cast<seerflow_entity_type>(integer_of(info[0])), seerflow_str{value.data(), value.size()},
             static_cast<char *>(id));
        return Napi::String::New(info.Env(), id);
    });
}

// Returns [key, default, doc, ...].
Napi::Value config_options(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        auto list = Napi::Array::New(info.Env());
        std::uint32_t at = 0;
        for (std::size_t i = 0; i < seerflow_config_option_count(); i++) {
            const char *texts[3] = {"", "", ""};
            call(seerflow_config_option_at, i, &texts[0], &texts[1], &texts[2]);
            for (const char *text : texts) napi_set_element(info.Env(), list, at++, Napi::String::New(info.Env(), text));
        }
        return list;
    });
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
    if (seerflow_abi_version() != SEERFLOW_ABI_VERSION) {
        Napi::Error::New(env, std::string("libseerflow ") + seerflow_version() + " has a different binary interface than the version " +
                                  SEERFLOW_VERSION + " that the package seerflow was built with")
            .ThrowAsJavaScriptException();
        return exports;
    }
    Runtime::install(env);
    exports.Set("Store", Store::define(env));
    exports.Set("version", seerflow_version());
    exports.Set("interrupt", Napi::Function::New(env, interrupt));
    exports.Set("shut", Napi::Function::New(env, shut));
    exports.Set("entityId", Napi::Function::New(env, entity_id));
    exports.Set("configOptions", Napi::Function::New(env, config_options));
    // Made here, because an environment may load the JavaScript several times, each time in another realm.
    exports.Set("unfinished", env.RunScript("new Set()"));
    return exports;
}

}  // namespace

NODE_API_MODULE(seerflow, init)

}  // namespace seerflow_node
