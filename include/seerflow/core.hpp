// Errors, deadlines, interrupts, completions, configuration. Include seerflow.hpp.
#ifndef SEERFLOW_CORE_HPP
#define SEERFLOW_CORE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../seerflow.h"

namespace seerflow {

using Timeout = std::chrono::milliseconds;

inline constexpr Timeout forever{-1};
inline constexpr Timeout default_timeout{SEERFLOW_DEFAULT_TIMEOUT_MS};

/// A failed call: the status, the message, and whether repeating the call may succeed.
class Error : public std::runtime_error {
public:
    Error(seerflow_status code, bool retriable, const std::string &message)
        : std::runtime_error(message), code_(code), retriable_(retriable) {}

    seerflow_status code() const noexcept { return code_; }
    bool retriable() const noexcept { return retriable_; }

private:
    seerflow_status code_;
    bool retriable_;
};

/// The error of Store::close if accepted records could not be stored.
class LostError : public Error {
public:
    LostError(const Error &error, std::uint64_t lost) : Error(error), lost_(lost) {}

    std::uint64_t lost() const noexcept { return lost_; }

private:
    std::uint64_t lost_;
};

namespace detail {

template <auto destroy>
struct Destroy {
    template <typename T>
    void operator()(T *object) const noexcept {
        destroy(object);
    }
};

template <typename T, auto destroy>
using Handle = std::unique_ptr<T, Destroy<destroy>>;

[[noreturn]] inline void raise(seerflow_status status, seerflow_error *given) {
    Handle<seerflow_error, seerflow_error_destroy> error(given);
    const char *message = error ? seerflow_error_message(error.get()) : seerflow_status_name(status);
    throw Error(status, error && seerflow_error_retriable(error.get()), message);
}

// Calls a C function that has an `error` argument, and throws its error.
template <typename Function, typename... Arguments>
void call(Function function, Arguments... arguments) {
    seerflow_error *error = nullptr;
    if (seerflow_status status = function(arguments..., &error)) raise(status, error);
}

// Calls a C function that takes a callback. An exception that the callback threw is rethrown; it replaces the error
// of the function.
template <typename Function, typename... Arguments>
void call_with(const std::exception_ptr &thrown, Function function, Arguments... arguments) {
    seerflow_error *error = nullptr;
    seerflow_status status = function(arguments..., &error);
    if (thrown) {
        seerflow_error_destroy(error);
        std::rethrow_exception(thrown);
    }
    if (status) raise(status, error);
}

inline seerflow_str lend(std::string_view text) {
    return seerflow_str{text.data() ? text.data() : "", text.size()};
}

inline seerflow_str lend_optional(const std::optional<std::string> &text) {
    return text ? lend(*text) : seerflow_str{nullptr, 0};
}

inline std::string_view view(seerflow_str text) {
    return text.data ? std::string_view(text.data, text.len) : std::string_view();
}

inline std::string_view bytes(const std::uint8_t *data, std::size_t length) {
    return data ? std::string_view(reinterpret_cast<const char *>(data), length) : std::string_view();
}

// Calls a C function that returns an object, and takes ownership of the object.
template <typename Owner, typename Function, typename... Arguments>
Owner make(Function function, Arguments... arguments) {
    typename Owner::pointer made = nullptr;
    call(function, arguments..., &made);
    return Owner(made);
}

// Converts texts to an array of the C API.
inline std::vector<seerflow_str> lend_all(const std::vector<std::string> &texts) {
    std::vector<seerflow_str> lent;
    lent.reserve(texts.size());
    for (const std::string &text : texts) lent.push_back(lend(text));
    return lent;
}

// Calls a C function that copies text into a buffer; calls it again with a larger buffer if the text does not fit.
template <typename Copy>
std::string copied(Copy copy) {
    std::string text(128, '\0');
    for (;;) {
        std::size_t length = 0;
        copy(&text[0], text.size(), &length);
        bool fits = length < text.size();
        text.resize(fits ? length : length + 1);
        if (fits) return text;
    }
}

inline std::optional<std::string> optional(const char *text) {
    return text ? std::optional<std::string>(text) : std::nullopt;
}

}  // namespace detail

inline std::string version() { return seerflow_version(); }

/// Computes the id of an entity. Throws SEERFLOW_STATUS_NOT_FOUND if the value has no id.
inline std::string entity_id(seerflow_entity_type type, std::string_view value) {
    char id[SEERFLOW_ID_SIZE];
    detail::call(seerflow_entity_id, type, detail::lend(value), static_cast<char *>(id));
    return id;
}

/// A flag that ends blocking calls of other threads.
class Interrupt {
public:
    Interrupt() : handle_(detail::make<Handle>(seerflow_interrupt_new)) {}

