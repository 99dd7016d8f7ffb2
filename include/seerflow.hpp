// libseerflow for C++17: seerflow.h with destructors and exceptions. Header-only; link what seerflow.h says.
//
//     #include <seerflow.hpp>
//     #include <iostream>
//
//     int main() {
//         seerflow::Store store(seerflow::Config().set("storage.sqlite_path", "events.db"));
//         store.write_lines("Mar 14 01:47:13 web2 sshd[812]: Failed password for root\n", seerflow::WriteOptions().durably());
//         for (seerflow::EventView event : store.search("failed password"))
//             std::cout << event.message() << '\n';
//     }
//
// Each class owns one C object, moves and does not copy. A call that fails throws seerflow::Error. Threads, blocking and fork are
// as seerflow.h says of the function of the same name; what a std::string_view shows lives as long as the object it came from.
// Timeouts are milliseconds, seerflow::forever for no bound, 0 for not to wait.
#ifndef SEERFLOW_HPP
#define SEERFLOW_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "seerflow.h"

namespace seerflow {

using Timeout = std::chrono::milliseconds;

inline constexpr Timeout forever{-1};
inline constexpr Timeout default_timeout{SEERFLOW_DEFAULT_TIMEOUT_MS};

/// A call that failed: which status, why, and whether trying again may help.
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

// Calls a function that takes a place for an error, and throws what is put there.
template <typename Function, typename... Arguments>
void call(Function function, Arguments... arguments) {
    seerflow_error *error = nullptr;
    if (seerflow_status status = function(arguments..., &error)) raise(status, error);
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

// Makes a struct that the library fills.
template <typename T>
T prepare() {
    T object{};
    object.struct_size = static_cast<std::uint32_t>(sizeof(T));
    return object;
}

// Asks a function that copies text into a buffer, twice if the first buffer is too small.
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

/// The id under which Seerflow knows an entity. Throws SEERFLOW_STATUS_NOT_FOUND for a value that has none.
inline std::string entity_id(seerflow_entity_type type, std::string_view value) {
    char id[SEERFLOW_ID_SIZE];
    detail::call(seerflow_entity_id, type, detail::lend(value), static_cast<char *>(id));
    return id;
}

/// Stops calls of other threads.
class Interrupt {
public:
    Interrupt() {
        seerflow_interrupt *made = nullptr;
        detail::call(seerflow_interrupt_new, &made);
        handle_.reset(made);
    }

    void raise() const noexcept { seerflow_interrupt_raise(handle_.get()); }
    void reset() const noexcept { seerflow_interrupt_reset(handle_.get()); }
    const seerflow_interrupt *handle() const noexcept { return handle_.get(); }

private:
    detail::Handle<seerflow_interrupt, seerflow_interrupt_destroy> handle_;
};

namespace detail {
inline const seerflow_interrupt *handle_of(const Interrupt *interrupt) {
    return interrupt ? interrupt->handle() : nullptr;
}
}  // namespace detail

/// Where completions of writes wait.
class Queue {
public:
    Queue() {
        seerflow_queue *made = nullptr;
        detail::call(seerflow_queue_new, &made);
        handle_.reset(made);
    }

    /// A descriptor that is readable while completions wait.
    int fd() const {
        std::int32_t fd = -1;
        detail::call(seerflow_queue_fd, handle(), &fd);
        return fd;
    }

    /// The next completion; none if none came in time.
    std::optional<seerflow_completion> next(Timeout timeout = forever) const {
        auto completion = detail::prepare<seerflow_completion>();
        seerflow_error *error = nullptr;
        seerflow_status status = seerflow_queue_next(handle(), timeout.count(), &completion, &error);
        if (status == SEERFLOW_STATUS_AGAIN || status == SEERFLOW_STATUS_TIMEOUT) {
            seerflow_error_destroy(error);
            return std::nullopt;
        }
        if (status) detail::raise(status, error);
        return completion;
    }

    const seerflow_queue *handle() const noexcept { return handle_.get(); }

private:
    detail::Handle<seerflow_queue, seerflow_queue_destroy> handle_;
};

using Log = std::function<void(seerflow_log_level level, std::string_view text)>;

/// What a store is opened with: keys and values.
class Config {
public:
    Config() {
        seerflow_config *made = nullptr;
        detail::call(seerflow_config_new, &made);
        handle_.reset(made);
    }

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

    /// Has log records handed to a function, from any thread. It must not call this library; what it throws is dropped.
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
        // Stores that were opened before go on with the function of their time.
        log_ = std::move(shared);
        return *this;
    }
    Config &&log(seerflow_log_level level, Log function) && { return std::move(log(level, std::move(function))); }

    std::string get(const std::string &key) const {
        return detail::copied([&](char *buffer, std::size_t capacity, std::size_t *length) {
            const seerflow_config *config = handle_.get();
            detail::call(seerflow_config_get, config, key.c_str(), buffer, capacity, length);
        });
    }

    const seerflow_config *handle() const noexcept { return handle_.get(); }

private:
    friend class Store;

    std::shared_ptr<Log> log_;
    detail::Handle<seerflow_config, seerflow_config_destroy> handle_;
};

/// One msgpack value.
struct Msgpack {
    std::string bytes;
};

/// What an attribute holds. Text is a std::string: a literal alone counts as a bool to older compilers.
using Value = std::variant<std::string, std::int64_t, double, bool, std::nullptr_t, Msgpack>;
using List = std::vector<std::string>;

static_assert(std::variant_size_v<Value> == SEERFLOW_VALUE_MSGPACK + 1, "in the order of seerflow_value");

/// An event to be written. The fields are seerflow_event_input's, and so are their defaults.
struct Event {
    std::string event_id{};
    std::int64_t timestamp_ns = SEERFLOW_TIME_ABSENT;
    std::int64_t observed_ns = SEERFLOW_TIME_ABSENT;
    std::optional<std::string> trace_id{};
    std::optional<std::string> span_id{};
    std::int64_t severity_id = 1;
    std::int64_t otel_severity = 9;
    std::string event_kind = "event";
    std::string event_category{};
    std::string event_type{};
    std::string event_outcome{};
    std::string event_action{};
    std::int64_t category_uid = 0;
    std::int64_t class_uid = 0;
    std::int64_t type_uid = 0;
    std::int64_t activity_id = 0;
    std::string message{};
    Msgpack body{};
    std::string source_type{};
    std::string source_id{};
    std::string log_source_category{};
    std::string log_source_product{};
    std::string log_source_service{};
    std::int64_t template_id = -1;
    std::string template_str{};
    List template_params{};
    List entity_refs{};
    List related_ips{};
    List related_users{};
    List related_hosts{};
    List related_files{};
    List related_domains{};
    List related_processes{};
    List related_hashes{};
    List mitre_tactics{};
    List mitre_techniques{};
    double risk_score = 0;
    double anomaly_score = 0;
    double confidence = 1;
    std::vector<std::pair<std::string, Value>> attributes{};
    List tags{};
    std::string raw_event{};
    std::vector<std::pair<std::string, std::string>> resource_attrs{};
};

namespace detail {

// Events as the structs of seerflow.h, which point into them.
class Inputs {
public:
    Inputs(const Event *events, std::size_t count) {
        inputs_.reserve(count);
        for (std::size_t i = 0; i < count; i++) add(events[i]);
    }
    const seerflow_event_input *data() const { return inputs_.data(); }

private:
    seerflow_list list(const List &given) {
        auto &texts = texts_.emplace_back();
        texts.reserve(given.size());
        for (const std::string &text : given) texts.push_back(lend(text));
        return seerflow_list{texts.data(), texts.size()};
    }

