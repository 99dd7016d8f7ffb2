/* What the demo needs for printing. */
#ifndef DEMO_TEXT_H
#define DEMO_TEXT_H

#include <seerflow.h>
#include <stdint.h>

/* Room for what the functions below write. */
typedef char demo_text[128];

/* 12345678 as "12,345,678". */
const char *demo_number(demo_text out, uint64_t number);

/* A time in nanoseconds as "03-15 01:47:13", in UTC. */
const char *demo_time(demo_text out, int64_t ns);

/* A bar of eighths of a character, `width` characters wide when `value` is `largest`. */
const char *demo_bar(demo_text out, uint64_t value, uint64_t largest, unsigned width);

/* The start of a text, at most `width` characters of it (96 at the most), without control characters. */
const char *demo_cut(char out[400], seerflow_str text, unsigned width);

/* Seconds of a clock that only goes forward. */
double demo_seconds(void);

#endif
