/*
 * Tails a file and stores each of its lines exactly once, even if the program is killed at any moment.
 *
 *     tail_file FILE DATABASE
 *
 * The batch key is the path of the file, and `first_index` is the number of the first record of a write. The event ids are made from
 * both, so a line that is sent again is recognised. That happens after a crash between the commit and saving the position, or if
 * the saved position is lost and the file is read from the start.
 */
#include <inttypes.h>
#include <seerflow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The size limit of a record, and a buffer in which a longer line is collected: such a line becomes one dead letter. */
#define MAX_EVENT_BYTES "65536"
enum { CHUNK = 2 * 65536 + 2 };

/* The stored part of the file, in bytes and in records. Empty lines are not records. */
struct position {
    long offset;
    uint64_t records;
};

static struct position load(const char *path)
{
    struct position position = {0, 0};
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return position;
    if (fscanf(file, "%ld %" SCNu64, &position.offset, &position.records) != 2)
        position = (struct position){0, 0};
    fclose(file);
    return position;
}

/* Replaces the saved position atomically, so that a crash leaves either the old or the new one. */
static int save(const char *path, struct position position)
{
    char fresh[4096 + sizeof ".new"];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    FILE *file = fopen(fresh, "w");
    if (file == NULL)
        return -1;
    fprintf(file, "%ld %" PRIu64 "\n", position.offset, position.records);
    return fclose(file) == 0 && rename(fresh, path) == 0 ? 0 : -1;
}

/* Stores the complete lines of a chunk. Returns the number of bytes that are stored, or -1. */
static long store_chunk(seerflow_store *store, const char *key, const char *data, size_t length, uint64_t *records)
{
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    seerflow_outcome outcome = SEERFLOW_OUTCOME_INIT;
    seerflow_result *result = NULL;
    seerflow_error *error = NULL;
    size_t consumed = 0;
    options.durable = true;
    options.batch_key = SEERFLOW_STR(key);
    options.first_index = *records;
    if (seerflow_store_write(store, SEERFLOW_FORMAT_LINES, data, length, &options, &consumed, &result, &error) != SEERFLOW_STATUS_OK) {
        fprintf(stderr, "tail_file: %s\n", seerflow_error_message(error));
        seerflow_error_destroy(error);
        seerflow_result_destroy(result);
        return -1;
    }
    seerflow_result_outcome(result, &outcome, NULL);
    *records += outcome.accepted + outcome.rejected;
    printf("%" PRIu64 " new, %" PRIu64 " stored before\n", outcome.committed, outcome.duplicates);
    seerflow_result_destroy(result);
    return (long)consumed;
}

static int tail(seerflow_store *store, const char *path, const char *position_path)
{
    static char chunk[CHUNK];
    struct position position = load(position_path);
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, position.offset, SEEK_SET) != 0) {
        perror(path);
        return 1;
    }
    size_t held = 0, length;
    int failed = 0;
    /* The loop ends at the end of the file. A daemon would wait there for the file to grow (inotify). */
    while (!failed) {
        length = fread(chunk + held, 1, sizeof chunk - held, file);
        held += length;
        if (held == 0)
            break;
        long done = store_chunk(store, path, chunk, held, &position.records);
        failed = done < 0;
        if (failed || (length == 0 && done == 0))
            break;
        /* An incomplete last line is kept for the next chunk. */
        held -= (size_t)done;
        memmove(chunk, chunk + done, held);
        position.offset += done;
        failed = save(position_path, position) != 0;
    }
    fclose(file);
    return failed;
}

int main(int argc, char **argv)
{
    seerflow_config *config = NULL;
    seerflow_store *store = NULL;
    seerflow_error *error = NULL;
    if (argc != 3) {
        fprintf(stderr, "usage: tail_file FILE DATABASE\n");
        return 2;
    }
    char position_path[4096];
    snprintf(position_path, sizeof position_path, "%s.position", argv[2]);
    int failed = seerflow_config_new(&config, &error) || seerflow_config_set(config, "storage.sqlite_path", argv[2], &error) ||
                 seerflow_config_set(config, "storage.max_event_bytes", MAX_EVENT_BYTES, &error) ||
                 seerflow_store_new(config, &store, &error);
    if (!failed)
        failed = tail(store, argv[1], position_path);
    if (store != NULL && seerflow_store_close(store, NULL, NULL, &error) != SEERFLOW_STATUS_OK)
        failed = 1;
    if (error != NULL)
        fprintf(stderr, "tail_file: %s\n", seerflow_error_message(error));
    seerflow_error_destroy(error);
    seerflow_store_destroy(store);
    seerflow_config_destroy(config);
    return failed;
}
