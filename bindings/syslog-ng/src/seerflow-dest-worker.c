/* Each flush is one durable write: syslog-ng acknowledges a batch to its source, or removes it from the disk buffer, after the
 * commit. If a write fails, the events that are not committed are withdrawn from the store, and the batch stays in the queue of
 * syslog-ng until time-reopen() has passed. No message is ever dropped: the store keeps records that it cannot store as events
 * as dead letters. */

#include "seerflow-dest-worker.h"
#include "seerflow-dest.h"
#include "seerflow-record.h"

#include "messages.h"
#include "stats/stats-counter.h"

/* A batch of large messages is flushed at this size, to bound the memory of the worker. */
#define BATCH_BYTES (4 * 1024 * 1024)

typedef struct _SeerflowDestWorker
{
  LogThreadedDestWorker super;
  GString *batch; /* records in msgpack, one after the other */
} SeerflowDestWorker;

static void
_log_rejections(SeerflowDestDriver *owner, const seerflow_result *result, guint64 count)
{
  seerflow_rejection first = SEERFLOW_REJECTION_INIT;

  if (count == 0 || seerflow_list_rejection_at(seerflow_result_rejections(result), 0, &first, NULL) != SEERFLOW_STATUS_OK)
    return;

  msg_warning("seerflow: messages were stored as dead letters",
              evt_tag_str("driver", owner->super.super.super.id),
              evt_tag_printf("count", "%" G_GUINT64_FORMAT, count),
              evt_tag_mem("first_reason", first.reason.data, first.reason.len),
              log_pipe_location_tag(&owner->super.super.super.super));
}

/* Acknowledges the records before the point at which a failed write stopped, so that only the others are sent again. Records
 * in a transaction that is still running are not stored yet; in this case the whole batch is sent again. */
static void
_acknowledge_stored(SeerflowDestWorker *self, const seerflow_outcome *outcome)
{
  if (outcome->queued == 0)
    log_threaded_dest_worker_ack_messages(&self->super, outcome->accepted + outcome->rejected);
}

static LogThreadedResult
_write_batch(SeerflowDestWorker *self)
{
  SeerflowDestDriver *owner = (SeerflowDestDriver *) self->super.owner;
  seerflow_call call = SEERFLOW_CALL_INIT;
  seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
  seerflow_status status = SEERFLOW_STATUS_OK;
  gsize written = 0;

  call.timeout_ms = owner->timeout * 1000;
  options.call = &call;
  options.durable = true;
  options.withdraw = true;
  options.complete = true;
  options.parse = owner->parse;
  if (owner->source_type)
    options.source_type = SEERFLOW_STR(owner->source_type);
  if (owner->record.record_key)
    options.record_key_field = SEERFLOW_STR(SEERFLOW_RECORD_KEY);

  /* If the store has little room, a call takes only a part of the batch. */
  while (status == SEERFLOW_STATUS_OK && written < self->batch->len)
    {
      seerflow_outcome outcome = SEERFLOW_OUTCOME_INIT;
      seerflow_result *result = NULL;
      seerflow_error *error = NULL;
      gsize consumed = 0;

      status = seerflow_store_write(owner->store, SEERFLOW_FORMAT_MSGPACK, self->batch->str + written,
                                    self->batch->len - written, &options, &consumed, &result, &error);
      written += consumed;
      seerflow_result_outcome(result, &outcome, NULL);
      stats_counter_add(owner->stored, outcome.committed);
      stats_counter_add(owner->duplicates, outcome.duplicates);
      stats_counter_add(owner->dead_letters, outcome.rejected);
      _log_rejections(owner, result, outcome.rejected);
      seerflow_result_destroy(result);

      if (status != SEERFLOW_STATUS_OK)
        seerflow_dd_log_error(owner, "seerflow: a batch could not be stored yet", error);
      if (status != SEERFLOW_STATUS_OK || written < self->batch->len)
        _acknowledge_stored(self, &outcome);
    }
  return status == SEERFLOW_STATUS_OK ? LTR_SUCCESS : LTR_NOT_CONNECTED;
}

/* LogThreadedDestWorker */

static LogThreadedResult
_flush(LogThreadedDestWorker *s, LogThreadedFlushMode mode)
{
  SeerflowDestWorker *self = (SeerflowDestWorker *) s;
  LogThreadedResult result;

  if (self->super.batch_size == 0)
    return LTR_SUCCESS;

  if (mode == LTF_FLUSH_EXPEDITE)
    result = LTR_RETRY;
  else
    result = _write_batch(self);

  if (result == LTR_SUCCESS)
    log_threaded_dest_driver_insert_batch_length_stats(self->super.owner, self->batch->len);
  g_string_truncate(self->batch, 0);
  return result;
}

static LogThreadedResult
_insert(LogThreadedDestWorker *s, LogMessage *msg)
{
  SeerflowDestWorker *self = (SeerflowDestWorker *) s;
  SeerflowDestDriver *owner = (SeerflowDestDriver *) self->super.owner;
  gsize length = self->batch->len;

  seerflow_record_append(self->batch, msg, &owner->record, self->super.seq_num);
  log_threaded_dest_driver_insert_msg_length_stats(self->super.owner, self->batch->len - length);

  if (self->batch->len >= BATCH_BYTES)
    return log_threaded_dest_worker_flush(&self->super, LTF_FLUSH_NORMAL);
  return LTR_QUEUED;
}

/* Runs in the worker's thread, after syslog-ng has forked. Until the database is open, messages wait in the queue. */
static gboolean
_connect(LogThreadedDestWorker *s)
{
  SeerflowDestDriver *owner = (SeerflowDestDriver *) s->owner;
  seerflow_call call = SEERFLOW_CALL_INIT;
  seerflow_error *error = NULL;

  call.timeout_ms = owner->timeout * 1000;
  if (seerflow_store_open(owner->store, &call, &error) == SEERFLOW_STATUS_OK)
    return TRUE;

  seerflow_dd_log_error(owner, "seerflow: the database cannot be opened yet", error);
  return FALSE;
}

static void
_free(LogThreadedDestWorker *s)
{
  SeerflowDestWorker *self = (SeerflowDestWorker *) s;

  g_string_free(self->batch, TRUE);
  log_threaded_dest_worker_free_method(s);
}

LogThreadedDestWorker *
seerflow_dw_new(LogThreadedDestDriver *owner, gint worker_index)
{
  SeerflowDestWorker *self = g_new0(SeerflowDestWorker, 1);

  log_threaded_dest_worker_init_instance(&self->super, owner, worker_index);
  self->super.connect = _connect;
  self->super.insert = _insert;
  self->super.flush = _flush;
  self->super.free_fn = _free;
  self->batch = g_string_new(NULL);
  return &self->super;
}
