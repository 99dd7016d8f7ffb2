// Integers that JavaScript's numbers cannot hold, in JSON.
#pragma once

#include <string>
#include <string_view>

namespace seerflow_node {

// Copies NDJSON with integers of 16 digits and more spelled so that JSON.parse loses nothing: as a text where it is the value of a
// top-level key that names a time, else as {"$int":"digits"}. No record of the library has keys that begin with `$` otherwise.
std::string keep_integers(std::string_view ndjson);

}  // namespace seerflow_node
