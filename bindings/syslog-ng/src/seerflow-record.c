/* A record has the fields of the syslog header under names that the library knows, then the name-value pairs of the message with
 * their types. The library turns these keys into fields of the event: docs/shippers.md lists them.
 *
 * The key of each field is one that the library prefers less than the usual names. A program's own `host` or `message`, parsed
 * from its JSON, therefore becomes the field of the event, and the syslog value stays an attribute. */

#include "seerflow-record.h"
#include "seerflow-msgpack.h"

#include "scanner/list-scanner/list-scanner.h"
#include "scratch-buffers.h"
#include "str-utils.h"

#include "seerflow-compat.h"

#define KEY(text) (text), sizeof(text) - 1

typedef struct _SeerflowRecord
{
  GString *out;
  guint32 fields;
  gboolean has_event_id;
} SeerflowRecord;

/* Fields */

static void
_append_key(SeerflowRecord *self, const gchar *key, gsize length)
{
  msgpack_append_text(self->out, key, length);
  self->fields++;
}

static void
_append_text(SeerflowRecord *self, const gchar *key, gsize key_length, const gchar *text, gsize length)
{
  if (length == 0)
    return;

  _append_key(self, key, key_length);
  msgpack_append_text(self->out, text, length);
}

static void
_append_int(SeerflowRecord *self, const gchar *key, gsize key_length, gint64 value)
{
  _append_key(self, key, key_length);
  msgpack_append_int(self->out, value);
}

/* Leaves out a time that 64 bits of nanoseconds cannot express, which is one after the year 2262. */
static void
_append_time(SeerflowRecord *self, const gchar *key, gsize key_length, const UnixTime *time)
{
  if (ABS(time->ut_sec) < G_MAXINT64 / 1000000000)
    _append_int(self, key, key_length, time->ut_sec * 1000000000 + (gint64) time->ut_usec * 1000);
}

static void
_append_message_value(SeerflowRecord *self, const gchar *key, gsize key_length, LogMessage *msg, NVHandle handle)
{
  gssize length;
  const gchar *value = log_msg_get_value(msg, handle, &length);

  _append_text(self, key, key_length, value, length);
}

static void
_append_template(SeerflowRecord *self, const gchar *key, gsize key_length, LogTemplate *template, LogMessage *msg,
                 LogTemplateEvalOptions *options)
{
  GString *text = scratch_buffers_alloc();

  log_template_format(template, msg, options, text);
  _append_text(self, key, key_length, text->str, text->len);
}

/* Name-value pairs */

static void
_append_list(GString *out, const gchar *value, gsize length)
{
  gsize position = msgpack_begin_array(out);
  guint32 items = 0;
  ListScanner scanner;

  list_scanner_init(&scanner);
  list_scanner_input_string(&scanner, value, length);
  for (; list_scanner_scan_next(&scanner); items++)
    msgpack_append_text(out, list_scanner_get_current_value(&scanner), list_scanner_get_current_value_len(&scanner));
  list_scanner_deinit(&scanner);
  msgpack_end(out, position, items);
}

/* Appends a value with its type, or as text if it cannot be converted to the type. `value` is NUL-terminated. */
static void
_append_typed(GString *out, LogMessageValueType type, const gchar *value, gsize length)
{
  gint64 integer;
  gdouble number;
  gboolean boolean;

  switch (type)
    {
    case LM_VT_INT32:
    case LM_VT_INT64:
      if (type_cast_to_int64(value, &integer, NULL))
        return msgpack_append_int(out, integer);
      break;
    case LM_VT_DOUBLE:
      if (type_cast_to_double(value, &number, NULL))
        return msgpack_append_double(out, number);
      break;
    case LM_VT_BOOLEAN:
      if (type_cast_to_boolean(value, &boolean, NULL))
        return msgpack_append_boolean(out, boolean);
      break;
    case LM_VT_LIST:
      return _append_list(out, value, length);
    case LM_VT_NULL:
      return msgpack_append_nil(out);
    default:
      break;
    }
  msgpack_append_text(out, value, length);
}

static gboolean
_append_pair(const gchar *name, LogMessageValueType type, const gchar *value, gsize length, gpointer user_data)
{
  SeerflowRecord *self = (SeerflowRecord *) user_data;

  /* The parameter `b` of the element `a` is `a.b`, as in a line that the library itself parses. */
  if (strncmp(name, logmsg_sd_prefix, logmsg_sd_prefix_len) == 0)
    name += logmsg_sd_prefix_len;

  APPEND_ZERO(value, value, length);
  _append_key(self, name, strlen(name));
  _append_typed(self->out, type, value, length);
  self->has_event_id |= strcmp(name, "event_id") == 0 && g_uuid_string_is_valid(value);
  return FALSE;
}

