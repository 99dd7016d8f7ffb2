// seerflow.hpp while another process holds the database lock: the contents of exceptions.
#include <seerflow.hpp>

extern "C" {
#include "check.h"
#include "holder.h"
}

using namespace seerflow;

static Config config(const char *name) { return Config().set("storage.sqlite_path", in_folder(name)); }

// A failed write reports how much it consumed. Continuing from there stores no event twice.
static void test_a_failed_write_reports_what_it_consumed() {
    Store store(config("locked.db"));
    store.open();
    hold_lock(in_folder("locked.db"));
    const std::string lines = "line one without any time\nline two\n";
    WriteOptions options = WriteOptions().durably();
    options.call = std::chrono::milliseconds(200);
    try {
        store.write(SEERFLOW_FORMAT_LINES, lines, options);
        CHECK(!"the write must fail");
    } catch (const WriteError &thrown) {
        CHECK(thrown.code() == SEERFLOW_STATUS_TIMEOUT && !thrown.retriable() && thrown.consumed() == lines.size());
        CHECK(thrown.result().queued() == 2 && thrown.result().accepted() == 2);
    }
    options.withdraw = true;
    try {
        store.write(SEERFLOW_FORMAT_LINES, lines, options);
        CHECK(!"the write must fail");
    } catch (const WriteError &thrown) {
        CHECK(thrown.retriable() && thrown.consumed() == 0 && thrown.result().withdrawn() == 2);
    }
    options.record_key_field = "key";
    options.call = forever;
    release_lock();
    CHECK(store.write(SEERFLOW_FORMAT_NDJSON, "{\"key\":1}\n{\"key\":1}\n{}\n", options).unkeyed() == 1);
    CHECK(store.summary().events == 4);
    hold_lock(in_folder("locked.db"));
    store.write(SEERFLOW_FORMAT_LINES, "lost\n");
    try {
        store.close(std::chrono::milliseconds(100));
        CHECK(!"closing must fail");
    } catch (const LostError &thrown) {
        CHECK(thrown.code() == SEERFLOW_STATUS_LOST && thrown.lost() == 1);
    }
    release_lock();
}

int main() {
    start_holder();
    RUN(test_a_failed_write_reports_what_it_consumed);
    stop_holder();
    return 0;
}
