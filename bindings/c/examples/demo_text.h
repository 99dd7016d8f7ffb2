/* The text formatting of the demo. */
#ifndef DEMO_TEXT_H
#define DEMO_TEXT_H

#include <seerflow.h>
#include <stdint.h>

/* A buffer that is large enough for each of the functions below. */
typedef char demo_text[128];

/* Formats a number with thousands separators: 12345678 as "12,345,678". */
const char *demo_number(demo_text out, uint64_t number);

/* Formats a time in nanoseconds as "03-15 01:47:13", in UTC. */
const char *demo_time(demo_text out, int64_t ns);

/* Draws a bar from block characters of an eighth. It is `width` characters long if `value` equals `largest`. */
const char *demo_bar(demo_text out, uint64_t value, uint64_t largest, unsigned width);

/* Copies at most `width` (96 or fewer) characters of a text, with control characters replaced by spaces. */
const char *demo_cut(char out[400], seerflow_str text, unsigned width);

/* Returns the seconds of a monotonic clock. */
double demo_seconds(void);

#endif
