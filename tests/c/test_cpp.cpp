// seerflow.hpp: ownership, exceptions and values. The C tests cover what the functions do.
#include <seerflow.hpp>

#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>
#include <type_traits>

extern "C" {
#include "check.h"
}

using namespace seerflow;

static_assert(std::is_nothrow_move_constructible_v<Store> && !std::is_copy_constructible_v<Store>);
static_assert(std::is_nothrow_move_constructible_v<List<EventView>> && !std::is_copy_constructible_v<List<EventView>>);
static_assert(std::is_nothrow_move_constructible_v<Query> && !std::is_copy_constructible_v<Query>);
static_assert(std::is_base_of_v<std::runtime_error, Error>);

static Config config(const char *name = "cpp.db") { return Config().set("storage.sqlite_path", in_folder(name)); }

template <typename Call>
static Error thrown_by(Call call) {
    try {
        call();
    } catch (const Error &thrown) {
        return thrown;
    }
    check_failed(__FILE__, __LINE__, "nothing was thrown", "");
    std::abort();
}

static void test_written_events_are_read_back() {
    Store store(config());
    const std::string maps = "\x91\x81\xa1" "a\x01"; // [{"a": 1}]
    Event event;
    event.event_id = "019cea80-8468-7d95-85e6-9c1966f2d9af";
    event.timestamp_ns = 1773460817000000001;
    event.message = std::string("with a \0 inside", 15);
    event.related_ips = {"192.0.2.7", "2001:db8::7"};
    event.tags = {""};
    event.attributes = {{"text", std::string("café")}, {"int", std::int64_t{-1}}, {"real", 0.5},
                        {"yes", true},                 {"none", nullptr},         {"list", Msgpack{maps}}};
    event.resource_attrs = {{"service.name", "ledger"}};
    event.body = Msgpack{"\x2a"};
    Result result = store.write(event, WriteOptions().durably());
    CHECK(result.accepted() == 1 && result.consumed() == 1 && result.durability() == SEERFLOW_DURABILITY_PROCESS);
    List<EventView> page = store.query(Query().text("inside"));
    CHECK(page.size() == 1 && !page.empty() && !page.total() && !page.next_cursor());
    EventView stored = page[0];
    CHECK(stored.event_id() == event.event_id && stored.timestamp_ns() == event.timestamp_ns);
    CHECK(stored.message() == event.message && stored.event_kind() == "event" && stored.severity_id() == 1);
    CHECK(!stored.trace_id() && stored.confidence() == 1.0 && stored.body() == "\x2a" && stored.template_id() == -1);
    CHECK(stored.related_ips() == std::vector<std::string_view>({"192.0.2.7", "2001:db8::7"}));
    CHECK(stored.tags().size() == 1 && stored.entity_refs().size() == 2);
    auto attributes = stored.attributes();
    CHECK(attributes.size() == 6 && attributes[0].text == "café" && attributes[1].integer == -1 && attributes[2].real == 0.5);
    CHECK(attributes[3].type == SEERFLOW_VALUE_BOOL && attributes[4].type == SEERFLOW_VALUE_NULL);
    CHECK(attributes[5].type == SEERFLOW_VALUE_MSGPACK && attributes[5].text == maps);
    CHECK(stored.resource_attrs()[0].text == "ledger");
    CHECK(page.ndjson() == std::string(stored.json()) + "\n" && page.msgpack() == stored.msgpack());
    try {
        page[1];
        CHECK(!"page[1] must not exist");
    } catch (const std::out_of_range &) {
    }
}

static void test_vectors_and_rejections() {
    Store store(config());
    std::vector<Event> events(100);
    for (std::size_t i = 0; i < events.size(); i++) events[i].message = "number" + std::to_string(i);
    events[7].body.bytes = "\x01\x01";
    Result result = store.write(events);
    CHECK(result.accepted() == 99 && result.rejected().size() == 1 && result.rejected()[0].index == 7);
    store.flush();
    auto letters = store.dead_letters();
    CHECK(letters.size() == 1 && letters[0].format == "struct" && !letters[0].reason.empty());
    CHECK(store.summary().events == 99 && store.stats().rejected == 1);
    CHECK(store.write(std::vector<Event>{}).accepted() == 0);
}

