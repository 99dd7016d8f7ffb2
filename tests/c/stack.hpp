// Runs calls on guarded stacks of the size that the header promises to be enough, and notes the deepest use of each.
#ifndef STACK_HPP
#define STACK_HPP

#include <cstddef>

extern "C" {
#include "check.h"
}

namespace stack {

// Runs `body` on a stack of its own. `call` begins with the name of a function; if it needs more stack than that may use, the
// program ends with its name.
void run(const char *call, void (*body)(void *), void *argument);

// Fails if a function of the header was never run. Prints the deepest use of each function, and of each class of them.
void report();

template <typename Work>
auto call(const char *text, Work work) -> decltype(work()) {
    struct Frame {
        Work &work;
        decltype(work()) answer;
    } frame{work, {}};
    run(text, [](void *frame) { static_cast<Frame *>(frame)->answer = static_cast<Frame *>(frame)->work(); }, &frame);
    return frame.answer;
}

template <typename Work>
void call_void(const char *text, Work work) {
    run(text, [](void *work) { (*static_cast<Work *>(work))(); }, &work);
}

} // namespace stack

// Makes a call of the header on a stack of its own, and returns its answer.
#define CALL(expression) stack::call(#expression, [&] { return expression; })
#define CALL_VOID(expression) stack::call_void(#expression, [&] { expression; })
#define CALL_OK(expression) OK(CALL(expression))

// Reads all of a list, and destroys it.
#define CALL_LIST(type, record_type, list)                                                                            \
    do {                                                                                                              \
        record_type record;                                                                                           \
        const char *text;                                                                                             \
        size_t length;                                                                                                \
        SEERFLOW_PREPARE(record);                                                                                     \
        CHECK(CALL(type##_count(list)) > 0);                                                                          \
        CALL_OK(type##_at(list, 0, &record, &error));                                                                         \
        CALL_OK(type##_ndjson(list, &text, &length, &error));                                                                 \
        CALL_VOID(type##_destroy(list));                                                                              \
        list = nullptr;                                                                                               \
    } while (0)

#endif
