// Runs each call on a guarded stack of the size that the header allows, and records the largest use of each function.
#ifndef STACK_HPP
#define STACK_HPP

#include <cstddef>

extern "C" {
#include "check.h"
}

namespace stack {

// Runs `body` on its own stack. `call` starts with the name of a function. If the function needs more stack than it may use, the
// program prints its name and ends.
void run(const char *call, void (*body)(void *), void *argument);

// Fails if a function of the header was never run. Prints the largest use of each function, and of each group of
// functions.
void report();

template <typename Work>
auto call(const char *text, Work work) -> decltype(work()) {
    struct Frame {
        Work &work;
        decltype(work()) answer;
    } frame{work, {}};
    run(text, [](void *given) { static_cast<Frame *>(given)->answer = static_cast<Frame *>(given)->work(); }, &frame);
    return frame.answer;
}

template <typename Work>
void call_void(const char *text, Work work) {
    run(text, [](void *given) { (*static_cast<Work *>(given))(); }, &work);
}

} // namespace stack

// Makes a call on its own stack, and returns its result.
#define CALL(expression) stack::call(#expression, [&] { return expression; })
#define CALL_VOID(expression) stack::call_void(#expression, [&] { expression; })
#define CALL_OK(expression) OK(CALL(expression))

// Reads all records of a list, and destroys the list.
#define CALL_LIST(kind, KIND, list)                                                                                   \
    do {                                                                                                              \
        seerflow_##kind first = SEERFLOW_##KIND##_INIT;                                                               \
        const char *text;                                                                                             \
        size_t length;                                                                                                \
        CHECK(CALL(seerflow_list_count(list)) > 0);                                                                   \
        CALL_OK(seerflow_list_##kind##_at(list, 0, &first, &error));                                                  \
        CALL_OK(seerflow_list_ndjson(list, &text, &length, &error));                                                  \
        CALL_VOID(seerflow_list_destroy(list));                                                                       \
        list = nullptr;                                                                                               \
    } while (0)

#endif