/* Values that the header of the record contains, or that only help syslog-ng to print the message. */
static gboolean
_is_header(NVHandle handle)
{
  switch (handle)
    {
    case LM_V_HOST:
    case LM_V_HOST_FROM:
    case LM_V_MESSAGE:
    case LM_V_PROGRAM:
    case LM_V_PID:
    case LM_V_MSGID:
    case LM_V_SOURCE:
    case LM_V_LEGACY_MSGHDR:
      return TRUE;
    default:
      return log_msg_is_handle_match(handle);
    }
}

static gboolean
_append_nv_pair(NVHandle handle, const gchar *name, const gchar *value, gssize length, NVType type, gpointer user_data)
{
  if (_is_header(handle) || (length == 0 && type != LM_VT_NULL))
    return FALSE;

  return _append_pair(name, type, value, length, user_data);
}

/* Tags */

typedef struct _SeerflowTags
{
  GString *out;
  guint32 items;
} SeerflowTags;

/* Skips the tags that syslog-ng adds itself, such as `.source.s_net`. */
static gboolean
_append_tag(const LogMessage *msg, LogTagId tag, const gchar *name, gpointer user_data)
{
  SeerflowTags *self = (SeerflowTags *) user_data;

  if (name[0] != '.')
    {
      msgpack_append_text(self->out, name, strlen(name));
      self->items++;
    }
  return TRUE;
}

static void
_append_tags(SeerflowRecord *self, const LogMessage *msg)
{
  SeerflowTags tags = { .out = self->out };
  gsize position;

  _append_key(self, KEY("tags"));
  position = msgpack_begin_array(self->out);
  log_msg_tags_foreach(msg, _append_tag, &tags);
  msgpack_end(self->out, position, tags.items);
}

/* The id of the event */

/* Makes a version 7 UUID of the time at which syslog-ng received the message, its RCPTID and the id of this syslog-ng. A message
 * that is sent again has the same id, also after a restart. Ids are in the order of time, which makes inserts cheap. The time
 * keeps an id unique if a loss of power sets back the counter of RCPTIDs. */
static void
_append_event_id(SeerflowRecord *self, const LogMessage *msg)
{
  const UnixTime *received = &msg->timestamps[LM_TS_RECVD];
  guint64 milliseconds = (guint64) received->ut_sec * 1000 + received->ut_usec / 1000;
  gchar uuid[37];

  g_snprintf(uuid, sizeof(uuid), "%08x-%04x-7%03x-%04x-%04x%08x",
             (guint32) (milliseconds >> 16), (guint32) milliseconds & 0xffff,
             (guint32) (msg->rcptid >> 30) & 0xfff,
             0x8000 | ((guint32) (msg->rcptid >> 16) & 0x3fff),
             (guint32) msg->rcptid & 0xffff, msg->host_id);
  _append_text(self, KEY("event_id"), uuid, sizeof(uuid) - 1);
}

void
seerflow_record_append(GString *batch, LogMessage *msg, const SeerflowRecordOptions *options, gint32 seq_num)
{
  LogTemplateEvalOptions eval_options = { &options->template_options, LTZ_SEND, seq_num, NULL, LM_VT_STRING };
  SeerflowRecord self = { .out = batch };
  gsize position = msgpack_begin_map(batch);

  _append_time(&self, KEY("timestamp_ns"), &msg->timestamps[LM_TS_STAMP]);
  _append_time(&self, KEY("observed_ns"), &msg->timestamps[LM_TS_RECVD]);
  _append_int(&self, KEY("syslog_pri"), msg->pri);
  _append_int(&self, KEY("syslog_facility"), msg->pri >> 3);
  _append_message_value(&self, KEY("syslog_hostname"), msg, LM_V_HOST);
  _append_message_value(&self, KEY("ident"), msg, LM_V_PROGRAM);
  _append_message_value(&self, KEY("syslog_pid"), msg, LM_V_PID);
  _append_message_value(&self, KEY("msgid"), msg, LM_V_MSGID);
  _append_tags(&self, msg);

  if (options->value_pairs)
    value_pairs_foreach(options->value_pairs, _append_pair, msg, &eval_options, &self);
  else
    log_msg_values_foreach(msg, _append_nv_pair, &self);

  if (options->message)
    _append_template(&self, KEY("log_message"), options->message, msg, &eval_options);
  else
    _append_message_value(&self, KEY("log_message"), msg, LM_V_MESSAGE);
  if (options->record_key)
    _append_template(&self, KEY(SEERFLOW_RECORD_KEY), options->record_key, msg, &eval_options);
  else if (msg->rcptid != 0 && !self.has_event_id)
    _append_event_id(&self, msg);

  msgpack_end(batch, position, self.fields);
}
