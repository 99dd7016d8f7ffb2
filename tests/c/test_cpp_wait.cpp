// seerflow.hpp while another process has the database locked: what exceptions carry.
#include <seerflow.hpp>

extern "C" {
#include "check.h"
#include "holder.h"
}

using namespace seerflow;

static Config config(const char *name) { return Config().set("storage.sqlite_path", in_folder(name)); }

// A write that fails says how far it came, so that going on from there stores nothing twice.
static void test_a_failed_write_says_what_it_took() {
    Store store(config("locked.db"));
    store.start();
    hold_lock(in_folder("locked.db"));
    const std::string lines = "line one without any time\nline two\n";
    WriteOptions options = WriteOptions().durably();
    options.timeout = std::chrono::milliseconds(200);
    try {
        store.write_lines(lines, options);
        CHECK(!"the write fails");
    } catch (const WriteError &error) {
        CHECK(error.code() == SEERFLOW_STATUS_TIMEOUT && !error.retriable() && error.consumed() == lines.size());
        CHECK(error.result().queued() == 2 && error.result().accepted() == 2);
    }
    options.withdraw = true;
    try {
        store.write_lines(lines, options);
        CHECK(!"the write fails");
    } catch (const WriteError &error) {
        CHECK(error.retriable() && error.consumed() == 0 && error.result().withdrawn() == 2);
    }
    options.record_key_field = "key";
    options.timeout = forever;
    release_lock();
    CHECK(store.write_ndjson("{\"key\":1}\n{\"key\":1}\n{}\n", options).unkeyed() == 1);
    CHECK(store.summary().events == 4);
    hold_lock(in_folder("locked.db"));
    store.write_lines("lost\n");
    try {
        store.close(std::chrono::milliseconds(100));
        CHECK(!"closing fails");
    } catch (const LostError &error) {
        CHECK(error.code() == SEERFLOW_STATUS_LOST && error.lost() == 1);
    }
    release_lock();
}

int main() {
    start_holder();
    RUN(test_a_failed_write_says_what_it_took);
    stop_holder();
    return 0;
}
