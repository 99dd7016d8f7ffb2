// The state of Sigma rules. Include seerflow.hpp.
#ifndef SEERFLOW_SIGMA_HPP
#define SEERFLOW_SIGMA_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "list.hpp"

namespace seerflow {

/// The state of a Sigma rule.
struct SigmaRule {
    std::string_view rule_id;
    bool enabled;
    std::int64_t match_count_lifetime;
    std::optional<std::int64_t> last_fired_ns;
    std::int64_t updated_at_ns;
    explicit SigmaRule(const seerflow_sigma_rule &of)
        : rule_id(detail::view(of.rule_id)), enabled(of.enabled), match_count_lifetime(of.match_count_lifetime),
          updated_at_ns(of.updated_at_ns) {
        if (of.last_fired_ns != SEERFLOW_TIME_ABSENT) last_fired_ns = of.last_fired_ns;
    }
};

template <>
struct detail::Reads<SigmaRule> : detail::ReadsStruct<SigmaRule, seerflow_sigma_rule, seerflow_list_sigma_rule_at> {};

/// Matches of a Sigma rule since the last call. Members and defaults are those of seerflow_sigma_matches.
struct SigmaMatches {
    std::string rule_id{};
    std::int64_t count = 1;
    std::int64_t last_fired_ns = SEERFLOW_TIME_ABSENT;
};

/// The Sigma rules of a store. The store must outlive this object.
class SigmaRules {
public:
    explicit SigmaRules(const seerflow_store *store) noexcept : store_(store) {}

    List<SigmaRule> query(const Call &call = {}) const {
        return detail::make<List<SigmaRule>>(seerflow_store_query_sigma_rules, store_, nullptr, call.handle());
    }

    void enable(const std::string &rule_id, bool enabled = true, const Call &call = {}) const {
        detail::call(seerflow_store_enable_sigma_rule, store_, rule_id.c_str(), enabled, call.handle());
    }

    /// Adds matches to the counts of rules: all of them or none.
    void write(const std::vector<SigmaMatches> &matches, const Call &call = {}) const {
        std::vector<seerflow_sigma_matches> structs;
        structs.reserve(matches.size());
        for (const SigmaMatches &given : matches) {
            auto &made = structs.emplace_back(seerflow_sigma_matches SEERFLOW_SIGMA_MATCHES_INIT);
            made.rule_id = detail::lend(given.rule_id);
            made.count = given.count;
            made.last_fired_ns = given.last_fired_ns;
        }
        detail::call(seerflow_store_write_sigma_matches, store_, structs.data(), structs.size(), call.handle());
    }

private:
    const seerflow_store *store_;
};

}  // namespace seerflow

#endif  // SEERFLOW_SIGMA_HPP
