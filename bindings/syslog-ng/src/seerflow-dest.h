/* The destination seerflow(): its options, its store and its counters. */

#ifndef SEERFLOW_DEST_H_INCLUDED
#define SEERFLOW_DEST_H_INCLUDED

#include "logthrdest/logthrdestdrv.h"
#include "template/templates.h"
#include "value-pairs/value-pairs.h"

#include <seerflow.h>

/* The part of the options that decides how a message becomes a record. */
typedef struct _SeerflowRecordOptions
{
  LogTemplateOptions template_options;
  LogTemplate *message;     /* NULL: ${MESSAGE} */
  LogTemplate *record_key;  /* NULL: made of the unique id */
  ValuePairs *value_pairs;  /* NULL: all name-value pairs of the message */
} SeerflowRecordOptions;

typedef struct _SeerflowDestDriver
{
  LogThreadedDestDriver super;
  SeerflowRecordOptions record;
  gchar *source_type;
  seerflow_parse parse;
  gint timeout; /* seconds */

  seerflow_config *config;
  seerflow_store *store; /* from init() to deinit() */

  StatsCounterItem *stored;
  StatsCounterItem *duplicates;
  StatsCounterItem *dead_letters;
} SeerflowDestDriver;

LogDriver *seerflow_dd_new(GlobalConfig *cfg);

/* These return FALSE and set the error if the library refuses the value. */
gboolean seerflow_dd_set_option(LogDriver *d, const gchar *key, const gchar *value, GError **error);
gboolean seerflow_dd_set_path(LogDriver *d, const gchar *path, GError **error);
gboolean seerflow_dd_set_dsn(LogDriver *d, const gchar *dsn, GError **error);
gboolean seerflow_dd_set_config_file(LogDriver *d, const gchar *file, GError **error);

void seerflow_dd_set_template(LogDriver *d, LogTemplate *message);
void seerflow_dd_set_record_key(LogDriver *d, LogTemplate *record_key);
void seerflow_dd_set_value_pairs(LogDriver *d, ValuePairs *value_pairs);
void seerflow_dd_set_source_type(LogDriver *d, const gchar *source_type);
void seerflow_dd_set_parse(LogDriver *d, gboolean parse);
void seerflow_dd_set_timeout(LogDriver *d, gint seconds);
LogTemplateOptions *seerflow_dd_get_template_options(LogDriver *d);

/* Logs what failed and why, and destroys the error. */
void seerflow_dd_log_error(SeerflowDestDriver *self, const gchar *failure, seerflow_error *error);

#endif
