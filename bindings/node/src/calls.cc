#include "calls.h"

#include "answers.h"

namespace seerflow_node {

namespace {

using Store = const seerflow_store *;
using How = const seerflow_call *;

// --- queries that return a list ---

template <auto ask>
Answer by_query(Store store, const Request &request, How how) {
    return list_answer([&](seerflow_list **list) { call(ask, store, request.query.get(), how, list); }, request.flag);
}

template <auto ask>
Answer by_query_and_member(Store store, const Request &request, How how) {
    return list_answer([&](seerflow_list **list) {
        call(ask, store, request.query.get(), static_cast<seerflow_count_by>(request.member), how, list);
    });
}

template <auto ask>
Answer by_id(Store store, const Request &request, How how) {
    return list_answer([&](seerflow_list **list) { call(ask, store, request.id.c_str(), how, list); });
}

Answer event_histogram(Store store, const Request &request, How how) {
    return list_answer([&](seerflow_list **list) {
        call(seerflow_store_event_histogram, store, request.query.get(), request.number, static_cast<seerflow_count_by>(request.member), how, list);
    });
}

Answer alert_histogram(Store store, const Request &request, How how) {
    return list_answer([&](seerflow_list **list) { call(seerflow_store_alert_histogram, store, request.query.get(), request.number, how, list); });
}

Answer graph_path(Store store, const Request &request, How how) {
    return list_answer([&](seerflow_list **list) { call(seerflow_store_graph_path, store, request.id.c_str(), request.target.c_str(), how, list); });
}

Answer graph_top(Store store, const Request &request, How how) {
    return list_answer([&](seerflow_list **list) { call(seerflow_store_graph_top, store, request.id.c_str(), request.limit, how, list); });
}

Answer graph_subgraph(Store store, const Request &request, How how) {
    seerflow_list *nodes = nullptr, *edges = nullptr;
    call(seerflow_store_graph_subgraph, store, request.query.get(), how, &nodes, &edges);
    ListHandle held(edges);
    auto first = list_answer(ListHandle(nodes));
    return pair_answer("nodes", std::move(first), "edges", list_answer(std::move(held)));
}

Answer check(Store store, const Request &request, How how) {
    return list_answer([&](seerflow_list **list) { call(seerflow_store_check, store, request.member, how, list); });
}

// --- queries that return numbers ---

template <typename Count>
Answer number_answer(Count count) {
    std::uint64_t number = 0;
    count(&number);
    return answer_number(static_cast<double>(number));
}

Answer distinct_events(Store store, const Request &request, How how) {
    return number_answer([&](std::uint64_t *number) {
        call(seerflow_store_distinct_events, store, request.query.get(), static_cast<seerflow_count_by>(request.member), how, number);
    });
}

Answer graph_counts(Store store, const Request &, How how) {
    std::uint64_t vertices = 0, edges = 0;
    call(seerflow_store_graph_counts, store, how, &vertices, &edges);
    return counters_answer({{"vertices", vertices}, {"edges", edges}});
}

Answer feedback_stats(Store store, const Request &, How how) {
    seerflow_feedback_stats stats = SEERFLOW_FEEDBACK_STATS_INIT;
    call(seerflow_store_feedback_stats, store, how, &stats);
    return counters_answer({{"tp", stats.tp}, {"fp", stats.fp}, {"total", stats.total}});
}

Answer summary(Store store, const Request &, How how) {
    seerflow_summary got = SEERFLOW_SUMMARY_INIT;
    call(seerflow_store_summary, store, how, &got);
    return counters_answer({{"made_by_seerflow", got.made_by_seerflow},
                            {"schema_version", got.schema_version},
                            {"migration", got.migration},
                            {"events", got.events},
                            {"dead_letters", got.dead_letters},
                            {"templates", got.templates},
                            {"oldest_ns", got.oldest_ns},
                            {"newest_ns", got.newest_ns},
                            {"watermark", got.watermark},
                            {"last_seq", got.last_seq},
                            {"bytes", got.bytes},
                            {"free_bytes", got.free_bytes},
                            {"wal_bytes", got.wal_bytes}},
                           {{"end_cursor", got.end_cursor}});
}

// --- calls that change something ---

template <auto run>
Answer without_arguments(Store store, const Request &, How how) {
    call(run, store, how);
    return answer_nothing();
}

Answer write_records(Store store, const Request &request, How how) {
    seerflow_record_options options = SEERFLOW_RECORD_OPTIONS_INIT;
    options.durable = request.flag;
    options.dedup_window_ns = request.number;
    seerflow_list *made = nullptr;
    call(seerflow_store_write_records, store, static_cast<seerflow_kind>(request.member), request.data.data(), request.data.size(), &options, how,
         &made);
    return made ? list_answer(ListHandle(made)) : answer_nothing();
}

template <auto give>
Answer feedback(Store store, const Request &request, How how) {
    seerflow_feedback feedback = SEERFLOW_FEEDBACK_INIT;
    feedback.alert_id = lend(request.id);
    feedback.feedback = lend(request.target);
    if (request.note) feedback.note = lend(*request.note);
    if (request.origin) feedback.origin = lend(*request.origin);
    feedback.submitted_at_ns = request.time;
    call(give, store, &feedback, how);
    return answer_nothing();
}

// Returns the bytes of a model, and the time of its save: {data, updated_at_ns}.
Answer load_model(Store store, const Request &request, How how) {
    seerflow_list *made = nullptr;
    call(seerflow_store_load_model, store, request.id.c_str(), how, &made);
    const std::shared_ptr<seerflow_list> list(made, seerflow_list_destroy);
    seerflow_model model = SEERFLOW_MODEL_INIT;
    call(seerflow_list_model_at, made, std::size_t{0}, &model);
    return pair_answer("data", [list, model](napi_env env) -> napi_value {
        napi_value data = nullptr;
        napi_create_buffer_copy(env, model.data.len, model.data.data, nullptr, &data);
        return data;
    }, "updated_at_ns", answer_integer(model.updated_at_ns));
}

Answer save_model(Store store, const Request &request, How how) {
    std::int64_t saved = 0;
    call(seerflow_store_save_model, store, request.id.c_str(), request.data.data(), request.data.size(), how, &saved);
    return answer_integer(saved);
}

Answer swap_model(Store store, const Request &request, How how) {
    std::int64_t saved = 0;
    call(seerflow_store_swap_model, store, request.id.c_str(), request.data.data(), request.data.size(), request.time, how, &saved);
    return answer_integer(saved);
}

Answer delete_model(Store store, const Request &request, How how) {
    return number_answer([&](std::uint64_t *deleted) { call(seerflow_store_delete_model, store, request.id.c_str(), how, deleted); });
}

Answer enable_sigma_rule(Store store, const Request &request, How how) {
    call(seerflow_store_enable_sigma_rule, store, request.id.c_str(), request.flag, how);
    return answer_nothing();
}

Answer prune_templates(Store store, const Request &request, How how) {
    return number_answer([&](std::uint64_t *deleted) { call(seerflow_store_prune_templates, store, request.number, how, deleted); });
}

Answer reset_templates(Store store, const Request &, How how) {
    return number_answer([&](std::uint64_t *deleted) { call(seerflow_store_reset_templates, store, how, deleted); });
}

Answer prune_edges(Store store, const Request &request, How how) {
    return number_answer([&](std::uint64_t *deleted) { call(seerflow_store_prune_edges, store, request.time, how, deleted); });
}

Answer prune(Store store, const Request &request, How how) {
    seerflow_prune_options options = SEERFLOW_PRUNE_OPTIONS_INIT;
    seerflow_prune_report report = SEERFLOW_PRUNE_REPORT_INIT;
    options.before_ns = request.time;
    options.max_bytes = static_cast<std::uint64_t>(request.number);
    call(seerflow_store_prune, store, &options, how, &report);
    return counters_answer({{"events", report.events},
                            {"dead_letters", report.dead_letters},
                            {"bytes_before", report.bytes_before},
                            {"bytes_after", report.bytes_after}});
}

Answer backup(Store store, const Request &request, How how) {
    call(seerflow_store_backup, store, request.id.c_str(), how, nullptr, nullptr);
    return answer_nothing();
}

constexpr struct {
    const char *name;
    Call run;
} kCalls[] = {
    {"open", without_arguments<seerflow_store_open>},
    {"queryEvents", by_query<seerflow_store_query_events>},
    {"event", by_id<seerflow_store_event>},
    {"eventEntities", by_id<seerflow_store_event_entities>},
    {"entity", by_id<seerflow_store_entity>},
    {"countEvents", by_query_and_member<seerflow_store_count_events>},
    {"distinctEvents", distinct_events},
    {"eventHistogram", event_histogram},
    {"queryTemplates", by_query<seerflow_store_query_templates>},
    {"pruneTemplates", prune_templates},
    {"resetTemplates", reset_templates},
    {"queryDeadLetters", by_query<seerflow_store_query_dead_letters>},
    {"writeRecords", write_records},
    {"queryAlerts", by_query<seerflow_store_query_alerts>},
    {"alert", by_id<seerflow_store_alert>},
    {"countAlerts", by_query_and_member<seerflow_store_count_alerts>},
    {"alertHistogram", alert_histogram},
    {"alertPatterns", by_query<seerflow_store_alert_patterns>},
    {"updateFeedback", feedback<seerflow_store_update_feedback>},
    {"appendFeedback", feedback<seerflow_store_append_feedback>},
    {"queryFeedback", by_query<seerflow_store_query_feedback>},
    {"feedbackStats", feedback_stats},
    {"saveModel", save_model},
    {"swapModel", swap_model},
    {"loadModel", load_model},
    {"deleteModel", delete_model},
    {"queryModels", by_query<seerflow_store_query_models>},
    {"querySigmaRules", by_query<seerflow_store_query_sigma_rules>},
    {"enableSigmaRule", enable_sigma_rule},
    {"queryEdges", by_query<seerflow_store_query_edges>},
    {"pruneEdges", prune_edges},
    {"graphNeighbours", by_query<seerflow_store_graph_neighbours>},
    {"graphPath", graph_path},
    {"graphSubgraph", graph_subgraph},
    {"graphRelated", by_query<seerflow_store_graph_related>},
    {"graphCounts", graph_counts},
    {"graphTop", graph_top},
    {"graphHealth", without_arguments<seerflow_store_graph_health>},
    {"summary", summary},
    {"prune", prune},
    {"backup", backup},
    {"checkpoint", without_arguments<seerflow_store_checkpoint>},
    {"check", check},
};

}  // namespace

Call call_named(const std::string &name) {
    for (const auto &known : kCalls) {
        if (name == known.name) return known.run;
    }
    throw Failure(SEERFLOW_STATUS_INVALID, "unknown call: " + name);
}

}  // namespace seerflow_node
