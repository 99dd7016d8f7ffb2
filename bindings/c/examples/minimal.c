/* Stores a log line and finds it again. */
#include <seerflow.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    const char *line = "Mar 15 01:47:13 web2 sshd[21346]: Accepted password for deploy from 203.0.113.66 port 51514 ssh2\n";
    seerflow_config *config = NULL;
    seerflow_store *store = NULL;
    seerflow_page *page = NULL;
    seerflow_error *error = NULL;

    if (seerflow_config_new(&config, &error) ||
        seerflow_config_set(config, "storage.sqlite_path", "minimal.db", &error) ||
        seerflow_store_open(config, &store, &error) ||
        seerflow_store_write_lines(store, line, strlen(line), NULL, NULL, NULL, &error) ||
        seerflow_store_flush(store, 5000, NULL, &error) ||
        seerflow_store_search(store, "accepted password", 10, &page, &error)) {
        fprintf(stderr, "seerflow: %s\n", seerflow_error_message(error));
        return 1;
    }
    for (size_t i = 0; i < seerflow_page_count(page); i++) {
        const char *json = NULL;
        if (seerflow_event_json(seerflow_page_event(page, i), &json, NULL, NULL) == SEERFLOW_STATUS_OK)
            puts(json);
    }
    seerflow_page_destroy(page);
    /* Fails if accepted events could not be stored. */
    if (seerflow_store_close(store, 5000, NULL, &error)) {
        fprintf(stderr, "seerflow: %s\n", seerflow_error_message(error));
        return 1;
    }
    seerflow_store_destroy(store);
    seerflow_config_destroy(config);
    return 0;
}
