// Entities, and the edges between them.
#include "arguments.h"
#include "runtime.h"
#include "store.h"

namespace seerflow_node {

namespace {

using EdgeCursor = std::shared_ptr<seerflow_edge_cursor>;

}  // namespace

Napi::Value edge_cursor(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
        seerflow_edge_cursor *made = nullptr;
        call(seerflow_edge_cursor_new, &made);
        auto *kept = new EdgeCursor(made, seerflow_edge_cursor_destroy);
        return Napi::External<EdgeCursor>::New(info.Env(), kept, [](Napi::Env, EdgeCursor *cursor) { delete cursor; });
    });
}

// (number, event, timeout)
Napi::Value Store::entities_of(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto event = text_of(info[1]);
        const auto timeout = integer_of(info[2]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            return list_answer<seerflow_event_entity_list, seerflow_event_entity_list_ndjson, seerflow_event_entity_list_destroy>(
                [&](auto **list) { call(seerflow_store_event_entities, store, event.c_str(), timeout, interrupt, list); });
        });
    });
}

// (number, entity, timeout)
Napi::Value Store::describe_entity(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto entity = text_of(info[1]);
        const auto timeout = integer_of(info[2]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            return list_answer<seerflow_event_entity_list, seerflow_event_entity_list_ndjson, seerflow_event_entity_list_destroy>(
                [&](auto **list) { call(seerflow_store_describe_entity, store, entity.c_str(), timeout, interrupt, list); });
        });
    });
}

// (number, entity, limit, timeout)
Napi::Value Store::related(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto entity = text_of(info[1]);
        const auto limit = small_of(info[2]);
        const auto timeout = integer_of(info[3]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            return list_answer<seerflow_related_list, seerflow_related_list_ndjson, seerflow_related_list_destroy>(
                [&](auto **list) { call(seerflow_store_related_entities, store, entity.c_str(), limit, timeout, interrupt, list); });
        });
    });
}

// (number, ndjson, timeout)
Napi::Value Store::upsert_edges(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto data = bytes_of(info[1]);
        const auto timeout = integer_of(info[2]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            call(seerflow_store_upsert_edges_ndjson, store, static_cast<const void *>(data.data()), data.size(), timeout, interrupt);
            return answer_nothing();
        });
    });
}

// (number, cursor, limit, timeout): the next edges behind the cursor.
Napi::Value Store::edges(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const EdgeCursor cursor = *info[1].As<Napi::External<EdgeCursor>>().Data();
        const auto limit = small_of(info[2]);
        const auto timeout = integer_of(info[3]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            return list_answer<seerflow_edge_list, seerflow_edge_list_ndjson, seerflow_edge_list_destroy>(
                [&](auto **list) { call(seerflow_store_next_edges, store, cursor.get(), limit, timeout, interrupt, list); });
        });
    });
}

// (number, before, timeout)
Napi::Value Store::prune_edges(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
        const auto before = integer_of(info[1]), timeout = integer_of(info[2]);
        return begin(info, [=](const seerflow_store *store, const seerflow_interrupt *interrupt) {
            std::uint64_t deleted = 0;
            call(seerflow_store_prune_edges, store, before, timeout, interrupt, &deleted);
            return answer_number(static_cast<double>(deleted));
        });
    });
}

}  // namespace seerflow_node
