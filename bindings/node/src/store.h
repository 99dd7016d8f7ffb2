// The class that lib/store.js wraps. Its methods that may block take the number of a promise first, and return at once.
#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "answers.h"
#include "session.h"

namespace seerflow_node {

class Store : public Napi::ObjectWrap<Store> {
public:
    static Napi::Function define(Napi::Env env);

    // (options, exit timeout in ms): options is {file, env, set: [key, value, ...], level}.
    explicit Store(const Napi::CallbackInfo &info);
    void Finalize(Napi::Env env) override;

private:
    // store.cc
    Napi::Value start(const Napi::CallbackInfo &info);
    Napi::Value write(const Napi::CallbackInfo &info);
    Napi::Value flush(const Napi::CallbackInfo &info);
    Napi::Value close(const Napi::CallbackInfo &info);
    Napi::Value stats(const Napi::CallbackInfo &info);
    Napi::Value health(const Napi::CallbackInfo &info);
    Napi::Value path(const Napi::CallbackInfo &info);

    // store_read.cc
    Napi::Value query(const Napi::CallbackInfo &info);
    Napi::Value event(const Napi::CallbackInfo &info);
    Napi::Value histogram(const Napi::CallbackInfo &info);
    Napi::Value count_by(const Napi::CallbackInfo &info);
    Napi::Value distinct(const Napi::CallbackInfo &info);
    Napi::Value templates(const Napi::CallbackInfo &info);
    Napi::Value write_templates(const Napi::CallbackInfo &info);
    Napi::Value prune_templates(const Napi::CallbackInfo &info);
    Napi::Value dead_letters(const Napi::CallbackInfo &info);

    // store_alerts.cc
    Napi::Value write_alerts(const Napi::CallbackInfo &info);
    Napi::Value alerts(const Napi::CallbackInfo &info);
    Napi::Value alert(const Napi::CallbackInfo &info);
    Napi::Value alert_histogram(const Napi::CallbackInfo &info);
    Napi::Value alerts_by(const Napi::CallbackInfo &info);
    Napi::Value alert_patterns(const Napi::CallbackInfo &info);
    Napi::Value give_feedback(const Napi::CallbackInfo &info);
    Napi::Value feedback(const Napi::CallbackInfo &info);
    Napi::Value feedback_stats(const Napi::CallbackInfo &info);

    // store_state.cc
    Napi::Value save_model(const Napi::CallbackInfo &info);
    Napi::Value load_model(const Napi::CallbackInfo &info);
    Napi::Value delete_model(const Napi::CallbackInfo &info);
    Napi::Value models(const Napi::CallbackInfo &info);
    Napi::Value sigma_rules(const Napi::CallbackInfo &info);
    Napi::Value enable_sigma_rule(const Napi::CallbackInfo &info);
    Napi::Value add_sigma_matches(const Napi::CallbackInfo &info);

    // store_entities.cc
    Napi::Value entities_of(const Napi::CallbackInfo &info);
    Napi::Value describe_entity(const Napi::CallbackInfo &info);
    Napi::Value related(const Napi::CallbackInfo &info);
    Napi::Value upsert_edges(const Napi::CallbackInfo &info);
    Napi::Value edges(const Napi::CallbackInfo &info);
    Napi::Value prune_edges(const Napi::CallbackInfo &info);

    // store_maintain.cc
    Napi::Value summary(const Napi::CallbackInfo &info);
    Napi::Value prune(const Napi::CallbackInfo &info);
    Napi::Value backup(const Napi::CallbackInfo &info);
    Napi::Value checkpoint(const Napi::CallbackInfo &info);
    Napi::Value check(const Napi::CallbackInfo &info);

    // store_graph.cc
    Napi::Value graph_add_edges(const Napi::CallbackInfo &info);
    Napi::Value graph_neighbours(const Napi::CallbackInfo &info);
    Napi::Value graph_path(const Napi::CallbackInfo &info);
    Napi::Value graph_subgraph(const Napi::CallbackInfo &info);
    Napi::Value graph_related(const Napi::CallbackInfo &info);
    Napi::Value graph_counts(const Napi::CallbackInfo &info);
    Napi::Value graph_top(const Napi::CallbackInfo &info);
    Napi::Value graph_health(const Napi::CallbackInfo &info);

    // Makes the task of a call whose promise has the number info[0].
    template <typename T = Task>
    std::shared_ptr<T> task(const Napi::CallbackInfo &info);
    // Begins a call.
    Napi::Value begin(const Napi::CallbackInfo &info, Work work);

    std::shared_ptr<Session> session_;
};

template <typename T>
std::shared_ptr<T> Store::task(const Napi::CallbackInfo &info) {
    auto made = std::make_shared<T>();
    made->number = info[0].As<Napi::Number>().DoubleValue();
    made->session = session_;
    return made;
}

}  // namespace seerflow_node
