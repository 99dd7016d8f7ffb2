/* Tests of batch.c: keys in front of records, and the lines of a batch that is sent again. */
#include "../batch.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static struct batch batch, replay;

static void
add(struct batch *to, const char *record, const char *key)
{
	assert(batch_add(to, record, strlen(record), key, key == NULL ? 0 : strlen(key)));
}

/* Checks that a record with a key becomes one line. */
static void
expect(const char *record, const char *key, const char *line)
{
	batch_clear(&batch);
	add(&batch, record, key);
	if(batch.len != strlen(line) || memcmp(batch.data, line, batch.len) != 0) {
		printf("%s with %s: %.*s", record, key == NULL ? "no key" : key, (int) batch.len, batch.data);
		assert(0);
	}
}

static void
test_keys_become_the_first_member(void)
{
	expect("{\"a\":1}", "k", "{\"log.record.uid\":\"k\",\"a\":1}\n");
	expect("  { \"a\":1}", "k", "{\"log.record.uid\":\"k\",\"a\":1}\n");
	expect("{ }", "k", "{\"log.record.uid\":\"k\"}\n");
	expect("{\"a\":1}\n", NULL, "{\"a\":1}\n");
	expect("{\"a\":1}\r\n\n", "", "{\"log.record.uid\":\"\",\"a\":1}\n");
	expect("{}", "a\"\\\x01\n\xc3\xa9", "{\"log.record.uid\":\"a\\\"\\\\\\u0001\\u000a\xc3\xa9\"}\n");
}

static void
test_records_that_are_not_objects_are_unchanged(void)
{
	expect("not JSON", "k", "not JSON\n");
	expect("", "k", "\n");
	expect("{", "k", "{\"log.record.uid\":\"k\"\n");
	expect(" [1]", "k", "[1]\n");
}

static void
test_a_replay_takes_each_line_once(void)
{
	batch_clear(&batch);
	add(&batch, "one", NULL);
	add(&batch, "same", NULL);
	add(&batch, "same", NULL);
	add(&batch, "two", NULL);
	const char *const order[] = {"same", "two", "same", "one"};
	for(size_t i = 0 ; i < 4 ; ++i) {
		batch_clear(&replay);
		add(&replay, order[i], NULL);
		assert(batch_take(&batch, &replay));
		assert(batch.taken == i + 1);
	}
	assert(!batch_take(&batch, &replay));
	assert(batch.taken == 4);
}

static void
test_a_replay_that_failed_is_put_back(void)
{
	batch_clear(&batch);
	add(&batch, "one", NULL);
	add(&batch, "two", NULL);
	batch_clear(&replay);
	add(&replay, "two", NULL);
	assert(batch_take(&batch, &replay));
	batch_put_back(&batch, &replay);
	assert(batch.taken == 0);
	add(&replay, "one", NULL);
	assert(batch_take(&batch, &replay));
	assert(batch.taken == 2);
}

static void
test_a_new_batch_is_not_a_replay(void)
{
	batch_clear(&batch);
	add(&batch, "one", NULL);
	batch_clear(&replay);
	add(&replay, "one", NULL);
	add(&replay, "other", NULL);
	assert(!batch_take(&batch, &replay));
	assert(batch.taken == 0 && !batch.lines[0].is_taken);
	batch_clear(&batch);
	assert(!batch_take(&batch, &replay));
}

static void
test_batches_grow(void)
{
	batch_clear(&batch);
	for(int i = 0 ; i < 10000 ; ++i) {
		char record[32];
		snprintf(record, sizeof record, "{\"n\":%d}", i);
		add(&batch, record, "key");
	}
	assert(batch.count == 10000 && batch.lines[9999].end == batch.len);
}

int
main(void)
{
	test_keys_become_the_first_member();
	test_records_that_are_not_objects_are_unchanged();
	test_a_replay_takes_each_line_once();
	test_a_replay_that_failed_is_put_back();
	test_a_new_batch_is_not_a_replay();
	test_batches_grow();
	batch_free(&batch);
	batch_free(&replay);
	return 0;
}
