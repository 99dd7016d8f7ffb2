// Models: named state of detection. Include seerflow.hpp.
#ifndef SEERFLOW_MODELS_HPP
#define SEERFLOW_MODELS_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "list.hpp"
#include "query.hpp"

namespace seerflow {

/// A model: `data` is there after Models::load, `updated_at_ns` is for Models::swap.
struct Model {
    std::string_view key, data;
    std::uint64_t bytes;
    std::int64_t updated_at_ns;
    explicit Model(const seerflow_model &of)
        : key(detail::view(of.key)), data(detail::view(of.data)), bytes(of.bytes), updated_at_ns(of.updated_at_ns) {}
};

template <>
struct detail::Reads<Model> : detail::ReadsStruct<Model, seerflow_model, seerflow_list_model_at> {};

/// The models of a store, which must outlive this.
class Models {
public:
    explicit Models(const seerflow_store *store) noexcept : store_(store) {}

    /// Saves a model in place of the stored one; the time under which it is saved.
    std::int64_t save(const std::string &key, std::string_view data, const Call &call = {}) const {
        std::int64_t saved_at_ns = 0;
        detail::call(seerflow_store_save_model, store_, key.c_str(), data.data(), data.size(), call.handle(), &saved_at_ns);
        return saved_at_ns;
    }

    /// Saves a model if the stored one was saved at that time, or, without a time, if none is stored. Otherwise throws
    /// SEERFLOW_STATUS_CONFLICT.
    std::int64_t swap(const std::string &key, std::string_view data, std::optional<std::int64_t> expected_ns,
                      const Call &call = {}) const {
        std::int64_t saved_at_ns = 0;
        detail::call(seerflow_store_swap_model, store_, key.c_str(), data.data(), data.size(),
                     expected_ns.value_or(SEERFLOW_TIME_ABSENT), call.handle(), &saved_at_ns);
        return saved_at_ns;
    }

    /// A list of the one model. Throws SEERFLOW_STATUS_NOT_FOUND.
    List<Model> load(const std::string &key, const Call &call = {}) const {
        return detail::make<List<Model>>(seerflow_store_load_model, store_, key.c_str(), call.handle());
    }

    /// Whether there was one.
    bool remove(const std::string &key, const Call &call = {}) const {
        std::uint64_t deleted = 0;
        detail::call(seerflow_store_delete_model, store_, key.c_str(), call.handle(), &deleted);
        return deleted != 0;
    }

    /// The models without their data; the query may set a prefix of their keys.
    List<Model> query(const Query &query = {}, const Call &call = {}) const {
        return detail::make<List<Model>>(seerflow_store_query_models, store_, query.handle(), call.handle());
    }

private:
    const seerflow_store *store_;
};

}  // namespace seerflow

#endif  // SEERFLOW_MODELS_HPP
