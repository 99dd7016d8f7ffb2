// Edges between entities. Include seerflow.hpp.
#ifndef SEERFLOW_EDGES_HPP
#define SEERFLOW_EDGES_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "list.hpp"

namespace seerflow {

/// An edge to be written, or to be added to.
struct Edge {
    std::string source_id{};
    std::string target_id{};
    std::string rel_type{};
    std::int64_t first_seen = 0;
    std::int64_t last_seen = 0;
    std::int64_t event_count = 1;
};

/// An edge of a list.
struct EdgeView {
    std::string_view source_id;
    std::string_view target_id;
    std::string_view rel_type;
    std::int64_t first_seen;
    std::int64_t last_seen;
    std::int64_t event_count;
};

namespace detail {

struct EdgesOf {
    using Handle = seerflow_edge_list;
    using Struct = seerflow_edge;
    using View = EdgeView;
    static constexpr auto count = seerflow_edge_list_count;
    static constexpr auto at = seerflow_edge_list_at;
    static constexpr auto ndjson = seerflow_edge_list_ndjson;
    static constexpr auto destroy = seerflow_edge_list_destroy;
    static View view(const Struct &edge) {
        return View{detail::view(edge.source_id), detail::view(edge.target_id), detail::view(edge.rel_type),
                    edge.first_seen, edge.last_seen, edge.event_count};
    }
};

inline std::vector<seerflow_edge> lend_edges(const std::vector<Edge> &edges) {
    std::vector<seerflow_edge> structs;
    structs.reserve(edges.size());
    for (const Edge &given : edges) {
        auto &made = structs.emplace_back(prepare<seerflow_edge>());
        made.source_id = lend(given.source_id);
        made.target_id = lend(given.target_id);
        made.rel_type = lend(given.rel_type);
        made.first_seen = given.first_seen;
        made.last_seen = given.last_seen;
        made.event_count = given.event_count;
    }
    return structs;
}

}  // namespace detail

using EdgeList = Records<detail::EdgesOf>;

/// The edges of a store, which must outlive this.
class Edges {
public:
    explicit Edges(const seerflow_store *store) noexcept : store_(store) {}

    /// Adds edges, or widens their time and adds to their counts, all of them or none.
    void upsert(const std::vector<Edge> &edges, Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        const std::vector<seerflow_edge> structs = detail::lend_edges(edges);
        const seerflow_edge *first = structs.data();
        detail::call(seerflow_store_upsert_edges, store_, first, sizeof(seerflow_edge), structs.size(),
                     detail::milliseconds(timeout), detail::handle_of(interrupt));
    }

    /// The same for edges as JSON, one a line.
    void upsert_ndjson(std::string_view lines, Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        const void *data = lines.data();
        detail::call(seerflow_store_upsert_edges_ndjson, store_, data, lines.size(), detail::milliseconds(timeout),
                     detail::handle_of(interrupt));
    }

    /// Hands every edge to `each`, `chunk` of them read at once; returns how many there were.
    template <typename Each>
    std::size_t for_each(Each each, std::uint32_t chunk = 10'000, Timeout timeout = default_timeout,
                         const Interrupt *interrupt = nullptr) const {
        seerflow_edge_cursor *made = nullptr;
        detail::call(seerflow_edge_cursor_new, &made);
        detail::Handle<seerflow_edge_cursor, seerflow_edge_cursor_destroy> cursor(made);
        for (std::size_t seen = 0;;) {
            auto edges = detail::answer<EdgeList>(seerflow_store_next_edges, store_, made, chunk, detail::milliseconds(timeout),
                                                  detail::handle_of(interrupt));
            if (edges.empty()) return seen;
            for (EdgeView edge : edges) each(edge);
            seen += edges.size();
        }
    }

    /// Removes the edges that were last seen before a time; how many.
    std::uint64_t prune(std::int64_t before_ns, Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        std::uint64_t deleted = 0;
        detail::call(seerflow_store_prune_edges, store_, before_ns, detail::milliseconds(timeout), detail::handle_of(interrupt),
                     &deleted);
        return deleted;
    }

private:
    const seerflow_store *store_;
};

}  // namespace seerflow

#endif  // SEERFLOW_EDGES_HPP
