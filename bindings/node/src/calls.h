// The calls that lib/ makes by name: all that may block, except for writes of events, flush and close.
#pragma once

#include <string>

#include "request.h"
#include "task.h"

namespace seerflow_node {

using Call = Answer (*)(const seerflow_store *, const Request &, const seerflow_call *);

// Throws a Failure for an unknown name.
Call call_named(const std::string &name);

}  // namespace seerflow_node
