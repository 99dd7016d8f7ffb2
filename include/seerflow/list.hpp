// Lists that the library answers with, as ranges. Include seerflow.hpp.
#ifndef SEERFLOW_LIST_HPP
#define SEERFLOW_LIST_HPP

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core.hpp"

namespace seerflow {

/// Records that the library answered with: a range of views, each made as it is asked for. Views point into the records and
/// must not outlive them. `Of` says which C list it is, and how one of its structs is seen.
template <typename Of>
class Records {
public:
    using handle_type = typename Of::Handle;
    using value_type = typename Of::View;

    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = typename Of::View;
        using difference_type = std::ptrdiff_t;
        using pointer = const value_type *;
        using reference = value_type;

        iterator() noexcept = default;
        iterator(const Records *records, std::size_t index) noexcept : records_(records), index_(index) {}
        value_type operator*() const { return records_->at(index_); }
        iterator &operator++() noexcept {
            index_++;
            return *this;
        }
        iterator operator++(int) noexcept {
            iterator before = *this;
            index_++;
            return before;
        }
        bool operator==(const iterator &other) const noexcept { return index_ == other.index_ && records_ == other.records_; }
        bool operator!=(const iterator &other) const noexcept { return !(*this == other); }

    private:
        const Records *records_ = nullptr;
        std::size_t index_ = 0;
    };

    explicit Records(handle_type *records) noexcept : handle_(records) {}

    std::size_t size() const noexcept { return Of::count(handle()); }
    bool empty() const noexcept { return size() == 0; }
    iterator begin() const noexcept { return iterator(this, 0); }
    iterator end() const noexcept { return iterator(this, size()); }

    value_type operator[](std::size_t index) const {
        if (index >= size()) throw std::out_of_range("seerflow::Records");
        return at(index);
    }

    /// All records as JSON, one a line.
    std::string_view ndjson() const {
        const char *text = nullptr;
        std::size_t length = 0;
        detail::call(Of::ndjson, handle(), &text, &length);
        return std::string_view(text, length);
    }

    const handle_type *handle() const noexcept { return handle_.get(); }

private:
    value_type at(std::size_t index) const {
        auto record = detail::prepare<typename Of::Struct>();
        detail::call(Of::at, handle(), index, &record);
        return Of::view(record);
    }

    detail::Handle<handle_type, Of::destroy> handle_;
};

namespace detail {

// The texts of a list, as views.
inline std::vector<std::string_view> views(seerflow_list list) {
    std::vector<std::string_view> all;
    all.reserve(list.count);
    for (std::size_t i = 0; i < list.count; i++) all.push_back(view(list.items[i]));
    return all;
}

// A bound on a call, as seerflow.h takes it.
inline std::int64_t milliseconds(Timeout timeout) { return std::int64_t{timeout.count()}; }

// Asks for records and owns them.
template <typename Owner, typename Function, typename... Arguments>
Owner answer(Function function, Arguments... arguments) {
    typename Owner::handle_type *made = nullptr;
    call(function, arguments..., &made);
    return Owner(made);
}

}  // namespace detail
}  // namespace seerflow

#endif  // SEERFLOW_LIST_HPP
