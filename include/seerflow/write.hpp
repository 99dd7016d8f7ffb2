// The options and the outcome of writes. Include seerflow.hpp.
#ifndef SEERFLOW_WRITE_HPP
#define SEERFLOW_WRITE_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core.hpp"

namespace seerflow {

/// Options for writing events. Members and defaults are those of seerflow_write_options.
struct WriteOptions {
    bool durable = false;
    bool withdraw = false;
    bool urgent = false;
    bool complete = false;
    bool keep_raw = false;
    seerflow_parse parse = SEERFLOW_PARSE_DEFAULT;
    Call call{};
    std::string batch_key{};
    std::uint64_t first_index = 0;
    std::optional<std::string> record_key_field{};
    std::string source_type{};
    std::string source_id{};
    std::string tag{};
    std::string timezone{};
    std::string reject_reason{};
    std::int64_t reference_ns = 0;
    const Completions *completions = nullptr;
    std::uint64_t user_data = 0;

    /// Returns a copy of these options for a durable write.
    WriteOptions durably() const {
        WriteOptions options = *this;
        options.durable = true;
        return options;
    }
};

/// The outcome of a write, and the records that it rejected.
class Result {
public:
    struct Rejected {
        std::uint64_t index;
        std::string reason;
    };

    /// Takes ownership of a result of seerflow.h. nullptr means that nothing was consumed.
    Result(seerflow_result *result, std::size_t consumed) : handle_(result), consumed_(consumed) {
        if (result) detail::call(seerflow_result_outcome, result, &outcome_);
    }

    std::uint64_t accepted() const noexcept { return outcome_.accepted; }
    std::uint64_t committed() const noexcept { return outcome_.committed; }
    std::uint64_t duplicates() const noexcept { return outcome_.duplicates; }
    std::uint64_t queued() const noexcept { return outcome_.queued; }
    std::uint64_t withdrawn() const noexcept { return outcome_.withdrawn; }
    std::uint64_t unkeyed() const noexcept { return outcome_.unkeyed; }
    std::uint64_t unparsed_times() const noexcept { return outcome_.unparsed_times; }
    seerflow_durability durability() const noexcept { return outcome_.durability; }
    /// Returns the number of bytes that were consumed, or of events if the input was events.
    std::size_t consumed() const noexcept { return consumed_; }

    std::vector<Rejected> rejected() const {
        std::vector<Rejected> all;
        const seerflow_list *list = seerflow_result_rejections(handle_.get());
        for (std::size_t i = 0; i < seerflow_list_count(list); i++) {
            seerflow_rejection rejection = SEERFLOW_REJECTION_INIT;
            detail::call(seerflow_list_rejection_at, list, i, &rejection);
            all.push_back(Rejected{rejection.index, std::string(detail::view(rejection.reason))});
        }
        return all;
    }

private:
    detail::Handle<seerflow_result, seerflow_result_destroy> handle_;
    std::size_t consumed_;
    seerflow_outcome outcome_ = SEERFLOW_OUTCOME_INIT;
};

/// A failed write, and the outcome of the part that was accepted. If the error is retriable, write again from
/// `consumed` on.
class WriteError : public Error {
public:
    WriteError(const Error &error, Result result) : Error(error), result_(std::make_shared<const Result>(std::move(result))) {}

    std::size_t consumed() const noexcept { return result_->consumed(); }
    const Result &result() const noexcept { return *result_; }

private:
    std::shared_ptr<const Result> result_;
};

}  // namespace seerflow

#endif  // SEERFLOW_WRITE_HPP