    static seerflow_attribute attribute(const std::pair<std::string, Value> &given) {
        seerflow_attribute made{};
        made.key = lend(given.first);
        made.type = static_cast<seerflow_value>(given.second.index());
        if (auto text = std::get_if<std::string>(&given.second)) made.s = lend(*text);
        if (auto number = std::get_if<std::int64_t>(&given.second)) made.i = *number;
        if (auto number = std::get_if<double>(&given.second)) made.d = *number;
        if (auto yes = std::get_if<bool>(&given.second)) made.i = *yes;
        if (auto value = std::get_if<Msgpack>(&given.second)) made.s = lend(value->bytes);
        return made;
    }

    void add(const Event &event) {
        seerflow_event_input &in = inputs_.emplace_back();
        call(seerflow_event_init, &in, sizeof in);
        in.event_id = lend(event.event_id);
        in.timestamp_ns = event.timestamp_ns;
        in.observed_ns = event.observed_ns;
        in.trace_id = lend_optional(event.trace_id);
        in.span_id = lend_optional(event.span_id);
        in.severity_id = event.severity_id;
        in.otel_severity = event.otel_severity;
        in.event_kind = lend(event.event_kind);
        in.event_category = lend(event.event_category);
        in.event_type = lend(event.event_type);
        in.event_outcome = lend(event.event_outcome);
        in.event_action = lend(event.event_action);
        in.category_uid = event.category_uid;
        in.class_uid = event.class_uid;
        in.type_uid = event.type_uid;
        in.activity_id = event.activity_id;
        in.message = lend(event.message);
        in.body = lend(event.body.bytes);
        in.source_type = lend(event.source_type);
        in.source_id = lend(event.source_id);
        in.log_source_category = lend(event.log_source_category);
        in.log_source_product = lend(event.log_source_product);
        in.log_source_service = lend(event.log_source_service);
        in.template_id = event.template_id;
        in.template_str = lend(event.template_str);
        in.template_params = list(event.template_params);
        in.entity_refs = list(event.entity_refs);
        in.related_ips = list(event.related_ips);
        in.related_users = list(event.related_users);
        in.related_hosts = list(event.related_hosts);
        in.related_files = list(event.related_files);
        in.related_domains = list(event.related_domains);
        in.related_processes = list(event.related_processes);
        in.related_hashes = list(event.related_hashes);
        in.mitre_tactics = list(event.mitre_tactics);
        in.mitre_techniques = list(event.mitre_techniques);
        in.risk_score = event.risk_score;
        in.anomaly_score = event.anomaly_score;
        in.confidence = event.confidence;
        auto &attributes = attributes_.emplace_back();
        for (const auto &pair : event.attributes) attributes.push_back(attribute(pair));
        in.attributes = seerflow_attributes{attributes.data(), attributes.size()};
        in.tags = list(event.tags);
        in.raw_event = lend(event.raw_event);
        auto &pairs = pairs_.emplace_back();
        for (const auto &[key, text] : event.resource_attrs) pairs.push_back(seerflow_pair{lend(key), lend(text)});
        in.resource_attrs = seerflow_pairs{pairs.data(), pairs.size()};
    }

