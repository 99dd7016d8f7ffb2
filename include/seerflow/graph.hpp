// The entity graph. Include seerflow.hpp.
#ifndef SEERFLOW_GRAPH_HPP
#define SEERFLOW_GRAPH_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "edges.hpp"
#include "entities.hpp"
#include "list.hpp"

namespace seerflow {

/// An entity near another one.
struct NeighbourView {
    std::string_view entity;
    std::uint32_t distance;
};

/// What an entity scored.
struct ScoreView {
    std::string_view entity;
    double value;
};

namespace detail {

struct NeighboursOf {
    using Handle = seerflow_neighbour_list;
    using Struct = seerflow_neighbour;
    using View = NeighbourView;
    static constexpr auto count = seerflow_neighbour_list_count;
    static constexpr auto at = seerflow_neighbour_list_at;
    static constexpr auto ndjson = seerflow_neighbour_list_ndjson;
    static constexpr auto destroy = seerflow_neighbour_list_destroy;
    static View view(const Struct &near) { return View{detail::view(near.entity), near.distance}; }
};

struct ScoresOf {
    using Handle = seerflow_score_list;
    using Struct = seerflow_score;
    using View = ScoreView;
    static constexpr auto count = seerflow_score_list_count;
    static constexpr auto at = seerflow_score_list_at;
    static constexpr auto ndjson = seerflow_score_list_ndjson;
    static constexpr auto destroy = seerflow_score_list_destroy;
    static View view(const Struct &score) { return View{detail::view(score.entity), score.value}; }
};

}  // namespace detail

using NeighbourList = Records<detail::NeighboursOf>;
using ScoreList = Records<detail::ScoresOf>;

/// The surroundings of an entity: by distance, then id, itself first; and every edge between two of them.
struct Subgraph {
    NeighbourList nodes;
    EdgeList edges;
};

/// The entity graph of a store, which must outlive this.
class Graph {
public:
    explicit Graph(const seerflow_store *store) noexcept : store_(store) {}

    /// Adds edges, all of them or none. `durable` ones are committed when it returns, others soon.
    void add(const std::vector<Edge> &edges, bool durable = false, Timeout timeout = default_timeout,
             const Interrupt *interrupt = nullptr) const {
        const std::vector<seerflow_edge> structs = detail::lend_edges(edges);
        const seerflow_edge *first = structs.data();
        detail::call(seerflow_store_graph_add_edges, store_, first, sizeof(seerflow_edge), structs.size(), durable,
                     detail::milliseconds(timeout), detail::handle_of(interrupt));
    }

    /// The same for edges as JSON, one a line.
    void add_ndjson(std::string_view lines, bool durable = false, Timeout timeout = default_timeout,
                    const Interrupt *interrupt = nullptr) const {
        const void *data = lines.data();
        detail::call(seerflow_store_graph_add_edges_ndjson, store_, data, lines.size(), durable, detail::milliseconds(timeout),
                     detail::handle_of(interrupt));
    }

    /// The entities within some steps of one, by distance, then id; only over edges of these relations, if any are given.
    NeighbourList neighbours(const std::string &entity_id, std::uint32_t depth = 1,
                             const std::vector<std::string> &rel_types = {}, Timeout timeout = default_timeout,
                             const Interrupt *interrupt = nullptr) const {
        std::vector<seerflow_str> lent;
        for (const std::string &rel_type : rel_types) lent.push_back(detail::lend(rel_type));
        const seerflow_str *first = lent.data();
        return detail::answer<NeighbourList>(seerflow_store_graph_neighbours, store_, entity_id.c_str(), depth, first,
                                             lent.size(), detail::milliseconds(timeout), detail::handle_of(interrupt));
    }

    /// A shortest path, both ends included, each with its distance from the first; empty when there is none.
    NeighbourList path(const std::string &from, const std::string &to, Timeout timeout = default_timeout,
                       const Interrupt *interrupt = nullptr) const {
        return detail::answer<NeighbourList>(seerflow_store_graph_path, store_, from.c_str(), to.c_str(),
                                             detail::milliseconds(timeout), detail::handle_of(interrupt));
    }

    Subgraph subgraph(const std::string &entity_id, std::uint32_t depth = 1, Timeout timeout = default_timeout,
                      const Interrupt *interrupt = nullptr) const {
        seerflow_neighbour_list *nodes = nullptr;
        seerflow_edge_list *edges = nullptr;
        detail::call(seerflow_store_graph_subgraph, store_, entity_id.c_str(), depth, detail::milliseconds(timeout),
                     detail::handle_of(interrupt), &nodes, &edges);
        return Subgraph{NeighbourList(nodes), EdgeList(edges)};
    }

    /// The neighbours with their relation, those seen most often first.
    RelatedEntities related(const std::string &entity_id, Timeout timeout = default_timeout,
                        const Interrupt *interrupt = nullptr) const {
        return detail::answer<RelatedEntities>(seerflow_store_graph_related, store_, entity_id.c_str(),
                                           detail::milliseconds(timeout), detail::handle_of(interrupt));
    }

    /// How many entities and edges there are.
    std::pair<std::uint64_t, std::uint64_t> counts(Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        std::pair<std::uint64_t, std::uint64_t> counts;
        detail::call(seerflow_store_graph_counts, store_, detail::milliseconds(timeout), detail::handle_of(interrupt),
                     &counts.first, &counts.second);
        return counts;
    }

    /// Hands every edge to `each`, in order, until it answers false. An exception of `each` ends the stream and is thrown from here.
    template <typename Each>
    void for_each(Each each, Timeout timeout = forever, const Interrupt *interrupt = nullptr) const {
        struct Told {
            Each *each;
            std::exception_ptr thrown;
        } told{&each, nullptr};
        seerflow_edge_callback tell = [](void *user_data, const seerflow_edge *edge) -> int {
            auto *to = static_cast<Told *>(user_data);
            try {
                return (*to->each)(detail::EdgesOf::view(*edge)) ? 0 : 1;
            } catch (...) {
                to->thrown = std::current_exception();
                return 1;
            }
        };
        detail::call_with(told.thrown, seerflow_store_graph_each_edge, store_, tell, static_cast<void *>(&told),
                          detail::milliseconds(timeout), detail::handle_of(interrupt));
    }

    /// The entities that stand out by a measure: "pagerank", "betweenness", "fan_in" and others, see seerflow.h.
    ScoreList top(const std::string &measure, std::size_t limit = 20, Timeout timeout = forever,
                  const Interrupt *interrupt = nullptr) const {
        return detail::answer<ScoreList>(seerflow_store_graph_top, store_, measure.c_str(), limit,
                                         detail::milliseconds(timeout), detail::handle_of(interrupt));
    }

    /// Throws if the graph cannot be reached now.
    void check(Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        detail::call(seerflow_store_graph_health, store_, detail::milliseconds(timeout), detail::handle_of(interrupt));
    }

private:
    const seerflow_store *store_;
};

}  // namespace seerflow

#endif  // SEERFLOW_GRAPH_HPP
