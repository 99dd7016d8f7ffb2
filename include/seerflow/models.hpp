// Models: the saved state of detectors. Include seerflow.hpp.
#ifndef SEERFLOW_MODELS_HPP
#define SEERFLOW_MODELS_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "list.hpp"
#include "query.hpp"

namespace seerflow {

/// A model. `data` is set by Models::load only. Pass `updated_at_ns` to Models::swap.
struct Model {
    std::string_view key, data;
    std::uint64_t bytes;
    std::int64_t updated_at_ns;
    explicit Model(const seerflow_model &of)
        : key(detail::view(of.key)), data(detail::view(of.data)), bytes(of.bytes), updated_at_ns(of.updated_at_ns) {}
};

template <>
struct detail::Reads<Model> : detail::ReadsStruct<Model, seerflow_model, seerflow_list_model_at> {};

/// The models of a store. The store must outlive this object.
class Models {
public:
    explicit Models(const seerflow_store *store) noexcept : store_(store) {}

    /// Saves a model, replacing a stored one. Returns the time of the save.
    std::int64_t save(const std::string &key, std::string_view data, const Call &call = {}) const {
        std::int64_t saved_at_ns = 0;
        detail::call(seerflow_store_save_model, store_, key.c_str(), data.data(), data.size(), call.handle(), &saved_at_ns);
        return saved_at_ns;
    }

    /// Saves a model only if the stored one was saved at `expected_ns` or, without a time, if none is stored.
    /// Otherwise throws SEERFLOW_STATUS_CONFLICT. Returns the time of the save.
    std::int64_t swap(const std::string &key, std::string_view data, std::optional<std::int64_t> expected_ns,
                      const Call &call = {}) const {
        std::int64_t saved_at_ns = 0;
        detail::call(seerflow_store_swap_model, store_, key.c_str(), data.data(), data.size(),
                     expected_ns.value_or(SEERFLOW_TIME_ABSENT), call.handle(), &saved_at_ns);
        return saved_at_ns;
    }

    /// Returns a model with its data, as a list of one. Throws SEERFLOW_STATUS_NOT_FOUND if it is not stored.
    List<Model> load(const std::string &key, const Call &call = {}) const {
        return detail::make<List<Model>>(seerflow_store_load_model, store_, key.c_str(), call.handle());
    }

    /// Deletes a model. Returns false if it was not stored.
    bool remove(const std::string &key, const Call &call = {}) const {
        std::uint64_t deleted = 0;
        detail::call(seerflow_store_delete_model, store_, key.c_str(), call.handle(), &deleted);
        return deleted != 0;
    }

    /// Lists models without their data. The query may set a prefix of the keys.
    List<Model> query(const Query &query = {}, const Call &call = {}) const {
        return detail::make<List<Model>>(seerflow_store_query_models, store_, query.handle(), call.handle());
    }

private:
    const seerflow_store *store_;
};

}  // namespace seerflow

#endif  // SEERFLOW_MODELS_HPP