    std::vector<seerflow_event_input> inputs_;
    std::vector<std::vector<seerflow_str>> texts_;
    std::vector<std::vector<seerflow_attribute>> attributes_;
    std::vector<std::vector<seerflow_pair>> pairs_;
};

}  // namespace detail

/// How a write is to be done; see seerflow_write_options.
struct WriteOptions {
    bool durable = false;
    bool complete = false;
    bool keep_raw = false;
    bool urgent = false;
    Timeout timeout = default_timeout;
    std::uint64_t first_index = 0;
    std::string batch_key{};
    std::string source_type{};
    std::string source_id{};
    std::string timezone{};
    const Interrupt *interrupt = nullptr;
    const Queue *queue = nullptr;
    std::uint64_t user_data = 0;

    /// The same, returning after the commit.
    WriteOptions durably() const {
        WriteOptions options = *this;
        options.durable = true;
        return options;
    }
};

/// What became of the records of a write.
class Result {
public:
    struct Rejected {
        std::uint64_t index;
        std::string reason;
    };

    std::uint64_t accepted() const noexcept { return seerflow_result_accepted(handle_.get()); }
    std::uint64_t duplicates() const noexcept { return seerflow_result_duplicates(handle_.get()); }
    seerflow_durability durability() const noexcept { return seerflow_result_durability(handle_.get()); }
    /// Bytes of the input that were taken, or events.
    std::size_t consumed() const noexcept { return consumed_; }

    std::vector<Rejected> rejected() const {
        std::vector<Rejected> all;
        const seerflow_result *result = handle_.get();
        for (std::size_t i = 0; i < seerflow_result_rejected_count(result); i++) {
            std::uint64_t index = 0;
            const char *reason = nullptr;
            detail::call(seerflow_result_rejected_at, result, i, &index, &reason);
            all.push_back(Rejected{index, reason});
        }
        return all;
    }

private:
    friend class Store;
    Result(seerflow_result *result, std::size_t consumed) : handle_(result), consumed_(consumed) {}

    detail::Handle<seerflow_result, seerflow_result_destroy> handle_;
    std::size_t consumed_;
};

/// An event of a page; it must not outlive it.
class EventView {
public:
    /// A value that points into the page; Msgpack as its bytes.
    struct Pair {
        std::string_view key;
        seerflow_value type;
        std::int64_t integer;
        double real;
        std::string_view text;
    };

    explicit EventView(const seerflow_event *event) noexcept : event_(event) {}

    std::int64_t integer(seerflow_field field) const {
        std::int64_t value = 0;
        detail::call(seerflow_event_get_int, event_, field, &value);
        return value;
    }

    double real(seerflow_field field) const {
        double value = 0;
        detail::call(seerflow_event_get_float, event_, field, &value);
        return value;
    }

    std::string_view text(seerflow_field field) const { return detail::view(raw_text(field)); }

    std::optional<std::string_view> optional_text(seerflow_field field) const {
        seerflow_str value = raw_text(field);
        return value.data ? std::optional<std::string_view>(detail::view(value)) : std::nullopt;
    }

    std::vector<std::string_view> list(seerflow_field field) const {
        std::size_t count = 0;
        detail::call(seerflow_event_get_list_count, event_, field, &count);
        std::vector<std::string_view> all;
        for (std::size_t i = 0; i < count; i++) {
            seerflow_str value{nullptr, 0};
            detail::call(seerflow_event_get_list_at, event_, field, i, &value);
            all.push_back(detail::view(value));
        }
        return all;
    }

    std::vector<Pair> map(seerflow_field field) const {
        std::size_t count = 0;
        detail::call(seerflow_event_get_map_count, event_, field, &count);
        std::vector<Pair> all;
        for (std::size_t i = 0; i < count; i++) {
            seerflow_attribute pair{};
            detail::call(seerflow_event_get_map_at, event_, field, i, &pair);
            all.push_back(Pair{detail::view(pair.key), pair.type, pair.i, pair.d, detail::view(pair.s)});
        }
        return all;
    }

