#include "integers.h"

#include <cstring>

namespace seerflow_node {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Returns whether a JavaScript number represents an integer exactly: up to Number.MAX_SAFE_INTEGER.
bool is_safe(std::string_view digits) {
    constexpr std::string_view limit = "9007199254740991";
    if (digits.front() == '-') digits.remove_prefix(1);
    return digits.size() < limit.size() || (digits.size() == limit.size() && digits <= limit);
}

// Finds the end of a string that starts before `at`: the position after its closing quote.
const char *end_of_string(const char *at, const char *end) {
    while (at < end) {
        const void *found = std::memchr(at, '"', static_cast<std::size_t>(end - at));
        if (!found) return end;
        const char *quote = static_cast<const char *>(found);
        const char *before = quote;
        while (before > at && before[-1] == '\\') before--;
        at = quote + 1;
        if ((quote - before) % 2 == 0) return at;
    }
    return end;
}

// The times of edges have other names.
bool names_time(std::string_view quoted) {
    constexpr std::string_view end = "_ns\"";
    return quoted.size() >= end.size() && quoted.substr(quoted.size() - end.size()) == end;
}

}  // namespace

std::string keep_integers(std::string_view ndjson) {
    std::string out;
    out.reserve(ndjson.size() + ndjson.size() / 16);
    const char *at = ndjson.data(), *const end = at + ndjson.size();
    const char *copied = at;
    int depth = 0;
    std::string_view last_string;
    while (at < end) {
        const char c = *at;
        if (c == '"') {
            const char *close = end_of_string(at + 1, end);
            last_string = std::string_view(at, static_cast<std::size_t>(close - at));
            at = close;
        } else if (is_digit(c) || c == '-') {
            const char *begin = at++;
            while (at < end && is_digit(*at)) at++;
            const bool is_whole = at == end || (*at != '.' && *at != 'e' && *at != 'E');
            while (at < end && (is_digit(*at) || *at == '.' || *at == 'e' || *at == 'E' || *at == '+' || *at == '-')) at++;
            if (!is_whole || is_safe({begin, static_cast<std::size_t>(at - begin)})) continue;
            const bool is_time = depth == 1 && names_time(last_string);
            out.append(copied, begin).append(is_time ? "\"" : "{\"$int\":\"");
            out.append(begin, at).append(is_time ? "\"" : "\"}");
            copied = at;
        } else {
            if (c == '{' || c == '[') depth++;
            if (c == '}' || c == ']') depth--;
            at++;
        }
    }
    return out.append(copied, end);
}

}  // namespace seerflow_node
