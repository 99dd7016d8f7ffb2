// The arguments of a call besides its timeout and its interrupt.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "failure.h"

namespace seerflow_node {

// Members that a call does not use keep their defaults. lib/ uses the same names.
struct Request {
    explicit Request(const Napi::Object &spec);

    // The filters; lib/query.js has the keys.
    std::shared_ptr<seerflow_query> query;
    // The id of an event, an alert, an entity, a model or a rule; a measure; the path of a file.
    std::string id;
    // The other end of a path; or a verdict.
    std::string target;
    std::optional<std::string> note, origin;
    // Records as JSON; or the bytes of a model.
    std::string data;
    // A member of the enumeration that the call takes.
    std::uint32_t member = 0;
    // A duration, a smallest count, or a largest size.
    std::int64_t number = 0;
    // The limit of the query.
    std::uint32_t limit = 0;
    // The time at which the expected model was saved; the time before which to remove; or the time of a verdict.
    std::int64_t time = SEERFLOW_TIME_ABSENT;
    // Whether records are returned as the library's own text, a write waits for its commit, or a rule is enabled.
    bool flag = false;
};

}  // namespace seerflow_node