    /// A field of any kind as one msgpack value; empty if it is absent.
    std::string_view msgpack(seerflow_field field) const {
        const std::uint8_t *data = nullptr;
        std::size_t length = 0;
        detail::call(seerflow_event_get_msgpack, event_, field, &data, &length);
        return data ? std::string_view(reinterpret_cast<const char *>(data), length) : std::string_view();
    }

    /// The whole event as msgpack.
    std::string_view msgpack() const {
        const std::uint8_t *data = nullptr;
        std::size_t length = 0;
        detail::call(seerflow_event_msgpack, event_, &data, &length);
        return std::string_view(reinterpret_cast<const char *>(data), length);
    }

    /// The whole event as JSON on one line.
    std::string_view json() const {
        const char *text = nullptr;
        std::size_t length = 0;
        detail::call(seerflow_event_json, event_, &text, &length);
        return std::string_view(text, length);
    }

    std::string event_id() const {
        char id[SEERFLOW_ID_SIZE];
        detail::call(seerflow_event_get_id, event_, static_cast<char *>(id));
        return id;
    }

    std::int64_t timestamp_ns() const { return integer(SEERFLOW_FIELD_TIMESTAMP_NS); }
    std::int64_t observed_ns() const { return integer(SEERFLOW_FIELD_OBSERVED_NS); }
    std::optional<std::string_view> trace_id() const { return optional_text(SEERFLOW_FIELD_TRACE_ID); }
    std::optional<std::string_view> span_id() const { return optional_text(SEERFLOW_FIELD_SPAN_ID); }
    std::int64_t severity_id() const { return integer(SEERFLOW_FIELD_SEVERITY_ID); }
    std::int64_t otel_severity() const { return integer(SEERFLOW_FIELD_OTEL_SEVERITY); }
    std::string_view event_kind() const { return text(SEERFLOW_FIELD_EVENT_KIND); }
    std::string_view event_category() const { return text(SEERFLOW_FIELD_EVENT_CATEGORY); }
    std::string_view event_type() const { return text(SEERFLOW_FIELD_EVENT_TYPE); }
    std::string_view event_outcome() const { return text(SEERFLOW_FIELD_EVENT_OUTCOME); }
    std::string_view event_action() const { return text(SEERFLOW_FIELD_EVENT_ACTION); }
    std::int64_t category_uid() const { return integer(SEERFLOW_FIELD_CATEGORY_UID); }
    std::int64_t class_uid() const { return integer(SEERFLOW_FIELD_CLASS_UID); }
    std::int64_t type_uid() const { return integer(SEERFLOW_FIELD_TYPE_UID); }
    std::int64_t activity_id() const { return integer(SEERFLOW_FIELD_ACTIVITY_ID); }
    std::string_view message() const { return text(SEERFLOW_FIELD_MESSAGE); }
    std::string_view body() const { return msgpack(SEERFLOW_FIELD_BODY); }
    std::string_view source_type() const { return text(SEERFLOW_FIELD_SOURCE_TYPE); }
    std::string_view source_id() const { return text(SEERFLOW_FIELD_SOURCE_ID); }
    std::string_view log_source_category() const { return text(SEERFLOW_FIELD_LOG_SOURCE_CATEGORY); }
    std::string_view log_source_product() const { return text(SEERFLOW_FIELD_LOG_SOURCE_PRODUCT); }
    std::string_view log_source_service() const { return text(SEERFLOW_FIELD_LOG_SOURCE_SERVICE); }
    std::int64_t template_id() const { return integer(SEERFLOW_FIELD_TEMPLATE_ID); }
    std::string_view template_str() const { return text(SEERFLOW_FIELD_TEMPLATE_STR); }
    std::vector<std::string_view> template_params() const { return list(SEERFLOW_FIELD_TEMPLATE_PARAMS); }
    std::vector<std::string_view> entity_refs() const { return list(SEERFLOW_FIELD_ENTITY_REFS); }
    std::vector<std::string_view> related_ips() const { return list(SEERFLOW_FIELD_RELATED_IPS); }
    std::vector<std::string_view> related_users() const { return list(SEERFLOW_FIELD_RELATED_USERS); }
    std::vector<std::string_view> related_hosts() const { return list(SEERFLOW_FIELD_RELATED_HOSTS); }
    std::vector<std::string_view> related_files() const { return list(SEERFLOW_FIELD_RELATED_FILES); }
    std::vector<std::string_view> related_domains() const { return list(SEERFLOW_FIELD_RELATED_DOMAINS); }
    std::vector<std::string_view> related_processes() const { return list(SEERFLOW_FIELD_RELATED_PROCESSES); }
    std::vector<std::string_view> related_hashes() const { return list(SEERFLOW_FIELD_RELATED_HASHES); }
    std::vector<std::string_view> mitre_tactics() const { return list(SEERFLOW_FIELD_MITRE_TACTICS); }
    std::vector<std::string_view> mitre_techniques() const { return list(SEERFLOW_FIELD_MITRE_TECHNIQUES); }
    double risk_score() const { return real(SEERFLOW_FIELD_RISK_SCORE); }
    double anomaly_score() const { return real(SEERFLOW_FIELD_ANOMALY_SCORE); }
    double confidence() const { return real(SEERFLOW_FIELD_CONFIDENCE); }
    std::vector<Pair> attributes() const { return map(SEERFLOW_FIELD_ATTRIBUTES); }
    std::vector<std::string_view> tags() const { return list(SEERFLOW_FIELD_TAGS); }
    std::string_view raw_event() const { return text(SEERFLOW_FIELD_RAW_EVENT); }
    std::vector<Pair> resource_attrs() const { return map(SEERFLOW_FIELD_RESOURCE_ATTRS); }

