// Edges between entities, and the graph that they are. Include seerflow.hpp.
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

/// An edge to be written, or to be added to.
struct Edge {
    std::string source_id{};
    std::string target_id{};
    std::string rel_type{};
    std::int64_t first_seen_ns = 0;
    std::int64_t last_seen_ns = 0;
    std::int64_t event_count = 1;
};

/// An edge of a list.
struct EdgeView {
    std::string_view source_id, target_id, rel_type;
    std::int64_t first_seen_ns, last_seen_ns, event_count;
    explicit EdgeView(const seerflow_edge &of)
        : source_id(detail::view(of.source_id)), target_id(detail::view(of.target_id)), rel_type(detail::view(of.rel_type)),
          first_seen_ns(of.first_seen_ns), last_seen_ns(of.last_seen_ns), event_count(of.event_count) {}
};

/// A neighbour of an entity, with the relation.
struct Related {
    std::string_view entity, rel_type;
    std::int64_t event_count;
    explicit Related(const seerflow_related &of)
        : entity(detail::view(of.entity)), rel_type(detail::view(of.rel_type)), event_count(of.event_count) {}
};

/// An entity near another one.
struct Neighbour {
    std::string_view entity;
    std::uint32_t distance;
    explicit Neighbour(const seerflow_neighbour &of) : entity(detail::view(of.entity)), distance(of.distance) {}
};

/// What an entity scored.
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

/// The surroundings of an entity: by distance, then id, itself first; and every edge between two of them.
struct Subgraph {
    List<Neighbour> nodes;
    List<EdgeView> edges;
};

/// The edges of a store, which must outlive this, and the graph that they are. Questions about one entity begin at the entity_id of
/// the query.
class Graph {
public:
    explicit Graph(const seerflow_store *store) noexcept : store_(store) {}

    /// Adds edges, or widens their time and adds to their counts, all of them or none.
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

    /// Edges in the order of source, target and relation; the query sets the limit and the cursor.
    List<EdgeView> edges(const Query &query = {}, const Call &call = {}) const {
        return detail::make<List<EdgeView>>(seerflow_store_query_edges, store_, query.handle(), call.handle());
    }

    /// Removes the edges that were last seen before a time; how many.
    std::uint64_t prune(std::int64_t before_ns, const Call &call = {}) const {
        std::uint64_t deleted = 0;
        detail::call(seerflow_store_prune_edges, store_, before_ns, call.handle(), &deleted);
        return deleted;
    }

    /// The entities within the query's depth, by distance, then id; only over edges of its relations, if it has some.
    List<Neighbour> neighbours(const Query &query, const Call &call = {}) const {
        return detail::make<List<Neighbour>>(seerflow_store_graph_neighbours, store_, query.handle(), call.handle());
    }

    /// A shortest path, both ends included, each with its distance from the first; empty if there is none.
    List<Neighbour> path(const std::string &from, const std::string &to, const Call &call = {}) const {
        return detail::make<List<Neighbour>>(seerflow_store_graph_path, store_, from.c_str(), to.c_str(), call.handle());
    }

    Subgraph subgraph(const Query &query, const Call &call = {}) const {
        seerflow_list *nodes = nullptr, *edges = nullptr;
        detail::call(seerflow_store_graph_subgraph, store_, query.handle(), call.handle(), &nodes, &edges);
        return Subgraph{List<Neighbour>(nodes), List<EdgeView>(edges)};
    }

    /// The neighbours with their relation, those seen most often first.
    List<Related> related(const Query &query, const Call &call = {}) const {
        return detail::make<List<Related>>(seerflow_store_graph_related, store_, query.handle(), call.handle());
    }

    /// How many entities and edges there are.
    std::pair<std::uint64_t, std::uint64_t> counts(const Call &call = {}) const {
        std::pair<std::uint64_t, std::uint64_t> counts;
        detail::call(seerflow_store_graph_counts, store_, call.handle(), &counts.first, &counts.second);
        return counts;
    }

    /// The entities that stand out by a measure: "pagerank", "betweenness", "fan_in" and others, see seerflow.h.
    List<Score> top(const std::string &measure, std::size_t limit = 20, const Call &call = forever) const {
        return detail::make<List<Score>>(seerflow_store_graph_top, store_, measure.c_str(), limit, call.handle());
    }

    /// Throws if the graph cannot be reached now.
    void check(const Call &call = {}) const { detail::call(seerflow_store_graph_health, store_, call.handle()); }

private:
    const seerflow_store *store_;
};

}  // namespace seerflow

#endif  // SEERFLOW_GRAPH_HPP
