// What is counted over events. Include seerflow.hpp.
#ifndef SEERFLOW_COUNTS_HPP
#define SEERFLOW_COUNTS_HPP

#include <chrono>
#include <cstdint>
#include <string_view>

#include "list.hpp"

namespace seerflow {

/// A value and how many records have it.
struct Counted {
    std::string_view value;
    std::uint64_t count;
};

/// A bucket of a histogram; `value` is empty if it is not split.
struct BucketView {
    std::int64_t start_ns;
    std::uint64_t count;
    std::string_view value;
};

namespace detail {

struct CountsOf {
    using Handle = seerflow_counted_list;
    using Struct = seerflow_counted;
    using View = Counted;
    static constexpr auto count = seerflow_counted_list_count;
    static constexpr auto at = seerflow_counted_list_at;
    static constexpr auto ndjson = seerflow_counted_list_ndjson;
    static constexpr auto destroy = seerflow_counted_list_destroy;
    static View view(const Struct &counted) { return View{detail::view(counted.value), counted.count}; }
};

struct HistogramOf {
    using Handle = seerflow_histogram;
    using Struct = seerflow_bucket;
    using View = BucketView;
    static constexpr auto count = seerflow_histogram_count;
    static constexpr auto at = seerflow_histogram_at;
    static constexpr auto ndjson = seerflow_histogram_ndjson;
    static constexpr auto destroy = seerflow_histogram_destroy;
    static View view(const Struct &bucket) { return View{bucket.start_ns, bucket.count, detail::view(bucket.value)}; }
};

}  // namespace detail

using Counts = Records<detail::CountsOf>;
using Histogram = Records<detail::HistogramOf>;

/// What is counted over the events of a store, which must outlive this. Windows include both ends and are widened to whole minutes.
class Aggregates {
public:
    explicit Aggregates(const seerflow_store *store) noexcept : store_(store) {}

    /// Events per bucket, a whole number of minutes.
    Histogram histogram(std::int64_t from_ns, std::int64_t to_ns, std::chrono::nanoseconds bucket,
                        Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        return detail::answer<Histogram>(seerflow_store_histogram, store_, from_ns, to_ns, std::int64_t{bucket.count()},
                                         detail::milliseconds(timeout), detail::handle_of(interrupt));
    }

    /// The same for each source or severity by itself.
    Histogram split_histogram(seerflow_count_by split, std::int64_t from_ns, std::int64_t to_ns, std::chrono::nanoseconds bucket,
                              Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        return detail::answer<Histogram>(seerflow_store_split_histogram, store_, split, from_ns, to_ns, std::int64_t{bucket.count()},
                                         detail::milliseconds(timeout), detail::handle_of(interrupt));
    }

    /// The values with most events.
    Counts count_by(seerflow_count_by by, std::int64_t from_ns = INT64_MIN, std::int64_t to_ns = INT64_MAX,
                    std::uint32_t limit = 10, Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        return detail::answer<Counts>(seerflow_store_count_by, store_, by, from_ns, to_ns, limit, detail::milliseconds(timeout),
                                      detail::handle_of(interrupt));
    }

    /// How many different values there are.
    std::uint64_t distinct(seerflow_count_by by, std::int64_t from_ns = INT64_MIN, std::int64_t to_ns = INT64_MAX,
                           Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        std::uint64_t distinct = 0;
        detail::call(seerflow_store_distinct, store_, by, from_ns, to_ns, detail::milliseconds(timeout),
                     detail::handle_of(interrupt), &distinct);
        return distinct;
    }

private:
    const seerflow_store *store_;
};

}  // namespace seerflow

#endif  // SEERFLOW_COUNTS_HPP
