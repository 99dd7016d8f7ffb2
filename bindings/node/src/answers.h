// What calls answer with. Answers hold what they need, and are made into JavaScript values when their turn comes.
#pragma once

#include <memory>
#include <string>

#include "failure.h"
#include "integers.h"
#include "task.h"

namespace seerflow_node {

Answer answer_nothing();
Answer answer_number(double number);
Answer answer_integer(std::int64_t number);
// As a string or, if it is long, as a Buffer, of which JavaScript decodes a part at a time.
Answer answer_text(std::string text);

// What answer_text makes.
napi_value make_text(napi_env env, const std::shared_ptr<const std::string> &text);

// Lends bytes to a Buffer, which keeps what holds them; copies them where an environment allows no such Buffers.
napi_value lend_bytes(napi_env env, std::shared_ptr<const void> holder, const char *bytes, std::size_t length);

// A page of records: {text, count, nextCursor, lastCursor, total}, where it has them.
struct PageParts {
    std::string text;
    std::size_t count = 0;
    const char *next = nullptr, *last = nullptr;
    bool has_total = false;
    std::uint64_t total = 0;
};

// Puts all but the text into an object.
void put_parts(napi_env env, napi_value object, const PageParts &parts);

// Asks for a list, and answers with its records as JSON, one a line. `ask` gets the place for the list.
template <typename List, auto ndjson, auto destroy, typename Ask>
Answer list_answer(Ask ask) {
    List *made = nullptr;
    ask(&made);
    Handle<List, destroy> list(made);
    const char *text = nullptr;
    std::size_t length = 0;
    call(ndjson, const_cast<const List *>(list.get()), &text, &length);
    // All that costs is done here, on the lane.
    return answer_text(keep_integers({text, length}));
}

}  // namespace seerflow_node