    const seerflow_event *handle() const noexcept { return event_; }

private:
    seerflow_str raw_text(seerflow_field field) const {
        seerflow_str value{nullptr, 0};
        detail::call(seerflow_event_get_text, event_, field, &value);
        return value;
    }

    const seerflow_event *event_;
};

/// The answer to a query: a range of events.
class Page {
public:
    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = EventView;
        using difference_type = std::ptrdiff_t;
        using pointer = const EventView *;
        using reference = EventView;

        iterator() noexcept = default;
        iterator(const seerflow_page *page, std::size_t index) noexcept : page_(page), index_(index) {}
        EventView operator*() const noexcept { return EventView(seerflow_page_event(page_, index_)); }
        iterator &operator++() noexcept {
            index_++;
            return *this;
        }
        iterator operator++(int) noexcept {
            iterator before = *this;
            index_++;
            return before;
        }
        bool operator==(const iterator &other) const noexcept { return index_ == other.index_ && page_ == other.page_; }
        bool operator!=(const iterator &other) const noexcept { return !(*this == other); }

    private:
        const seerflow_page *page_ = nullptr;
        std::size_t index_ = 0;
    };

    std::size_t size() const noexcept { return seerflow_page_count(handle_.get()); }
    bool empty() const noexcept { return size() == 0; }
    iterator begin() const noexcept { return iterator(handle_.get(), 0); }
    iterator end() const noexcept { return iterator(handle_.get(), size()); }

    EventView operator[](std::size_t index) const {
        const seerflow_event *event = seerflow_page_event(handle_.get(), index);
        if (!event) throw std::out_of_range("seerflow::Page");
        return EventView(event);
    }

    /// How many events match in all, if the query asked for it.
    std::optional<std::uint64_t> total() const noexcept {
        std::uint64_t total = 0;
        return seerflow_page_total(handle_.get(), &total) ? std::optional<std::uint64_t>(total) : std::nullopt;
    }

    /// Where the next page begins; none if this was the last.
    std::optional<std::string> next_cursor() const { return detail::optional(seerflow_page_next_cursor(handle_.get())); }
    /// The place of the last event; none for an empty page.
    std::optional<std::string> last_cursor() const { return detail::optional(seerflow_page_last_cursor(handle_.get())); }

    /// All events as msgpack, one after the other.
    std::string_view msgpack() const {
        const std::uint8_t *data = nullptr;
        std::size_t length = 0;
        std::size_t count = 0;
        const std::size_t *ends = nullptr;
        detail::call(seerflow_page_data, handle(), &data, &length, &ends, &count);
        return std::string_view(reinterpret_cast<const char *>(data), length);
    }

    /// All events as JSON, one a line.
    std::string_view ndjson() const {
        const char *text = nullptr;
        std::size_t length = 0;
        detail::call(seerflow_page_ndjson, handle(), &text, &length);
        return std::string_view(text, length);
    }

    const seerflow_page *handle() const noexcept { return handle_.get(); }

private:
    friend class Store;
    explicit Page(seerflow_page *page) : handle_(page) {}

    detail::Handle<seerflow_page, seerflow_page_destroy> handle_;
};

/// Which events, in which order, how many at once: `Query().source_type("sshd").min_severity(3).limit(50)`.
class Query {
public:
    Query() {
        seerflow_query *made = nullptr;
        detail::call(seerflow_query_new, &made);
        handle_.reset(made);
    }

