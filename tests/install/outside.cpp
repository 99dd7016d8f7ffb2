// The program of outside.c in C++.
#include <seerflow.hpp>

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    seerflow::Store store(seerflow::Config().set("storage.sqlite_path", argv[1]));
    store.write(SEERFLOW_FORMAT_LINES, "Accepted, in C++\n", seerflow::WriteOptions().durably());
    return store.query(seerflow::Query().text("accepted").limit(1)).size() == 1 ? 0 : 1;
}
