/* A batch of rsyslog's messages as NDJSON.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

static const char key_prefix[] = "{\"" BATCH_KEY_FIELD "\":\"";

void
batch_clear(struct batch *batch)
{
	batch->len = 0;
	batch->count = 0;
	batch->next = 0;
	batch->taken = 0;
}

void
batch_free(struct batch *batch)
{
	free(batch->data);
	free(batch->lines);
	memset(batch, 0, sizeof *batch);
}

/* Makes room for one line of `more` bytes. */
static bool
reserve(struct batch *batch, size_t more)
{
	if(batch->count == batch->lines_capacity) {
		const size_t capacity = batch->lines_capacity == 0 ? 128 : 2 * batch->lines_capacity;
		struct batch_line *const lines = realloc(batch->lines, capacity * sizeof *lines);
		if(lines == NULL)
			return false;
		batch->lines = lines;
		batch->lines_capacity = capacity;
	}
	if(more > batch->capacity - batch->len) {
		const size_t capacity = 2 * (batch->len + more);
		char *const data = realloc(batch->data, capacity);
		if(data == NULL)
			return false;
		batch->data = data;
		batch->capacity = capacity;
	}
	return true;
}

static void
append(struct batch *batch, const char *bytes, size_t len)
{
	memcpy(batch->data + batch->len, bytes, len);
	batch->len += len;
}

/* Appends the inside of a JSON string. The caller has reserved six bytes for each byte. */
static void
append_escaped(struct batch *batch, const char *text, size_t len)
{
	static const char hex[] = "0123456789abcdef";

	for(size_t i = 0 ; i < len ; ++i) {
		const unsigned char byte = (unsigned char) text[i];
		if(byte == '"' || byte == '\\') {
			append(batch, "\\", 1);
			append(batch, text + i, 1);
		} else if(byte < 0x20) {
			append(batch, "\\u00", 4);
			append(batch, hex + (byte >> 4), 1);
			append(batch, hex + (byte & 15), 1);
		} else {
			append(batch, text + i, 1);
		}
	}
}

static size_t
skip_space(const char *record, size_t start, size_t len)
{
	while(start < len && (record[start] == ' ' || record[start] == '\t'))
		++start;
	return start;
}

bool
batch_add(struct batch *batch, const char *record, size_t record_len, const char *key, size_t key_len)
{
	while(record_len > 0 && (record[record_len - 1] == '\n' || record[record_len - 1] == '\r'))
		--record_len;
	/* the prefix, the escaped key, its quote, a comma, the record and the line feed */
	if(!reserve(batch, sizeof key_prefix + 6 * key_len + 3 + record_len))
		return false;

	struct batch_line *const line = batch->lines + batch->count++;
	line->start = batch->len;
	line->is_taken = false;
	size_t start = skip_space(record, 0, record_len);
	if(key != NULL && start < record_len && record[start] == '{') {
		append(batch, key_prefix, sizeof key_prefix - 1);
		append_escaped(batch, key, key_len);
		append(batch, "\"", 1);
		start = skip_space(record, start + 1, record_len);
		if(start < record_len && record[start] != '}')
			append(batch, ",", 1);
	}
	append(batch, record + start, record_len - start);
	append(batch, "\n", 1);
	line->end = batch->len;
	return true;
}

static bool
is_equal(const struct batch *a, size_t i, const struct batch *b, size_t k)
{
	const struct batch_line *const left = a->lines + i;
	const struct batch_line *const right = b->lines + k;
	const size_t len = left->end - left->start;

	return len == right->end - right->start && memcmp(a->data + left->start, b->data + right->start, len) == 0;
}

/* Returns the first line that equals line `k` of the replay and is not taken, from `next` on; `count` if there is none. */
static size_t
find(const struct batch *batch, const struct batch *replay, size_t k)
{
	for(size_t n = 0 ; n < batch->count ; ++n) {
		const size_t i = (batch->next + n) % batch->count;
		if(!batch->lines[i].is_taken && is_equal(batch, i, replay, k))
			return i;
	}
	return batch->count;
}

static void
put_back(struct batch *batch, const struct batch *replay, size_t count)
{
	for(size_t k = 0 ; k < count ; ++k)
		batch->lines[replay->lines[k].match].is_taken = false;
	batch->taken -= count;
	if(count > 0)
		batch->next = replay->lines[0].match;
}

bool
batch_take(struct batch *batch, struct batch *replay)
{
	for(size_t k = 0 ; k < replay->count ; ++k) {
		const size_t i = find(batch, replay, k);
		if(i == batch->count) {
			put_back(batch, replay, k);
			return false;
		}
		replay->lines[k].match = i;
		batch->lines[i].is_taken = true;
		batch->next = i + 1;
		++batch->taken;
	}
	return true;
}

void
batch_put_back(struct batch *batch, const struct batch *replay)
{
	put_back(batch, replay, replay->count);
}
