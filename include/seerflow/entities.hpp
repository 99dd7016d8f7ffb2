// What events are about. Include seerflow.hpp.
#ifndef SEERFLOW_ENTITIES_HPP
#define SEERFLOW_ENTITIES_HPP

#include <string>
#include <string_view>

#include "event.hpp"
#include "list.hpp"

namespace seerflow {

/// An entity, with what it is called; empty if nobody says.
struct Entity {
    std::string_view entity;
    std::string_view entity_type;
    std::string_view value;
};

/// A neighbour of an entity.
struct Related {
    std::string_view entity;
    std::string_view rel_type;
    std::int64_t event_count;
};

namespace detail {

struct EntitiesOf {
    using Handle = seerflow_event_entity_list;
    using Struct = seerflow_event_entity;
    using View = Entity;
    static constexpr auto count = seerflow_event_entity_list_count;
    static constexpr auto at = seerflow_event_entity_list_at;
    static constexpr auto ndjson = seerflow_event_entity_list_ndjson;
    static constexpr auto destroy = seerflow_event_entity_list_destroy;
    static View view(const Struct &entity) {
        return View{detail::view(entity.entity), detail::view(entity.entity_type), detail::view(entity.value)};
    }
};

struct RelatedOf {
    using Handle = seerflow_related_list;
    using Struct = seerflow_related;
    using View = Related;
    static constexpr auto count = seerflow_related_list_count;
    static constexpr auto at = seerflow_related_list_at;
    static constexpr auto ndjson = seerflow_related_list_ndjson;
    static constexpr auto destroy = seerflow_related_list_destroy;
    static View view(const Struct &related) {
        return View{detail::view(related.entity), detail::view(related.rel_type), related.event_count};
    }
};

}  // namespace detail

using EntityList = Records<detail::EntitiesOf>;
using RelatedEntities = Records<detail::RelatedOf>;

/// The entities of a store, which must outlive this. Ids are those of seerflow::entity_id.
class Entities {
public:
    explicit Entities(const seerflow_store *store) noexcept : store_(store) {}

    /// The events of the query's entity, oldest first.
    Page timeline(const Query &query) const { return detail::answer<Page>(seerflow_store_timeline, store_, query.handle()); }

    /// The entities of an event. Throws SEERFLOW_STATUS_NOT_FOUND.
    EntityList of_event(const std::string &event_id, Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        return detail::answer<EntityList>(seerflow_store_event_entities, store_, event_id.c_str(), detail::milliseconds(timeout),
                                          detail::handle_of(interrupt));
    }

    /// What an id stands for: a list of one. Throws SEERFLOW_STATUS_NOT_FOUND if no event names it.
    EntityList describe(const std::string &id, Timeout timeout = default_timeout, const Interrupt *interrupt = nullptr) const {
        return detail::answer<EntityList>(seerflow_store_describe_entity, store_, id.c_str(), detail::milliseconds(timeout),
                                          detail::handle_of(interrupt));
    }

    /// The neighbours of an entity, those seen most often first.
    RelatedEntities related(const std::string &id, std::uint32_t limit = 100, Timeout timeout = default_timeout,
                            const Interrupt *interrupt = nullptr) const {
        return detail::answer<RelatedEntities>(seerflow_store_related_entities, store_, id.c_str(), limit,
                                               detail::milliseconds(timeout), detail::handle_of(interrupt));
    }

private:
    const seerflow_store *store_;
};

}  // namespace seerflow

#endif  // SEERFLOW_ENTITIES_HPP