// The defaults of the options and records are those of the C initialisers.
static void test_defaults() {
    static const char request[] =
        R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"one"},"attributes":[{"key":"log.record.uid","value":{"stringValue":"u1"}}]}]}]}]})";
    Store store(config());
    WriteOptions options = WriteOptions().durably();
    store.write(SEERFLOW_FORMAT_OTLP_JSON, request, options);
    Result again = store.write(SEERFLOW_FORMAT_OTLP_JSON, request, options);
    CHECK(again.committed() == 0 && again.duplicates() == 1);
    options.record_key_field = "";
    CHECK(store.write(SEERFLOW_FORMAT_OTLP_JSON, request, options).committed() == 1);
    const std::int64_t before = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    store.graph().write({Edge{"a", "b", "met"}});
    CHECK(store.graph().edges()[0].first_seen_ns >= before && store.graph().edges()[0].event_count == 1);
    Template pattern;
    pattern.template_str = "a <*>";
    store.write_templates({pattern});
    CHECK(store.templates()[0].last_seen_ns >= before);
    SigmaMatches matches;
    matches.rule_id = "r";
    store.sigma_rules().write({matches});
    const auto rules = store.sigma_rules().query();
    CHECK(rules[0].match_count_lifetime == 1 && *rules[0].last_fired_ns >= before);
}

static void test_exceptions() {
    Error bad = thrown_by([] { Config().set("storage.nothing", "1"); });
    CHECK(bad.code() == SEERFLOW_STATUS_CONFIG && !bad.retriable() && std::string(bad.what()).find("storage.nothing") != std::string::npos);
    CHECK(thrown_by([] { entity_id(SEERFLOW_ENTITY_TYPE_IP, "none"); }).code() == SEERFLOW_STATUS_NOT_FOUND);
    CHECK(entity_id(SEERFLOW_ENTITY_TYPE_IP, "203.0.113.66").size() == 36);
    Store store(config());
    CHECK(thrown_by([&] { store.query(Query().alert_type("sigma")); }).code() == SEERFLOW_STATUS_INVALID);
    store.close();
    store.close();
    CHECK(store.health().state == SEERFLOW_STATE_CLOSED);
    CHECK(thrown_by([&] { store.write(SEERFLOW_FORMAT_LINES, "x\n"); }).code() == SEERFLOW_STATUS_CLOSED);
}

// Objects are moved into containers and out of functions. A moved-from object is empty and may be destroyed.
static void test_moves() {
    std::vector<Store> stores;
    for (int i = 0; i < 3; i++) stores.emplace_back(config(("m" + std::to_string(i) + ".db").c_str()));
    Store first = std::move(stores[0]);
    first.write(SEERFLOW_FORMAT_NDJSON, "{\"message\":\"moved\"}\n", WriteOptions().durably());
    CHECK(first.query().size() == 1);
    CHECK(thrown_by([&] { stores[0].flush(); }).code() == SEERFLOW_STATUS_INVALID);
    auto page = std::make_unique<List<EventView>>(first.query());
    first.close();
    CHECK((*page->begin()).message() == "moved");
}

static void test_queries() {
    Store store(config());
    std::ostringstream lines;
    for (int i = 0; i < 12; i++) lines << "2026-03-15T01:0" << i % 6 << ":00Z h" << i % 2 << " a: line " << i << "\n";
    store.write(SEERFLOW_FORMAT_LINES, lines.str(), WriteOptions().durably());
    Query query;
    query.limit(5).order(SEERFLOW_ORDER_ARRIVAL).total(SEERFLOW_TOTAL_EXACT);
    std::size_t seen = 0;
    for (std::optional<std::string> cursor; ; query.cursor(*cursor)) {
        List<EventView> page = store.query(query);
        CHECK(page.total() == 12);
        for (EventView event : page) CHECK(event.message().find("line") != std::string_view::npos && ++seen);
        cursor = page.next_cursor();
        if (!cursor) break;
    }
    CHECK(seen == 12);
    auto buckets = store.histogram(std::chrono::minutes(1));
    CHECK(buckets.size() == 6 && buckets[0].count == 2);
    CHECK(store.check(SEERFLOW_CHECK_STRUCTURE | SEERFLOW_CHECK_TEXT).empty());
    Template pattern;
    pattern.template_id = 1;
    pattern.template_str = "line <*>";
    pattern.event_count = 12;
    pattern.example_message = "line 0";
    store.write_templates({pattern});
    CHECK(store.templates().size() == 1 && store.templates()[0].example_message == "line 0");
    CHECK(store.reset_templates() == 1);
}

