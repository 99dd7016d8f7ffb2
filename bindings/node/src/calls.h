// The calls that lib/ makes by their name: all that may block but writes of events, flush and close.
#pragma once

#include <string>

#include "asked.h"
#include "task.h"

namespace seerflow_node {

using Call = Answer (*)(const seerflow_store *, const Asked &, const seerflow_call *);

// Throws a Failure if there is no such call.
Call call_named(const std::string &name);

}  // namespace seerflow_node
