/* Stores a log line and finds it again. */
#include <seerflow.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    const char *line = "Mar 15 01:47:13 web2 sshd[21346]: Accepted password for deploy from 203.0.113.66 port 51514 ssh2\n";
    seerflow_config *config = NULL;
    seerflow_store *store = NULL;
    seerflow_query *query = NULL;
    seerflow_list *found = NULL;
    seerflow_error *error = NULL;
    const char *json = "";
    int failed =
        seerflow_config_new(&config, &error) || seerflow_config_set(config, "storage.sqlite_path", "minimal.db", &error) ||
        seerflow_store_new(config, &store, &error) ||
        seerflow_store_write(store, SEERFLOW_FORMAT_LINES, line, strlen(line), NULL, NULL, NULL, &error) ||
        seerflow_store_flush(store, NULL, &error) || seerflow_query_new(&query, &error) ||
        seerflow_query_set_text(query, "accepted password", &error) ||
        seerflow_store_query_events(store, query, NULL, &found, &error) ||
        seerflow_list_ndjson(found, &json, NULL, &error) || seerflow_store_close(store, NULL, NULL, &error);
    fputs(failed ? seerflow_error_message(error) : json, failed ? stderr : stdout);
    seerflow_error_destroy(error);
    seerflow_list_destroy(found);
    seerflow_query_destroy(query);
    seerflow_store_destroy(store);
    seerflow_config_destroy(config);
    return failed;
}
