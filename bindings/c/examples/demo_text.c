#define _POSIX_C_SOURCE 200809L
#include "demo_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const char *demo_number(demo_text out, uint64_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, number);
    char *to = out;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return out;
}

const char *demo_time(demo_text out, int64_t ns)
{
    time_t seconds = (time_t)(ns / 1000000000);
    struct tm parts;
    if (gmtime_r(&seconds, &parts) == NULL || strftime(out, sizeof(demo_text), "%m-%d %H:%M:%S", &parts) == 0)
        strcpy(out, "?");
    return out;
}

const char *demo_bar(demo_text out, uint64_t value, uint64_t largest, unsigned width)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    uint64_t length = largest == 0 ? 0 : (value * width * 8 + largest - 1) / largest;
    out[0] = '\0';
    for (; length >= 8; length -= 8)
        strcat(out, "█");
    strcat(out, eighths[length]);
    return out;
}

const char *demo_cut(char out[400], seerflow_str text, unsigned width)
{
    size_t length = 0;
    unsigned shown = 0;
    for (size_t i = 0; i < text.len && length < 390; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if ((byte & 0xc0) != 0x80 && shown++ == width) {
            memcpy(out + length, "…", 4);
            return out;
        }
        out[length++] = (char)(byte < ' ' ? ' ' : byte);
    }
    out[length] = '\0';
    return out;
}

double demo_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
