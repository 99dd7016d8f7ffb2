#include "stack.hpp"

#include <csignal>
#include <cstring>
#include <map>
#include <string>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

namespace stack {

static const char *const names[] = {
#define FUNCTION(name) #name,
#include "functions.inc"
#undef FUNCTION
};

// Returns the number of bytes of stack that the header allows for a function.
static size_t bound_of(const std::string &function) {
    // Names, and prefixes of names.
    static const char *const small[] = {
        "seerflow_version",      "seerflow_abi_version",        "seerflow_status_name",      "seerflow_error_",
        "seerflow_result_",      "seerflow_interrupt_",         "seerflow_completions_",     "seerflow_store_new",
        "seerflow_store_open",   "seerflow_store_write",        "seerflow_store_write_events", "seerflow_store_path",
        "seerflow_store_flush",  "seerflow_store_stats",        "seerflow_store_health",     "seerflow_store_last_error",
        "seerflow_store_shared", "seerflow_store_metrics",      "seerflow_version_number",
        "seerflow_store_close",  "seerflow_store_destroy",
    };
    for (const char *name : small) {
        const size_t length = std::strlen(name);
        if (name[length - 1] == '_' ? function.compare(0, length, name) == 0 : function == name)
            return 16 * 1024;
    }
    return 64 * 1024;
}

static std::map<std::string, size_t> deepest;
static ucontext_t caller, callee;
static void (*work)(void *);
static void *work_argument;
static const char *running;
static size_t running_size;

static void enter() { work(work_argument); }

// Runs on an alternate stack, because the stack that overflowed has no room left.
static void overflowed(int) {
    char text[160];
    int length = std::snprintf(text, sizeof text, "%s needs more than %zu bytes of stack\n", running, running_size);
    (void)!write(STDERR_FILENO, text, static_cast<size_t>(length));
    _exit(1);
}

static void catch_overflow() {
    static char own[65536];
    stack_t signal_stack{};
    signal_stack.ss_sp = own;
    signal_stack.ss_size = sizeof own;
    CHECK(sigaltstack(&signal_stack, nullptr) == 0);
    struct sigaction action {};
    action.sa_handler = overflowed;
    action.sa_flags = SA_ONSTACK;
    CHECK(sigaction(SIGSEGV, &action, nullptr) == 0);
}

void run(const char *call, void (*body)(void *), void *argument) {
    const std::string function(call, std::strcspn(call, "("));
    const size_t guard = 65536;
    // SEERFLOW_STACK_KIB sets a larger stack, to measure a function that exceeds its limit.
    const char *given = std::getenv("SEERFLOW_STACK_KIB");
    const size_t size = given != nullptr ? std::strtoul(given, nullptr, 10) * 1024 : bound_of(function);
    static bool once = (catch_overflow(), true);
    (void)once;
    char *base = static_cast<char *>(mmap(nullptr, guard + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    CHECK(base != MAP_FAILED && mprotect(base, guard, PROT_NONE) == 0);
    std::memset(base + guard, 0xA5, size);
    work = body;
    work_argument = argument;
    running = function.c_str();
    running_size = size;
    CHECK(getcontext(&callee) == 0);
    callee.uc_stack.ss_sp = base + guard;
    callee.uc_stack.ss_size = size;
    callee.uc_link = &caller;
    makecontext(&callee, enter, 0);
    CHECK(swapcontext(&caller, &callee) == 0);
    size_t untouched = 0;
    while (untouched < size && static_cast<unsigned char>(base[guard + untouched]) == 0xA5)
        untouched++;
    size_t &most = deepest[function];
    if (size - untouched > most)
        most = size - untouched;
    munmap(base, guard + size);
}

void report() {
    std::map<size_t, std::pair<size_t, std::string>> classes;
    for (const char *name : names) {
        if (deepest.count(name) == 0)
            check_failed(__FILE__, __LINE__, "a function of the header is not run by test_stack.cpp:", name);
        const size_t used = deepest[name];
        std::printf("%6zu %s\n", used, name);
        auto &largest = classes[bound_of(name)];
        if (used >= largest.first)
            largest = {used, name};
    }
    for (const auto &one : classes)
        std::printf("stack: at most %zu of %zu bytes (%s)\n", one.second.first, one.first, one.second.second.c_str());
    std::fflush(stdout);
    for (const auto &one : classes)
        CHECK(one.second.first <= one.first);
}

} // namespace stack
