/* A batch of rsyslog's messages as NDJSON, one JSON object a line, in one growing buffer.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef OMSEERFLOW_BATCH_H
#define OMSEERFLOW_BATCH_H

#include <stdbool.h>
#include <stddef.h>

/* The member that holds the record key of a line. */
#define BATCH_KEY_FIELD "log.record.uid"

struct batch_line {
	size_t start;
	size_t end;		/* after the line feed */
	size_t match;		/* in a replay: the equal line of the batch that is replayed */
	bool is_taken;		/* a replayed line was matched with this one */
};

struct batch {
	char *data;
	size_t len;
	size_t capacity;
	struct batch_line *lines;
	size_t count;
	size_t lines_capacity;
	size_t next;		/* the line after the one that was taken last */
	size_t taken;		/* the number of taken lines */
};

/* Empties a batch; its memory is used again. */
void batch_clear(struct batch *batch);

/* Appends one record as a line. A key that is not NULL becomes the first member of the record's JSON object; a record that is
 * not a JSON object gets no key. Line feeds at the end of the record are left out. Returns false if memory is exhausted; the
 * batch is then unchanged.
 */
bool batch_add(struct batch *batch, const char *record, size_t record_len, const char *key, size_t key_len);

/* Takes one line of `batch` for each line of `replay` that equals it, each line once. Returns false, and takes nothing, if a line
 * of `replay` has no counterpart.
 */
bool batch_take(struct batch *batch, struct batch *replay);

/* Undoes a successful batch_take. */
void batch_put_back(struct batch *batch, const struct batch *replay);

/* Frees the memory of a batch. */
void batch_free(struct batch *batch);

#endif
