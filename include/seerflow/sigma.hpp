// State of Sigma rules. Include seerflow.hpp.
#ifndef SEERFLOW_SIGMA_HPP
#define SEERFLOW_SIGMA_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "list.hpp"

namespace seerflow {

/// What a Sigma rule has done.
struct SigmaRule {
    std::string_view rule_id;
    bool enabled;
    std::int64_t match_count_lifetime;
    std::optional<std::int64_t> last_fired_ns;
    std::int64_t updated_at_ns;
};

/// Matches of a Sigma rule since the last call.
struct SigmaMatches {
    std::string rule_id{};
    std::int64_t count = 0;
    std::int64_t last_fired_ns = 0;
};

namespace detail {

struct SigmaRulesOf {
    using Handle = seerflow_sigma_rule_list;
    using Struct = seerflow_sigma_rule;
    using View = SigmaRule;
    static constexpr auto count = seerflow_sigma_rule_list_count;
    static constexpr auto at = seerflow_sigma_rule_list_at;
    static constexpr auto ndjson = seerflow_sigma_rule_list_ndjson;
    static constexpr auto destroy = seerflow_sigma_rule_list_destroy;
    static View view(const Struct &rule) {
        std::optional<std::int64_t> fired;
        if (rule.last_fired_ns != SEERFLOW_TIME_ABSENT) fired = rule.last_fired_ns;
        return View{detail::view(rule.rule_id), rule.enabled != 0, rule.match_count_lifetime, fired, rule.updated_at_ns};
    }
};

}  // namespace detail

using SigmaRuleList = Records<detail::SigmaRulesOf>;

/// The Sigma rules of a store, which must outlive this.
class SigmaRules {
public:
    explicit SigmaRules(const seerflow_store *store) noexcept : store_(store) {}

    SigmaRuleList list(Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        return detail::answer<SigmaRuleList>(seerflow_store_sigma_rules, store_, detail::milliseconds(timeout),
                                             detail::handle_of(interrupt));
    }

    void enable(const std::string &rule_id, bool enabled = true, Timeout timeout = default_timeout,
                const Interrupt *interrupt = nullptr) const {
        detail::call(seerflow_store_enable_sigma_rule, store_, rule_id.c_str(), std::int32_t{enabled}, detail::milliseconds(timeout),
                     detail::handle_of(interrupt));
    }

    /// Adds matches to the counts, all of them or none.
    void add_matches(const std::vector<SigmaMatches> &matches, Timeout timeout = default_timeout,
                     const Interrupt *interrupt = nullptr) const {
        std::vector<seerflow_sigma_matches> structs;
        structs.reserve(matches.size());
        for (const SigmaMatches &given : matches) {
            auto &made = structs.emplace_back(detail::prepare<seerflow_sigma_matches>());
            made.rule_id = detail::lend(given.rule_id);
            made.count = given.count;
            made.last_fired_ns = given.last_fired_ns;
        }
        const seerflow_sigma_matches *first = structs.data();
        detail::call(seerflow_store_add_sigma_matches, store_, first, sizeof(seerflow_sigma_matches), structs.size(),
                     detail::milliseconds(timeout), detail::handle_of(interrupt));
    }

    /// The same for matches as JSON, one a line.
    void add_matches_ndjson(std::string_view lines, Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        const void *data = lines.data();
        detail::call(seerflow_store_add_sigma_matches_ndjson, store_, data, lines.size(), detail::milliseconds(timeout),
                     detail::handle_of(interrupt));
    }

private:
    const seerflow_store *store_;
};

}  // namespace seerflow

#endif  // SEERFLOW_SIGMA_HPP