    Query &time_range(std::int64_t from_ns, std::int64_t to_ns) {
        return set(seerflow_query_set_time_range, from_ns, to_ns);
    }
    Query &source_type(const std::string &text) { return set(seerflow_query_set_source_type, text.c_str()); }
    Query &source_id(const std::string &text) { return set(seerflow_query_set_source_id, text.c_str()); }
    Query &min_severity(std::int64_t severity) { return set(seerflow_query_set_min_severity, severity); }
    Query &template_id(std::int64_t id) { return set(seerflow_query_set_template, id); }
    Query &entity(const std::string &id) { return set(seerflow_query_set_entity, id.c_str()); }
    Query &text(const std::string &words) { return set(seerflow_query_set_text, words.c_str()); }
    Query &limit(std::uint32_t events) { return set(seerflow_query_set_limit, events); }
    Query &page(std::uint32_t number) { return set(seerflow_query_set_page, number); }
    Query &order(seerflow_order order) { return set(seerflow_query_set_order, order); }
    Query &cursor(const std::string &token) { return set(seerflow_query_set_cursor, token.c_str()); }
    Query &total(seerflow_total mode, std::uint64_t cap = 0) { return set(seerflow_query_set_total, mode, cap); }
    Query &timeout(Timeout timeout) { return set(seerflow_query_set_timeout, std::int64_t{timeout.count()}); }
    Query &interrupt(const Interrupt *flag) { return set(seerflow_query_set_interrupt, detail::handle_of(flag)); }

    const seerflow_query *handle() const noexcept { return handle_.get(); }

private:
    template <typename Function, typename... Arguments>
    Query &set(Function function, Arguments... arguments) {
        detail::call(function, handle_.get(), arguments...);
        return *this;
    }

    detail::Handle<seerflow_query, seerflow_query_destroy> handle_;
};

/// A template and its statistics.
struct Template {
    std::int64_t template_id = 0;
    std::string template_str{};
    std::int64_t first_seen_ns = 0;
    std::int64_t last_seen_ns = 0;
    std::int64_t event_count = 0;
    std::optional<std::string> example_message{};
};

/// A record that could not become an event.
struct DeadLetter {
    std::int64_t id = 0;
    std::int64_t received_ns = 0;
    std::string format{};
    std::string reason{};
    std::string payload{};
};

/// A bucket of a histogram.
struct Bucket {
    std::int64_t start_ns;
    std::uint64_t count;
};

/// How a store is, and why if it is degraded.
struct Health {
    seerflow_health state;
    std::string reason;
};

using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// An open store. Any number of threads may use one at once.
class Store {
public:
    explicit Store(const Config &config) : log_(config.log_) {
        seerflow_store *made = nullptr;
        detail::call(seerflow_store_open, config.handle(), &made);
        handle_.reset(made);
    }

    /// Opens the database now instead of at the first use.
    void start() const { detail::call(seerflow_store_start, handle()); }

    Result write(const std::vector<Event> &events, const WriteOptions &options = {}) const {
        return write(events.data(), events.size(), options);
    }
    Result write(const Event &event, const WriteOptions &options = {}) const { return write(&event, 1, options); }
    Result write(const Event *events, std::size_t count, const WriteOptions &options = {}) const {
        detail::Inputs inputs(events, count);
        return written(options, [&](const seerflow_write_options *how, std::size_t *consumed, seerflow_result **result) {
            detail::call(seerflow_store_write_events, handle(), inputs.data(), sizeof(seerflow_event_input), count, how,
                         consumed, result);
        });
    }

    Result write_lines(std::string_view lines, const WriteOptions &options = {}) const {
        return write_bytes(seerflow_store_write_lines, lines, options);
    }
    Result write_ndjson(std::string_view lines, const WriteOptions &options = {}) const {
        return write_bytes(seerflow_store_write_ndjson, lines, options);
    }
    Result write_msgpack(std::string_view maps, const WriteOptions &options = {}) const {
        return write_bytes(seerflow_store_write_msgpack, maps, options);
    }
    Result write_otlp(std::string_view request, const WriteOptions &options = {}) const {
        return write_bytes(seerflow_store_write_otlp, request, options);
    }
    Result write_otlp_json(std::string_view requests, const WriteOptions &options = {}) const {
        return write_bytes(seerflow_store_write_otlp_json, requests, options);
    }
    Result write_fluent(std::string_view records, const WriteOptions &options = {}) const {
        return write_bytes(seerflow_store_write_fluent, records, options);
    }

    /// Waits until everything that was accepted before is committed.
    void flush(Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        detail::call(seerflow_store_flush, handle(), count(timeout), detail::handle_of(interrupt));
    }

    Page query(const Query &query) const {
        seerflow_page *page = nullptr;
        detail::call(seerflow_store_query_events, handle(), query.handle(), &page);
        return Page(page);
    }

    /// The newest events whose messages match.
    Page search(const std::string &text, std::uint32_t limit = 100) const {
        seerflow_page *page = nullptr;
        detail::call(seerflow_store_search, handle(), text.c_str(), limit, &page);
        return Page(page);
    }

    std::vector<Bucket> histogram(std::int64_t from_ns, std::int64_t to_ns, std::int64_t bucket_ns,
                                  Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        seerflow_histogram *made = nullptr;
        detail::call(seerflow_store_histogram, handle(), from_ns, to_ns, bucket_ns, count(timeout),
                     detail::handle_of(interrupt), &made);
        detail::Handle<seerflow_histogram, seerflow_histogram_destroy> histogram(made);
        std::vector<Bucket> all;
        for (std::size_t i = 0; i < seerflow_histogram_count(made); i++) {
            auto bucket = detail::prepare<seerflow_bucket>();
            const seerflow_histogram *from = made;
            detail::call(seerflow_histogram_at, from, i, &bucket);
            all.push_back(Bucket{bucket.start_ns, bucket.count});
        }
        return all;
    }

