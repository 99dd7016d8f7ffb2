// Models: named state of detection. Include seerflow.hpp.
#ifndef SEERFLOW_MODELS_HPP
#define SEERFLOW_MODELS_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "list.hpp"

namespace seerflow {

/// A model as it was loaded.
class Model {
public:
    using handle_type = seerflow_model;

    explicit Model(seerflow_model *model) noexcept : handle_(model) {}

    std::string_view data() const {
        const std::uint8_t *data = nullptr;
        std::size_t length = 0;
        detail::call(seerflow_model_data, handle(), &data, &length);
        return std::string_view(reinterpret_cast<const char *>(data), length);
    }

    /// When it was saved, for Models::swap.
    std::int64_t updated_at_ns() const noexcept { return seerflow_model_updated_at(handle()); }

    const seerflow_model *handle() const noexcept { return handle_.get(); }

private:
    detail::Handle<seerflow_model, seerflow_model_destroy> handle_;
};

/// A model's key, size and time.
struct ModelEntry {
    std::string_view key;
    std::uint64_t bytes;
    std::int64_t updated_at_ns;
};

namespace detail {

struct ModelsOf {
    using Handle = seerflow_model_list;
    using Struct = seerflow_model_entry;
    using View = ModelEntry;
    static constexpr auto count = seerflow_model_list_count;
    static constexpr auto at = seerflow_model_list_at;
    static constexpr auto ndjson = seerflow_model_list_ndjson;
    static constexpr auto destroy = seerflow_model_list_destroy;
    static View view(const Struct &entry) { return View{detail::view(entry.key), entry.bytes, entry.updated_at_ns}; }
};

}  // namespace detail

using ModelList = Records<detail::ModelsOf>;

/// The models of a store, which must outlive this.
class Models {
public:
    explicit Models(const seerflow_store *store) noexcept : store_(store) {}

    /// Saves a model in place of what is there; the time under which it is saved.
    std::int64_t save(const std::string &key, std::string_view data, Timeout timeout = default_timeout,
                      const Interrupt *interrupt = nullptr) const {
        std::int64_t saved_at_ns = 0;
        const void *bytes = data.data();
        detail::call(seerflow_store_save_model, store_, key.c_str(), bytes, data.size(), detail::milliseconds(timeout),
                     detail::handle_of(interrupt), &saved_at_ns);
        return saved_at_ns;
    }

    /// Saves a model if what is there was saved at that time, or if nothing is: `expected_ns` nullopt. Else throws
    /// SEERFLOW_STATUS_CONFLICT.
    std::int64_t swap(const std::string &key, std::string_view data, std::optional<std::int64_t> expected_ns,
                      Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        std::int64_t saved_at_ns = 0;
        const void *bytes = data.data();
        detail::call(seerflow_store_swap_model, store_, key.c_str(), bytes, data.size(), expected_ns.value_or(SEERFLOW_TIME_ABSENT),
                     detail::milliseconds(timeout), detail::handle_of(interrupt), &saved_at_ns);
        return saved_at_ns;
    }

    /// Throws SEERFLOW_STATUS_NOT_FOUND.
    Model load(const std::string &key, Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        return detail::answer<Model>(seerflow_store_load_model, store_, key.c_str(), detail::milliseconds(timeout),
                                     detail::handle_of(interrupt));
    }

    /// Whether there was one.
    bool remove(const std::string &key, Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        std::uint64_t deleted = 0;
        detail::call(seerflow_store_delete_model, store_, key.c_str(), detail::milliseconds(timeout), detail::handle_of(interrupt),
                     &deleted);
        return deleted != 0;
    }

    /// The models whose keys begin like this.
    ModelList list(const std::string &prefix = "", Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        return detail::answer<ModelList>(seerflow_store_models, store_, prefix.c_str(), detail::milliseconds(timeout),
                                         detail::handle_of(interrupt));
    }

private:
    const seerflow_store *store_;
};

}  // namespace seerflow

#endif  // SEERFLOW_MODELS_HPP
