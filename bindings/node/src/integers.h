// Integers in JSON that JavaScript numbers cannot represent.
#pragma once

#include <string>
#include <string_view>

namespace seerflow_node {

// Copies NDJSON, and rewrites integers of 16 digits and more so that JSON.parse loses nothing: as a text if it is the value of a top-level
// key that names a time, otherwise as {"$int":"digits"}. The library's records have no other keys that start with `$`.
std::string keep_integers(std::string_view ndjson);

}  // namespace seerflow_node
