// Stores a log line and finds it again, in C++17.
#include <iostream>
#include <seerflow.hpp>

int main() try {
    seerflow::Store store(seerflow::Config().set("storage.sqlite_path", "minimal.db"));
    store.write(SEERFLOW_FORMAT_LINES,
                "Mar 15 01:47:13 web2 sshd[21346]: Accepted password for deploy from 203.0.113.66 port 51514 ssh2\n",
                seerflow::WriteOptions().durably());
    for (seerflow::EventView event : store.query(seerflow::Query().text("accepted password").limit(10)))
        std::cout << event.source_id() << ": " << event.message() << '\n';
    store.close();
    return 0;
} catch (const seerflow::Error &error) {
    std::cerr << "seerflow: " << error.what() << '\n';
    return 1;
}
