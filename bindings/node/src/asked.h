// What a call is given besides its time and its interrupt.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "failure.h"

namespace seerflow_node {

// The members that a call has no use for keep their defaults. lib/ names them alike.
struct Asked {
    explicit Asked(const Napi::Object &spec);

    // Which records; see lib/query.js for its keys.
    std::shared_ptr<seerflow_query> query;
    // The event, the alert, the entity, the model, the rule, the measure, the file.
    std::string id;
    // The other end of a path; a verdict.
    std::string target;
    std::optional<std::string> note, origin;
    // Records as JSON; a model.
    std::string data;
    // A member of the enumeration that the call takes.
    std::uint32_t member = 0;
    // A length of time, a smallest count, a largest size.
    std::int64_t number = 0;
    // The query's limit too.
    std::uint32_t limit = 0;
    // When a model that is replaced was saved; up to when to remove; when a verdict was given.
    std::int64_t time = SEERFLOW_TIME_ABSENT;
    // Whether records are lent as the library made them, a write waits for its commit, a rule may fire.
    bool flag = false;
};

}  // namespace seerflow_node