    void write_templates(const std::vector<Template> &templates, Timeout timeout = default_timeout,
                         const Interrupt *interrupt = nullptr) const {
        std::vector<seerflow_template> structs;
        for (const Template &given : templates) {
            auto made = detail::prepare<seerflow_template>();
            made.template_id = given.template_id;
            made.template_str = detail::lend(given.template_str);
            made.first_seen_ns = given.first_seen_ns;
            made.last_seen_ns = given.last_seen_ns;
            made.event_count = given.event_count;
            made.example_message = detail::lend_optional(given.example_message);
            structs.push_back(made);
        }
        detail::call(seerflow_store_write_templates, handle(), structs.data(), sizeof(seerflow_template), structs.size(),
                     count(timeout), detail::handle_of(interrupt));
    }

    std::vector<Template> templates(std::uint32_t limit = 1000, Timeout timeout = default_timeout,
                                    const Interrupt *interrupt = nullptr) const {
        seerflow_template_list *made = nullptr;
        detail::call(seerflow_store_templates, handle(), limit, count(timeout), detail::handle_of(interrupt), &made);
        detail::Handle<seerflow_template_list, seerflow_template_list_destroy> list(made);
        std::vector<Template> all;
        for (std::size_t i = 0; i < seerflow_template_list_count(made); i++) {
            auto from = detail::prepare<seerflow_template>();
            const seerflow_template_list *of = made;
            detail::call(seerflow_template_list_at, of, i, &from);
            Template to;
            to.template_id = from.template_id;
            to.template_str = std::string(detail::view(from.template_str));
            to.first_seen_ns = from.first_seen_ns;
            to.last_seen_ns = from.last_seen_ns;
            to.event_count = from.event_count;
            if (from.example_message.data) to.example_message = std::string(detail::view(from.example_message));
            all.push_back(std::move(to));
        }
        return all;
    }

    /// Removes templates with fewer events; how many.
    std::uint64_t prune_templates(std::int64_t min_count, Timeout timeout = default_timeout,
                                  const Interrupt *interrupt = nullptr) const {
        std::uint64_t deleted = 0;
        detail::call(seerflow_store_prune_templates, handle(), min_count, count(timeout), detail::handle_of(interrupt),
                     &deleted);
        return deleted;
    }

    /// Removes all templates; how many.
    std::uint64_t reset_templates(Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        std::uint64_t deleted = 0;
        detail::call(seerflow_store_reset_templates, handle(), count(timeout), detail::handle_of(interrupt), &deleted);
        return deleted;
    }

    std::vector<DeadLetter> dead_letters(std::uint32_t limit = 100, std::int64_t before_id = INT64_MAX,
                                         Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        seerflow_dead_letter_list *made = nullptr;
        detail::call(seerflow_store_dead_letters, handle(), before_id, limit, count(timeout),
                     detail::handle_of(interrupt), &made);
        detail::Handle<seerflow_dead_letter_list, seerflow_dead_letter_list_destroy> list(made);
        std::vector<DeadLetter> all;
        for (std::size_t i = 0; i < seerflow_dead_letter_list_count(made); i++) {
            auto from = detail::prepare<seerflow_dead_letter>();
            const seerflow_dead_letter_list *of = made;
            detail::call(seerflow_dead_letter_list_at, of, i, &from);
            DeadLetter to;
            to.id = from.id;
            to.received_ns = from.received_ns;
            to.format = std::string(detail::view(from.format));
            to.reason = std::string(detail::view(from.reason));
            to.payload = std::string(detail::view(from.payload));
            all.push_back(std::move(to));
        }
        return all;
    }

    /// Removes events before a time, if one is given, and the oldest until the database is no larger, if a size is.
    seerflow_prune_report prune(std::optional<std::int64_t> before_ns, std::uint64_t max_bytes = 0,
                                Timeout timeout = forever, const Interrupt *interrupt = nullptr) const {
        auto options = detail::prepare<seerflow_prune_options>();
        options.has_before = before_ns.has_value();
        options.before_ns = before_ns.value_or(0);
        options.max_bytes = max_bytes;
        auto report = detail::prepare<seerflow_prune_report>();
        const seerflow_prune_options *how = &options;
        detail::call(seerflow_store_prune, handle(), how, count(timeout), detail::handle_of(interrupt), &report);
        return report;
    }

