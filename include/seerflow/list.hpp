// Lists of records, as ranges. Include seerflow.hpp.
#ifndef SEERFLOW_LIST_HPP
#define SEERFLOW_LIST_HPP

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core.hpp"

namespace seerflow {
namespace detail {

// Reads a record of a list. Specialised for each type of view.
template <typename View>
struct Reads;

// Reads a record with a function that fills a C struct, and constructs the view from the struct.
template <typename View, typename Struct, auto function>
struct ReadsStruct {
    static View read(const seerflow_list *list, std::size_t index) {
        Struct record{};
        record.struct_size = sizeof record;
        call(function, list, index, &record);
        return View(record);
    }
};

inline std::vector<std::string_view> views(seerflow_strs texts) {
    std::vector<std::string_view> all;
    all.reserve(texts.count);
    for (std::size_t i = 0; i < texts.count; i++) all.push_back(view(texts.items[i]));
    return all;
}

}  // namespace detail

/// A list of records: a range of views, each of which is constructed when it is read. Views point into the list and
/// must not outlive it.
template <typename View>
class List {
public:
    using value_type = View;

    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = View;
        using difference_type = std::ptrdiff_t;
        using pointer = const View *;
        using reference = View;

        iterator() noexcept = default;
        iterator(const seerflow_list *list, std::size_t index) noexcept : list_(list), index_(index) {}
        View operator*() const { return detail::Reads<View>::read(list_, index_); }
        iterator &operator++() noexcept {
            index_++;
            return *this;
        }
        iterator operator++(int) noexcept {
            iterator before = *this;
            index_++;
            return before;
        }
        bool operator==(const iterator &other) const noexcept { return index_ == other.index_ && list_ == other.list_; }
        bool operator!=(const iterator &other) const noexcept { return !(*this == other); }

    private:
        const seerflow_list *list_ = nullptr;
        std::size_t index_ = 0;
    };

    using pointer = seerflow_list *;
    explicit List(seerflow_list *list) noexcept : handle_(list) {}

    std::size_t size() const noexcept { return seerflow_list_count(handle()); }
    bool empty() const noexcept { return size() == 0; }
    iterator begin() const noexcept { return iterator(handle(), 0); }
    iterator end() const noexcept { return iterator(handle(), size()); }

    View operator[](std::size_t index) const {
        if (index >= size()) throw std::out_of_range("seerflow::List");
        return *iterator(handle(), index);
    }

    /// Returns the number of matching records on all pages, if the query asked for it.
    std::optional<std::uint64_t> total() const noexcept {
        std::uint64_t total = 0;
        return seerflow_list_total(handle(), &total) ? std::optional<std::uint64_t>(total) : std::nullopt;
    }

    /// Returns the cursor of the next page; nothing if this is the last page.
    std::optional<std::string> next_cursor() const { return detail::optional(seerflow_list_next_cursor(handle())); }
    /// Returns the cursor after the last event; nothing for an empty list or for records of another kind.
    std::optional<std::string> last_cursor() const { return detail::optional(seerflow_list_last_cursor(handle())); }

    /// Returns all records as JSON, one object a line.
    std::string_view ndjson() const {
        const char *text = nullptr;
        std::size_t length = 0;
        detail::call(seerflow_list_ndjson, handle(), &text, &length);
        return std::string_view(text, length);
    }

    /// Returns all events as msgpack, one after the other. Throws SEERFLOW_STATUS_INVALID if the list does not hold
    /// events.
    std::string_view msgpack() const {
        const std::uint8_t *data = nullptr;
        std::size_t length = 0;
        detail::call(seerflow_list_msgpack, handle(), &data, &length, nullptr);
        return detail::bytes(data, length);
    }

    const seerflow_list *handle() const noexcept { return handle_.get(); }

private:
    detail::Handle<seerflow_list, seerflow_list_destroy> handle_;
};

}  // namespace seerflow

#endif  // SEERFLOW_LIST_HPP
