// Edges between entities, and queries on their graph. Include seerflow.hpp.
#ifndef SEERFLOW_GRAPH_HPP
#define SEERFLOW_GRAPH_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "list.hpp"
#include "query.hpp"
#include "records.hpp"

namespace seerflow {

/// An edge to be written. Members and defaults are those of seerflow_edge.
struct Edge {
    std::string source_id{};
    std::string target_id{};
    std::string rel_type{};
    std::int64_t first_seen_ns = SEERFLOW_TIME_ABSENT;
    std::int64_t last_seen_ns = SEERFLOW_TIME_ABSENT;
    std::int64_t event_count = 1;
};

/// An edge in a list.
struct EdgeView {
    std::string_view source_id, target_id, rel_type;
    std::int64_t first_seen_ns, last_seen_ns, event_count;
    explicit EdgeView(const seerflow_edge &of)
        : source_id(detail::view(of.source_id)), target_id(detail::view(of.target_id)), rel_type(detail::view(of.rel_type)),
          first_seen_ns(of.first_seen_ns), last_seen_ns(of.last_seen_ns), event_count(of.event_count) {}
};

/// A direct neighbour of an entity, and the relation.
struct Related {
    std::string_view entity, rel_type;
    std::int64_t event_count;
    explicit Related(const seerflow_related &of)
        : entity(detail::view(of.entity)), rel_type(detail::view(of.rel_type)), event_count(of.event_count) {}
};

/// An entity at a distance from another one.
struct Neighbour {
    std::string_view entity;
    std::uint32_t distance;
    explicit Neighbour(const seerflow_neighbour &of) : entity(detail::view(of.entity)), distance(of.distance) {}
};

/// The value of a measure for one entity.
struct Score {
    std::string_view entity;
    double value;
    explicit Score(const seerflow_score &of) : entity(detail::view(of.entity)), value(of.value) {}
};

namespace detail {

template <>
struct Reads<EdgeView> : ReadsStruct<EdgeView, seerflow_edge, seerflow_list_edge_at> {};
template <>
struct Reads<Related> : ReadsStruct<Related, seerflow_related, seerflow_list_related_at> {};
template <>
struct Reads<Neighbour> : ReadsStruct<Neighbour, seerflow_neighbour, seerflow_list_neighbour_at> {};
template <>
struct Reads<Score> : ReadsStruct<Score, seerflow_score, seerflow_list_score_at> {};

}  // namespace detail

/// The entities around an entity, ordered by distance, then by id, starting with itself; and every edge between two
/// of them.
struct Subgraph {
    List<Neighbour> nodes;
    List<EdgeView> edges;
};

/// The edges of a store and their graph. The store must outlive this object. Queries around one entity start at the
/// query's entity_id.
class Graph {
public:
    explicit Graph(const seerflow_store *store) noexcept : store_(store) {}

    /// Adds edges, or updates the times and counts of stored edges: all of them or none.
    void write(const std::vector<Edge> &edges, const RecordOptions &options = {}, const Call &call = {}) const {
        std::vector<seerflow_edge> structs;
        structs.reserve(edges.size());
        for (const Edge &given : edges) {
            auto &made = structs.emplace_back(seerflow_edge SEERFLOW_EDGE_INIT);
            made.source_id = detail::lend(given.source_id);
            made.target_id = detail::lend(given.target_id);
            made.rel_type = detail::lend(given.rel_type);
            made.first_seen_ns = given.first_seen_ns;
            made.last_seen_ns = given.last_seen_ns;
            made.event_count = given.event_count;
        }
        const seerflow_record_options how = detail::lend(options);
        detail::call(seerflow_store_write_edges, store_, structs.data(), structs.size(), &how, call.handle());
    }

    /// Lists edges in the order of source, target and relation. The query may set the limit and the cursor.
    List<EdgeView> edges(const Query &query = {}, const Call &call = {}) const {
        return detail::make<List<EdgeView>>(seerflow_store_query_edges, store_, query.handle(), call.handle());
    }

    /// Removes the edges that were last seen before `before_ns`. Returns their number.
    std::uint64_t prune(std::int64_t before_ns, const Call &call = {}) const {
        std::uint64_t deleted = 0;
        detail::call(seerflow_store_prune_edges, store_, before_ns, call.handle(), &deleted);
        return deleted;
    }

    /// Lists the entities within the query's depth, ordered by distance, then by id. If the query has relations, only
    /// their edges are followed.
    List<Neighbour> neighbours(const Query &query, const Call &call = {}) const {
        return detail::make<List<Neighbour>>(seerflow_store_graph_neighbours, store_, query.handle(), call.handle());
    }

    /// Lists the entities on a shortest path, including both ends, with their distance from the first. Empty if there
    /// is no path.
    List<Neighbour> path(const std::string &from, const std::string &to, const Call &call = {}) const {
        return detail::make<List<Neighbour>>(seerflow_store_graph_path, store_, from.c_str(), to.c_str(), call.handle());
    }

    Subgraph subgraph(const Query &query, const Call &call = {}) const {
        seerflow_list *nodes = nullptr, *edges = nullptr;
        detail::call(seerflow_store_graph_subgraph, store_, query.handle(), call.handle(), &nodes, &edges);
        return Subgraph{List<Neighbour>(nodes), List<EdgeView>(edges)};
    }

    /// Lists the direct neighbours with their relation, most often seen first.
    List<Related> related(const Query &query, const Call &call = {}) const {
        return detail::make<List<Related>>(seerflow_store_graph_related, store_, query.handle(), call.handle());
    }

    /// Returns the number of entities and the number of edges.
    std::pair<std::uint64_t, std::uint64_t> counts(const Call &call = {}) const {
        std::pair<std::uint64_t, std::uint64_t> counts;
        detail::call(seerflow_store_graph_counts, store_, call.handle(), &counts.first, &counts.second);
        return counts;
    }

    /// Lists the entities with the largest values of a measure, such as "pagerank", "betweenness" or "fan_in"; see
    /// seerflow.h.
    List<Score> top(const std::string &measure, std::size_t limit = 20, const Call &call = forever) const {
        return detail::make<List<Score>>(seerflow_store_graph_top, store_, measure.c_str(), limit, call.handle());
    }

    /// Throws an error if the graph cannot be reached now.
    void check(const Call &call = {}) const { detail::call(seerflow_store_graph_health, store_, call.handle()); }

private:
    const seerflow_store *store_;
};

}  // namespace seerflow

#endif  // SEERFLOW_GRAPH_HPP
