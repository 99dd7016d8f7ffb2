/* Writes the batches of a file through the C API and prints the elapsed seconds: c_api DATABASE BATCHES DURABLE.
 * The file contains msgpack batches, each preceded by its length as 4 bytes, little-endian. */
#include <seerflow.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void check(seerflow_status status, seerflow_error *error)
{
    if (!status) return;
    fprintf(stderr, "%s\n", seerflow_error_message(error));
    exit(1);
}

int main(int count, char **arguments)
{
    seerflow_config *config = NULL;
    seerflow_store *store = NULL;
    seerflow_error *error = NULL;
    seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
    seerflow_call unbounded = SEERFLOW_CALL_INIT;
    if (count != 4) return 2;
    FILE *file = fopen(arguments[2], "rb");
    if (!file) return 2;
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file), at = 0;
    rewind(file);
    unsigned char *data = malloc(size);
    if (!data || fread(data, 1, size, file) != size) return 2;
    fclose(file);
    check(seerflow_config_new(&config, &error), error);
    check(seerflow_config_set(config, "storage.sqlite_path", arguments[1], &error), error);
    check(seerflow_store_new(config, &store, &error), error);
    check(seerflow_store_open(store, NULL, &error), error);
    options.durable = arguments[3][0] == '1';
    options.complete = true;
    unbounded.timeout_ms = -1;
    double began = now();
    while (at < size) {
        size_t length = data[at] | (size_t)data[at + 1] << 8 | (size_t)data[at + 2] << 16 | (size_t)data[at + 3] << 24;
        check(seerflow_store_write(store, SEERFLOW_FORMAT_MSGPACK, data + at + 4, length, &options, NULL, NULL, &error), error);
        at += 4 + length;
    }
    check(seerflow_store_close(store, &unbounded, NULL, &error), error);
    printf("%f\n", now() - began);
    seerflow_store_destroy(store);
    seerflow_config_destroy(config);
    free(data);
    return 0;
}