static void test_callbacks() {
    std::atomic<int> records{0};
    {
        Config logging = config();
        logging.log(SEERFLOW_LOG_LEVEL_DEBUG, [&](seerflow_log_level, std::string_view) {
            records++;
            throw 1;
        });
        Store store(logging);
        logging.log(SEERFLOW_LOG_LEVEL_DEBUG, nullptr);
        store.write(SEERFLOW_FORMAT_LINES, "x\n", WriteOptions().durably());
        int steps = 0;
        store.backup(in_folder("copy.db"), [&](std::uint64_t, std::uint64_t) { steps++; });
        CHECK(steps > 0);
        bool came = false;
        try {
            store.backup(in_folder("copy2.db"), [](std::uint64_t, std::uint64_t) { throw std::runtime_error("stop"); });
        } catch (const std::runtime_error &thrown) {
            came = std::string(thrown.what()) == "stop";
        }
        CHECK(came);
    }
    CHECK(records > 0);
}

// An exception of a callback is rethrown from the call, even if the call itself fails too.
static void test_exceptions_of_callbacks() {
    Store store(config());
    // A backup in several steps, which the interrupt ends after the first.
    for (int i = 0; i < 6; i++) store.write(SEERFLOW_FORMAT_LINES, std::string(900'000, 'x') + "\n", WriteOptions().durably());
    Interrupt interrupt;
    int steps = 0;
    bool came = false;
    try {
        store.backup(in_folder("copy3.db"), [&](std::uint64_t, std::uint64_t) {
            steps++;
            interrupt.raise();
            throw std::runtime_error("stop");
        }, {forever, interrupt});
    } catch (const std::runtime_error &thrown) {
        came = std::string(thrown.what()) == "stop";
    }
    CHECK(steps == 1 && came);
}

static void test_interrupt_and_completions() {
    Store store(config());
    Interrupt interrupt;
    Completions completions;
    std::thread([&] { interrupt.raise(); }).join();
    CHECK(thrown_by([&] { store.query({}, interrupt); }).code() == SEERFLOW_STATUS_INTERRUPTED);
    CHECK(thrown_by([&] { completions.next({forever, interrupt}); }).code() == SEERFLOW_STATUS_INTERRUPTED);
    CHECK(!completions.next(Timeout(0)) && !completions.next(Timeout(10)) && completions.fd() >= 0);
    WriteOptions options;
    options.completions = &completions;
    options.user_data = 42;
    store.write(SEERFLOW_FORMAT_LINES, "one\ntwo\n", options);
    auto completion = completions.next();
    CHECK(completion && completion->user_data == 42 && completion->accepted == 2 && completion->status == SEERFLOW_STATUS_OK);
}

static Alert brute_force(const char *id, std::int64_t at) {
    Alert alert;
    alert.alert_id = id;
    alert.alert_type = "sigma";
    alert.rule_name = "ssh brute force";
    alert.entity_type = "ip";
    alert.entity_value = "203.0.113.66";
    alert.severity_id = 4;
    alert.timestamp_ns = at;
    alert.contributing_events = {"019cea80-8468-7d95-85e6-9c1966f2d9af"};
    alert.mitre_techniques = {"T1110", "T1110.001"};
    return alert;
}

static void test_alerts() {
    Store store(config());
    Alerts alerts = store.alerts();
    List<AlertResult> written = alerts.write({brute_force("a-1", 1'000), brute_force("a-2", 2'000)});
    CHECK(written.size() == 2 && written[0].is_new && !written[1].is_new && written[1].dedup_count == 2);
    CHECK(store.write_records(SEERFLOW_KIND_ALERT, R"({"alert_type":"ml","rule_name":"r","entity_type":"host","entity_value":"h"})")[0]
              .alert_id.size() == 36);
    CHECK(thrown_by([&] { alerts.get("a-1"); }).code() == SEERFLOW_STATUS_NOT_FOUND);
    List<AlertView> page = alerts.query(Query().alert_type("sigma").technique("T1110").min_severity(4).total(SEERFLOW_TOTAL_EXACT));
    CHECK(page.size() == 1 && page.total() == 1 && !page.next_cursor());
    for (AlertView alert : page) {
        CHECK(alert.alert_id == "a-2" && alert.timestamp_ns == 1'000 && alert.dedup_count == 2);
        CHECK(alert.mitre_techniques == std::vector<std::string_view>({"T1110", "T1110.001"}));
        CHECK(alert.entity_uuid == entity_id(SEERFLOW_ENTITY_TYPE_IP, "203.0.113.66"));
    }
    Query paged;
    std::size_t seen = 0;
    for (std::optional<std::string> cursor;; paged.cursor(*cursor)) {
        List<AlertView> one = alerts.query(paged.limit(1));
        seen += one.size();
        cursor = one.next_cursor();
        if (!cursor) break;
    }
    CHECK(seen == 2);
    try {
        page[1];
        CHECK(!"page[1] must not exist");
    } catch (const std::out_of_range &) {
    }

    Feedback verdict;
    verdict.alert_id = "a-2";
    verdict.feedback = "tp";
    verdict.note = "seen";
    alerts.update_feedback(verdict);
    alerts.append_feedback(verdict);
    CHECK(alerts.feedback(Query().alert_id("a-2")).size() == 2 && alerts.feedback()[1].note == "seen" && alerts.feedback_stats().tp == 1);
    List<AlertPattern> patterns = alerts.patterns();
    CHECK(patterns.size() == 1 && patterns[0].count == 1 && patterns[0].alert_ids[0] == "a-2");
    Query window;
    window.window(0, 10'000);
    CHECK(alerts.count_by(SEERFLOW_COUNT_BY_RULE, window)[0].value == "ssh brute force");
    CHECK(alerts.count_by(SEERFLOW_COUNT_BY_SEVERITY, window)[0].value == "error");
    CHECK(alerts.histogram(std::chrono::minutes(1), window)[0].count == 1);
    CHECK(alerts.get("a-2").ndjson().find("\"feedback\":\"tp\"") != std::string_view::npos);
}

static void test_models_rules_and_edges() {
    Store store(config());
    std::int64_t first = store.models().swap("ml/state", "one", std::nullopt);
    CHECK(thrown_by([&] { store.models().swap("ml/state", "two", std::nullopt); }).code() == SEERFLOW_STATUS_CONFLICT);
    CHECK(store.models().swap("ml/state", std::string("t\0o", 3), first) > first);
    List<Model> model = store.models().load("ml/state");
    CHECK(model[0].data == std::string_view("t\0o", 3) && model[0].updated_at_ns > first);
    store.models().save("other", "");
    CHECK(store.models().query(Query().key_prefix("ml/")).size() == 1 && store.models().query()[0].bytes == 3);
    CHECK(store.models().remove("other") && !store.models().remove("other"));

    SigmaRules rules = store.sigma_rules();
    rules.write({SigmaMatches{"r-1", 2, 50}});
    store.write_records(SEERFLOW_KIND_SIGMA_MATCHES, R"({"rule_id":"r-1","count":1,"last_fired_ns":40})");
    rules.enable("r-2", false);
    List<SigmaRule> list = rules.query();
    CHECK(list.size() == 2 && list[0].match_count_lifetime == 3 && list[0].last_fired_ns == 50);
    CHECK(!list[1].enabled && !list[1].last_fired_ns);

    Graph graph = store.graph();
    std::vector<Edge> many(25);
    for (std::size_t i = 0; i < many.size(); i++) many[i] = Edge{"a", "b" + std::to_string(i), "has_ip", 1, std::int64_t(i), 1};
    graph.write(many);
    store.write_records(SEERFLOW_KIND_EDGE,
                        R"({"source_id":"a","target_id":"b0","rel_type":"has_ip","first_seen_ns":1,"last_seen_ns":90,"event_count":4})");
    std::int64_t seen = 0, events = 0;
    Query query;
    query.limit(10);
    for (std::optional<std::string> cursor;; query.cursor(*cursor)) {
        List<EdgeView> page = graph.edges(query);
        for (EdgeView edge : page) seen++, events += edge.event_count;
        cursor = page.next_cursor();
        if (!cursor) break;
    }
    CHECK(seen == 25 && events == 29);
    CHECK(graph.related(Query().entity_id("a"))[0].entity == "b0");
    CHECK(graph.prune(20) == 19);
}

static void test_entities_and_counts() {
    Store store(config());
    std::ostringstream lines;
    for (int i = 0; i < 4; i++)
        lines << "2026-03-15T01:0" << i << ":00Z h" << i % 2 << " sshd[7]: Failed password for root from 203.0.113.66 port 1 ssh2\n";
    store.write(SEERFLOW_FORMAT_LINES, lines.str(), WriteOptions().durably());
    std::string id = entity_id(SEERFLOW_ENTITY_TYPE_IP, "203.0.113.66");
    List<EventView> page = store.query(Query().entity_id(id).limit(3).order(SEERFLOW_ORDER_OLDEST));
    CHECK(page.size() == 3 && page[0].timestamp_ns() < page[1].timestamp_ns() && page.next_cursor());
    CHECK(store.event(page[0].event_id()).size() == 1);
    CHECK(store.event_entities(page[0].event_id())[0].value == "203.0.113.66");
    List<Entity> described = store.entity(id);
    CHECK(described[0].entity_type == "ip" && described[0].entity == id);
    CHECK(store.count_by(SEERFLOW_COUNT_BY_HOST).size() == 2 && store.distinct(SEERFLOW_COUNT_BY_SOURCE) == 1);
    CHECK(store.count_by(SEERFLOW_COUNT_BY_HOST, Query().source_id("h1"))[0].count == 2);
    CHECK(store.histogram(std::chrono::minutes(2)).size() == 2);
    List<Bucket> split = store.histogram(std::chrono::hours(1), {}, SEERFLOW_COUNT_BY_SOURCE);
    CHECK(split.size() == 1 && split[0].value == "sshd" && split[0].count == 4);
}

static void test_graph() {
    Store store(config());
    const Graph graph = store.graph();
    graph.write({{"user", "web", "logged_into", 1, 2, 3}, {"web", "db", "has_ip", 1, 1, 1}});
    RecordOptions soon;
    soon.durable = false;
    graph.write({{"user", "web", "logged_into", 0, 1, 1}}, soon);
    store.write_records(SEERFLOW_KIND_EDGE,
                        "{\"source_id\":\"db\",\"target_id\":\"db\",\"rel_type\":\"spawned_by\",\"first_seen_ns\":1,\"last_seen_ns\":1,"
                        "\"event_count\":1}\n",
                        soon);
    CHECK(graph.counts() == std::make_pair(std::uint64_t{3}, std::uint64_t{3}));
    const List<Neighbour> near = graph.neighbours(Query().entity_id("user").depth(2));
    CHECK(near.size() == 2 && near[0].entity == "web" && near[1].entity == "db" && near[1].distance == 2);
    CHECK(graph.neighbours(Query().entity_id("user").depth(2).add_relation("logged_into")).size() == 1);
    const List<Neighbour> path = graph.path("db", "user");
    CHECK(path.size() == 3 && path[0].distance == 0 && path[2].entity == "user");
    CHECK(graph.path("db", "nobody").empty());
    const Subgraph around = graph.subgraph(Query().entity_id("web"));
    CHECK(around.nodes.size() == 3 && around.nodes[0].entity == "web" && around.edges.size() == 3);
    CHECK(graph.related(Query().entity_id("user"))[0].event_count == 4);
    CHECK(graph.top("fan_in", 1)[0].value == 2.0);
    graph.check();
    CHECK(thrown_by([&] { graph.write({{"", "web", "r"}}); }).code() == SEERFLOW_STATUS_INVALID);
    CHECK(thrown_by([&] { graph.top("beauty"); }).code() == SEERFLOW_STATUS_INVALID);
    store.flush();
    CHECK(graph.edges().size() == 3);
}

int main() {
    RUN(test_written_events_are_read_back);
    RUN(test_vectors_and_rejections);
    RUN(test_defaults);
    RUN(test_exceptions);
    RUN(test_moves);
    RUN(test_queries);
    RUN(test_alerts);
    RUN(test_models_rules_and_edges);
    RUN(test_entities_and_counts);
    RUN(test_callbacks);
    RUN(test_exceptions_of_callbacks);
    RUN(test_interrupt_and_completions);
    RUN(test_graph);
    return 0;
}