    void raise() const noexcept { seerflow_interrupt_raise(handle_.get()); }
    void reset() const noexcept { seerflow_interrupt_reset(handle_.get()); }
    const seerflow_interrupt *handle() const noexcept { return handle_.get(); }

private:
    using Handle = detail::Handle<seerflow_interrupt, seerflow_interrupt_destroy>;
    Handle handle_;
};

/// The timeout and the interrupt of a call that may block. Examples: `store.flush(std::chrono::seconds(5))`,
/// `store.flush({forever, interrupt})`. The default timeout is default_timeout. The interrupt must outlive the call.
class Call {
public:
    Call() noexcept = default;
    template <typename Rep, typename Period>
    Call(std::chrono::duration<Rep, Period> timeout) noexcept {
        call_.timeout_ms = std::int64_t{std::chrono::ceil<Timeout>(timeout).count()};
    }
    Call(const Interrupt &interrupt) noexcept { call_.interrupt = interrupt.handle(); }
    template <typename Rep, typename Period>
    Call(std::chrono::duration<Rep, Period> timeout, const Interrupt &interrupt) noexcept : Call(timeout) {
        call_.interrupt = interrupt.handle();
    }

    const seerflow_call *handle() const noexcept { return &call_; }

private:
    seerflow_call call_ = SEERFLOW_CALL_INIT;
};

/// A queue of finished writes.
class Completions {
public:
    Completions() : handle_(detail::make<Handle>(seerflow_completions_new)) {}

    /// Returns a file descriptor that is readable while completions are queued.
    int fd() const {
        std::int32_t fd = -1;
        detail::call(seerflow_completions_fd, handle(), &fd);
        return fd;
    }

    /// Removes the next completion from the queue. Returns nothing if none was posted in time.
    std::optional<seerflow_completion> next(const Call &call = forever) const {
        seerflow_completion completion = SEERFLOW_COMPLETION_INIT;
        try {
            detail::call(seerflow_completions_next, handle(), call.handle(), &completion);
        } catch (const Error &error) {
            if (error.code() == SEERFLOW_STATUS_AGAIN || error.code() == SEERFLOW_STATUS_TIMEOUT) return std::nullopt;
            throw;
        }
        return completion;
    }

    const seerflow_completions *handle() const noexcept { return handle_.get(); }

private:
    using Handle = detail::Handle<seerflow_completions, seerflow_completions_destroy>;
    Handle handle_;
};

using Log = std::function<void(seerflow_log_level level, std::string_view text)>;

/// The options of a store, as keys and values.
class Config {
public:
    Config() : handle_(detail::make<Handle>(seerflow_config_new)) {}

    Config &set(const std::string &key, const std::string &value) & {
        detail::call(seerflow_config_set, handle_.get(), key.c_str(), value.c_str());
        return *this;
    }
    Config &&set(const std::string &key, const std::string &value) && { return std::move(set(key, value)); }

    Config &load_file(const std::string &file) & {
        detail::call(seerflow_config_load_file, handle_.get(), file.c_str());
        return *this;
    }
    Config &&load_file(const std::string &file) && { return std::move(load_file(file)); }

    Config &load_env() & {
        detail::call(seerflow_config_load_env, handle_.get());
        return *this;
    }
    Config &&load_env() && { return std::move(load_env()); }

    /// Sets the function that receives log records. It may be called on any thread, and must not call this library.
    /// If it throws, the exception is dropped, because no caller could catch it.
    Config &log(seerflow_log_level level, Log function) & {
        auto shared = std::make_shared<Log>(std::move(function));
        auto record = [](void *user_data, seerflow_log_level of, const char *text, std::size_t length) {
            try {
                (*static_cast<Log *>(user_data))(of, std::string_view(text, length));
            } catch (...) {
            }
        };
        seerflow_log_callback callback = *shared ? +record : nullptr;
        detail::call(seerflow_config_set_log, handle_.get(), level, callback, static_cast<void *>(shared.get()));
        // Stores that were created before still use the previous function.
        log_ = std::move(shared);
        return *this;
    }
    Config &&log(seerflow_log_level level, Log function) && { return std::move(log(level, std::move(function))); }

    std::string get(const std::string &key) const {
        return detail::copied([&](char *buffer, std::size_t capacity, std::size_t *length) {
            detail::call(seerflow_config_get, handle(), key.c_str(), buffer, capacity, length);
        });
    }

    const seerflow_config *handle() const noexcept { return handle_.get(); }

private:
    friend class Store;

    using Handle = detail::Handle<seerflow_config, seerflow_config_destroy>;
    std::shared_ptr<Log> log_;
    Handle handle_;
};

}  // namespace seerflow

#endif  // SEERFLOW_CORE_HPP
