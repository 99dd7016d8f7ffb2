/* Another program: stores a line in the given file and finds it. With OWN_SQLITE it has a SQLite of its own, with
 * OTHER_RUST a library in Rust of its own; both work beside ours. */
#include <seerflow.h>
#include <stdio.h>
#include <string.h>
#ifdef OWN_SQLITE
#include <sqlite3.h>
#endif
#ifdef OTHER_RUST
int other_rust(void);
#endif

static int use_own_sqlite(void)
{
#ifdef OWN_SQLITE
    /* The program uses its own SQLite; the library's version is in bytes 96 to 99 of its file. */
    sqlite3 *database;
    sqlite3_stmt *statement;
    if (sqlite3_open(":memory:", &database) || sqlite3_prepare_v2(database, "SELECT sqlite_version()", -1, &statement, NULL))
        return 1;
    if (sqlite3_step(statement) != SQLITE_ROW || strcmp((const char *)sqlite3_column_text(statement, 0), SQLITE_VERSION) != 0)
        return 1;
    printf("own SQLite %s\n", (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_close(database);
#endif
    return 0;
}

static unsigned long writer_of(const char *path)
{
    unsigned char bytes[100] = {0};
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return 0;
    if (fread(bytes, 1, sizeof bytes, file) != sizeof bytes)
        bytes[96] = 0;
    fclose(file);
    return (unsigned long)bytes[96] << 24 | (unsigned long)bytes[97] << 16 | (unsigned long)bytes[98] << 8 | bytes[99];
}

int main(int argc, char **argv)
{
    const char *line = "Mar 15 01:47:13 web2 sshd[21346]: Accepted password for deploy from 203.0.113.66 port 51514 ssh2\n";
    seerflow_config *config = NULL;
    seerflow_store *store = NULL;
    seerflow_query *query = NULL;
    seerflow_list *list = NULL;
    seerflow_error *error = NULL;
    size_t found;

    if (argc != 2 || use_own_sqlite() != 0)
        return 2;
    remove(argv[1]);
    if (seerflow_config_new(&config, &error) || seerflow_config_set(config, "storage.sqlite_path", argv[1], &error) ||
        seerflow_store_new(config, &store, &error) ||
        seerflow_store_write(store, SEERFLOW_FORMAT_LINES, line, strlen(line), NULL, NULL, NULL, &error) ||
        seerflow_store_flush(store, NULL, &error) || seerflow_query_new(&query, &error) ||
        seerflow_query_set_text(query, "accepted", &error) || seerflow_store_query_events(store, query, NULL, &list, &error)) {
        fprintf(stderr, "seerflow: %s\n", seerflow_error_message(error));
        return 1;
    }
    found = seerflow_list_count(list);
    seerflow_list_destroy(list);
    seerflow_query_destroy(query);
    if (seerflow_store_close(store, NULL, NULL, NULL) != SEERFLOW_STATUS_OK)
        return 1;
    seerflow_store_destroy(store);
    seerflow_config_destroy(config);
    printf("seerflow %s, its SQLite %lu\n", seerflow_version(), writer_of(argv[1]));
    if (strcmp(seerflow_version(), SEERFLOW_VERSION) != 0 || writer_of(argv[1]) < 3054000 || use_own_sqlite() != 0)
        return 1;
#ifdef OTHER_RUST
    if (other_rust() != 42)
        return 1;
#endif
    return found == 1 ? 0 : 1;
}
