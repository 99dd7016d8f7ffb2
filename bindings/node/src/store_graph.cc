// The entity graph.
#include <vector>

#include "arguments.h"
#include "runtime.h"
#include "store.h"

namespace seerflow_node {

namespace {

using NeighbourHandle = Handle<seerflow_neighbour_list, seerflow_neighbour_list_destroy>;
using EdgeHandle = Handle<seerflow_edge_list, seerflow_edge_list_destroy>;

template <typename Ask>
Answer neighbours_answer(Ask ask) {
    return list_answer<seerflow_neighbour_list, seerflow_neighbour_list_ndjson, seerflow_neighbour_list_destroy>(ask);
}

}  // namespace

// (number, ndjson, durable, timeout)
Napi::Value Store::graph_add_edges(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto data = bytes_of(info[1]);
        const bool durable = flag(info[2]);
        const auto timeout = integer_of(info[3]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            call(seerflow_store_graph_add_edges_ndjson, store, static_cast<const void *>(data.data()), data.size(), durable, timeout,
                 interrupt);
            return answer_nothing();
        });
    });
}

// (number, entity, depth, [relations], timeout)
Napi::Value Store::graph_neighbours(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto entity = text_of(info[1]);
        const auto depth = small_of(info[2]);
        const auto list = info[3].As<Napi::Array>();
        std::vector<std::string> relations;
        for (std::uint32_t i = 0; i < list.Length(); i++) relations.push_back(text_of(item(list, i)));
        const auto timeout = integer_of(info[4]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            std::vector<seerflow_str> lent;
            for (const auto &relation : relations) lent.push_back(seerflow_str{relation.data(), relation.size()});
            return neighbours_answer([&](auto **answer) {
                call(seerflow_store_graph_neighbours, store, entity.c_str(), depth, const_cast<const seerflow_str *>(lent.data()), lent.size(),
                     timeout, interrupt, answer);
            });
        });
    });
}

// (number, from, to, timeout)
Napi::Value Store::graph_path(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto from = text_of(info[1]), to = text_of(info[2]);
        const auto timeout = integer_of(info[3]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            return neighbours_answer(
                [&](auto **answer) { call(seerflow_store_graph_path, store, from.c_str(), to.c_str(), timeout, interrupt, answer); });
        });
    });
}

// (number, entity, depth, timeout): {nodes, edges}, each JSON.
Napi::Value Store::graph_subgraph(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto entity = text_of(info[1]);
        const auto depth = small_of(info[2]);
        const auto timeout = integer_of(info[3]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            seerflow_neighbour_list *made_nodes = nullptr;
            seerflow_edge_list *made_edges = nullptr;
            call(seerflow_store_graph_subgraph, store, entity.c_str(), depth, timeout, interrupt, &made_nodes, &made_edges);
            NeighbourHandle nodes(made_nodes);
            EdgeHandle edges(made_edges);
            const char *text = nullptr;
            std::size_t length = 0;
            call(seerflow_neighbour_list_ndjson, const_cast<const seerflow_neighbour_list *>(nodes.get()), &text, &length);
            auto kept_nodes = answer_text(keep_integers({text, length}));
            call(seerflow_edge_list_ndjson, const_cast<const seerflow_edge_list *>(edges.get()), &text, &length);
            auto kept_edges = answer_text(keep_integers({text, length}));
            return Answer([kept_nodes, kept_edges](napi_env env) -> napi_value {
                napi_value object = nullptr;
                if (napi_create_object(env, &object) != napi_ok) return nullptr;
                napi_set_named_property(env, object, "nodes", kept_nodes(env));
                napi_set_named_property(env, object, "edges", kept_edges(env));
                return object;
            });
        });
    });
}

// (number, entity, timeout)
Napi::Value Store::graph_related(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto entity = text_of(info[1]);
        const auto timeout = integer_of(info[2]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            return list_answer<seerflow_related_list, seerflow_related_list_ndjson, seerflow_related_list_destroy>(
                [&](auto **answer) { call(seerflow_store_graph_related, store, entity.c_str(), timeout, interrupt, answer); });
        });
    });
}

// (number, timeout)
Napi::Value Store::graph_counts(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto timeout = integer_of(info[1]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            std::uint64_t vertices = 0, edges = 0;
            call(seerflow_store_graph_counts, store, timeout, interrupt, &vertices, &edges);
            return Answer([=](napi_env env) -> napi_value {
                auto object = Napi::Object::New(env);
                put(object, "vertices", static_cast<double>(vertices));
                put(object, "edges", static_cast<double>(edges));
                return object;
            });
        });
    });
}

// (number, measure, limit, timeout)
Napi::Value Store::graph_top(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto measure = text_of(info[1]);
        const std::size_t limit = small_of(info[2]);
        const auto timeout = integer_of(info[3]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            return list_answer<seerflow_score_list, seerflow_score_list_ndjson, seerflow_score_list_destroy>(
                [&](auto **answer) { call(seerflow_store_graph_top, store, measure.c_str(), limit, timeout, interrupt, answer); });
        });
    });
}

// (number, timeout)
Napi::Value Store::graph_health(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto timeout = integer_of(info[1]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            call(seerflow_store_graph_health, store, timeout, interrupt);
            return answer_nothing();
        });
    });
}

}  // namespace seerflow_node
