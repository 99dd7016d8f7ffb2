// The filters, the order and the page of queries. Include seerflow.hpp.
#ifndef SEERFLOW_QUERY_HPP
#define SEERFLOW_QUERY_HPP

#include <cstdint>
#include <string>

#include "core.hpp"

namespace seerflow {

/// The filters, the order and the page of a query: `Query().source_type("sshd").min_severity(3).limit(50)`. A
/// function throws SEERFLOW_STATUS_INVALID if the query sets a filter that does not apply to its records.
class Query {
public:
    Query() : handle_(detail::make<Handle>(seerflow_query_new)) {}

    /// Selects records from `from_ns` up to, but not including, `to_ns`.
    Query &window(std::int64_t from_ns, std::int64_t to_ns) { return set(seerflow_query_set_window, from_ns, to_ns); }
    Query &source_type(const std::string &value) { return set(seerflow_query_set_source_type, value.c_str()); }
    Query &source_id(const std::string &value) { return set(seerflow_query_set_source_id, value.c_str()); }
    Query &min_severity(std::int64_t severity) { return set(seerflow_query_set_min_severity, severity); }
    Query &template_id(std::int64_t id) { return set(seerflow_query_set_template_id, id); }
    Query &entity_id(const std::string &id) { return set(seerflow_query_set_entity_id, id.c_str()); }
    Query &text(const std::string &words) { return set(seerflow_query_set_text, words.c_str()); }
    Query &alert_type(const std::string &value) { return set(seerflow_query_set_alert_type, value.c_str()); }
    Query &tactic(const std::string &value) { return set(seerflow_query_set_tactic, value.c_str()); }
    Query &technique(const std::string &value) { return set(seerflow_query_set_technique, value.c_str()); }
    Query &alert_id(const std::string &id) { return set(seerflow_query_set_alert_id, id.c_str()); }
    Query &key_prefix(const std::string &prefix) { return set(seerflow_query_set_key_prefix, prefix.c_str()); }
    /// Adds a relation to those whose edges are followed.
    Query &add_relation(const std::string &relation) { return set(seerflow_query_add_relation, relation.c_str()); }
    Query &depth(std::uint32_t steps) { return set(seerflow_query_set_depth, steps); }
    Query &min_count(std::uint64_t alerts) { return set(seerflow_query_set_min_count, alerts); }
    Query &max_alerts(std::uint32_t ids) { return set(seerflow_query_set_max_alerts, ids); }
    Query &limit(std::uint32_t records) { return set(seerflow_query_set_limit, records); }
    Query &page(std::uint32_t number) { return set(seerflow_query_set_page, number); }
    Query &order(seerflow_order order) { return set(seerflow_query_set_order, order); }
    Query &cursor(const std::string &place) { return set(seerflow_query_set_cursor, place.c_str()); }
    Query &total(seerflow_total mode, std::uint64_t cap = 0) { return set(seerflow_query_set_total, mode, cap); }

    const seerflow_query *handle() const noexcept { return handle_.get(); }

private:
    template <typename Function, typename... Arguments>
    Query &set(Function function, Arguments... arguments) {
        detail::call(function, handle_.get(), arguments...);
        return *this;
    }

    using Handle = detail::Handle<seerflow_query, seerflow_query_destroy>;
    Handle handle_;
};

}  // namespace seerflow

#endif  // SEERFLOW_QUERY_HPP
