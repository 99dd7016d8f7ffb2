// Inputs that need the most stack to read: deeply nested, compressed, long or empty.
#ifndef STACK_INPUTS_HPP
#define STACK_INPUTS_HPP

#include <string>
#include <vector>

namespace stack {

std::vector<std::string> lines();
// The lines inside a record of each of the other formats.
std::vector<std::string> ndjson_of_lines();
std::vector<std::string> msgpack_of_lines();
std::vector<std::string> fluent_of_lines();
std::vector<std::string> otlp_of_lines();
std::vector<std::string> otlp_json_of_lines();

std::vector<std::string> ndjson();
std::vector<std::string> msgpack();
std::vector<std::string> fluent();
std::vector<std::string> otlp();
std::vector<std::string> otlp_json();

// A msgpack value with the largest accepted nesting depth.
std::string deep_msgpack();

} // namespace stack

#endif
