// The results of calls. A result owns its data, and is converted to a JavaScript value on the JavaScript thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "failure.h"
#include "task.h"

namespace seerflow_node {

Answer answer_nothing();
Answer answer_number(double number);
Answer answer_integer(std::int64_t number);

// Records as JSON, one a line: {text, count, nextCursor, lastCursor, total}, as far as the list has them. The text is a string or, if it is
// long, a Buffer, which JavaScript decodes in chunks. With `raw` it is always a Buffer with the library's own text.
Answer list_answer(ListHandle list, bool raw = false);

// Makes a call that returns a list, and returns the list. `ask` gets the pointer for the list.
template <typename Ask>
Answer list_answer(Ask ask, bool raw = false) {
    seerflow_list *made = nullptr;
    ask(&made);
    return list_answer(ListHandle(made), raw);
}

// An object with two members.
Answer pair_answer(const char *first_name, Answer first, const char *second_name, Answer second);

// A signed or unsigned integer. Absent times become undefined.
struct Counter {
    template <typename Number>
    Counter(const char *name, Number number) : name(name), number(static_cast<std::int64_t>(number)) {}
    const char *name;
    std::int64_t number;
};

// An object with numbers, BigInts for names that end in _ns, and texts.
Answer counters_answer(std::vector<Counter> counters, std::vector<std::pair<const char *, std::string>> texts = {});

}  // namespace seerflow_node