    /// Writes a consistent copy to a new file. What `progress` throws comes out of here, when the copy has ended.
    void backup(const std::string &target, Timeout timeout = forever, const Progress &progress = {},
                const Interrupt *interrupt = nullptr) const {
        struct Told {
            const Progress *progress;
            std::exception_ptr thrown;
        } told{&progress, nullptr};
        auto tell = [](void *user_data, std::uint64_t done, std::uint64_t total) {
            auto *to = static_cast<Told *>(user_data);
            try {
                if (!to->thrown) (*to->progress)(done, total);
            } catch (...) {
                to->thrown = std::current_exception();
            }
        };
        seerflow_progress_callback callback = progress ? +tell : nullptr;
        detail::call(seerflow_store_backup, handle(), target.c_str(), count(timeout), detail::handle_of(interrupt), callback,
                     static_cast<void *>(&told));
        if (told.thrown) std::rethrow_exception(told.thrown);
    }

    void checkpoint() const { detail::call(seerflow_store_checkpoint, handle()); }

    /// What a check of tables, text index and summaries finds; nothing, if all is well.
    std::vector<std::string> check(Timeout timeout = forever, const Interrupt *interrupt = nullptr) const {
        return findings(seerflow_store_check, timeout, interrupt);
    }

    /// What a comparison of the text index with every message finds; other writes wait meanwhile.
    std::vector<std::string> check_text(Timeout timeout = forever, const Interrupt *interrupt = nullptr) const {
        return findings(seerflow_store_check_text, timeout, interrupt);
    }

    seerflow_summary summary(Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        auto summary = detail::prepare<seerflow_summary>();
        detail::call(seerflow_store_summary, handle(), count(timeout), detail::handle_of(interrupt), &summary);
        return summary;
    }

    seerflow_stats stats() const {
        auto stats = detail::prepare<seerflow_stats>();
        detail::call(seerflow_store_stats, handle(), &stats);
        return stats;
    }

    Health health() const {
        Health health{SEERFLOW_HEALTH_IDLE, {}};
        health.reason = detail::copied([&](char *buffer, std::size_t capacity, std::size_t *length) {
            detail::call(seerflow_store_health, handle(), &health.state, buffer, capacity, length);
        });
        return health;
    }

    /// The text of the last commit that failed.
    std::string last_error() const {
        return detail::copied([&](char *buffer, std::size_t capacity, std::size_t *length) {
            detail::call(seerflow_store_last_error, handle(), buffer, capacity, length);
        });
    }

    std::string path() const { return seerflow_store_path(handle()); }

    /// Commits what waits, ends threads and files; how many accepted records could not be stored.
    std::uint64_t close(Timeout timeout = default_timeout) const {
        std::uint64_t lost = 0;
        detail::call(seerflow_store_close, handle(), count(timeout), &lost);
        return lost;
    }

    const seerflow_store *handle() const noexcept { return handle_.get(); }

private:
    template <class Check>
    std::vector<std::string> findings(Check check, Timeout timeout, const Interrupt *interrupt) const {
        seerflow_findings *made = nullptr;
        detail::call(check, handle(), count(timeout), detail::handle_of(interrupt), &made);
        detail::Handle<seerflow_findings, seerflow_findings_destroy> owned(made);
        std::vector<std::string> all;
        for (std::size_t i = 0; i < seerflow_findings_count(made); i++) {
            const char *text = nullptr;
            const seerflow_findings *of = made;
            detail::call(seerflow_findings_at, of, i, &text);
            all.emplace_back(text);
        }
        return all;
    }

    static std::int64_t count(Timeout timeout) { return std::int64_t{timeout.count()}; }

    template <typename Write>
    Result written(const WriteOptions &options, Write write) const {
        seerflow_write_options how;
        detail::call(seerflow_write_options_init, &how, sizeof how);
        how.durable = options.durable;
        how.complete = options.complete;
        how.keep_raw = options.keep_raw;
        how.urgent = options.urgent;
        how.timeout_ms = options.timeout.count();
        how.first_index = options.first_index;
        how.batch_key = detail::lend(options.batch_key);
        how.source_type = detail::lend(options.source_type);
        how.source_id = detail::lend(options.source_id);
        how.timezone = detail::lend(options.timezone);
        how.interrupt = detail::handle_of(options.interrupt);
        how.queue = options.queue ? options.queue->handle() : nullptr;
        how.user_data = options.user_data;
        std::size_t consumed = 0;
        seerflow_result *result = nullptr;
        const seerflow_write_options *as_const = &how;
        write(as_const, &consumed, &result);
        return Result(result, consumed);
    }

    template <typename Function>
    Result write_bytes(Function function, std::string_view bytes, const WriteOptions &options) const {
        return written(options, [&](const seerflow_write_options *how, std::size_t *consumed, seerflow_result **result) {
            const void *data = bytes.data();
            detail::call(function, handle(), data, bytes.size(), how, consumed, result);
        });
    }

    // Destroyed after the store, which uses it to the end.
    std::shared_ptr<Log> log_;
    detail::Handle<seerflow_store, seerflow_store_destroy> handle_;
};

}  // namespace seerflow

#endif  // SEERFLOW_HPP
