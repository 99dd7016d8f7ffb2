// What calls answer with. Answers hold what they need, and are made into JavaScript values when their turn comes.
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

// Records as JSON, one a line: {text, count, nextCursor, lastCursor, total}, where the list has them. The text is a string or, if it is
// long, a Buffer, of which JavaScript decodes a part at a time; `raw` lends it as the library made it.
Answer list_answer(ListHandle list, bool raw = false);

// Asks for a list, and answers with it. `ask` gets the place for the list.
template <typename Ask>
Answer list_answer(Ask ask, bool raw = false) {
    seerflow_list *made = nullptr;
    ask(&made);
    return list_answer(ListHandle(made), raw);
}

// An object of two members.
Answer pair_answer(const char *first_name, Answer first, const char *second_name, Answer second);

// An integer of one sign or the other. Times that are absent become undefined.
struct Counter {
    template <typename Number>
    Counter(const char *name, Number number) : name(name), number(static_cast<std::int64_t>(number)) {}
    const char *name;
    std::int64_t number;
};

// An object of numbers and, for names that end in _ns, BigInts; and of texts.
Answer counters_answer(std::vector<Counter> counters, std::vector<std::pair<const char *, std::string>> texts = {});

}  // namespace seerflow_node
