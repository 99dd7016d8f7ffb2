/*
 * The part of the plugin that both interfaces of Fluent Bit share: the options of an output, and the write of a chunk.
 */
#ifndef SEERFLOW_FLUENT_BIT_OUTPUT_H
#define SEERFLOW_FLUENT_BIT_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

/* The answers of a flush, with Fluent Bit's numbers. */
enum output_answer { OUTPUT_ERROR = 0, OUTPUT_OK = 1, OUTPUT_RETRY = 2 };

/* The options of the plugin besides the library's `storage.*`, with their descriptions. */
struct output_option {
    const char *key, *default_value, *doc;
};
extern const struct output_option output_options[];
extern const size_t output_option_count;

/* The part of Fluent Bit that an output needs: its options, as texts or NULL, and its log. */
struct output_host {
    const char *(*option)(const struct output_host *host, const char *key);
    void (*error)(const struct output_host *host, const char *message);
    void *instance;
};

/* The number of records of a write with each outcome. */
struct output_counts {
    uint64_t stored, duplicates, dead_letters;
};

struct output;

/* Reads the options of an output. Opens no database and starts no thread. Returns NULL after it logged the reason. */
struct output *output_open(const struct output_host *host);

/*
 * Stores a chunk. `key` identifies the chunk in every attempt to store it; NULL if Fluent Bit does not tell. The answer is OUTPUT_RETRY
 * if the chunk may be stored later, and OUTPUT_ERROR if it never can. Any number of threads may call it at once.
 */
enum output_answer output_flush(struct output *output, const void *data, size_t size, const char *tag, const char *key,
                                struct output_counts *counts);

/* Commits the queue within 5 seconds, and releases the output. */
void output_close(struct output *output);

#endif
