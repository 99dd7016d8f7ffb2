#include "seerflow-dest.h"
#include "seerflow-dest-worker.h"
#include "seerflow-parser.h"

#include "cfg.h"
#include "messages.h"
#include "stats/stats-cluster-single.h"

#include "seerflow-compat.h"

/* One batch is one transaction, so larger batches cost less. */
#define DEFAULT_BATCH_LINES 1000
#define DEFAULT_TIMEOUT 5

/* Logging and errors */

void
seerflow_dd_log_error(SeerflowDestDriver *self, const gchar *failure, seerflow_error *error)
{
  msg_error(failure,
            evt_tag_str("driver", self->super.super.super.id),
            evt_tag_str("database", seerflow_store_path(self->store)),
            evt_tag_str("error", seerflow_error_message(error)),
            log_pipe_location_tag(&self->super.super.super.super));
  seerflow_error_destroy(error);
}

/* Runs on any thread, and must not call the library. */
static void
_forward_log_record(void *user_data, seerflow_log_level level, const gchar *text, gsize length)
{
  switch (level)
    {
    case SEERFLOW_LOG_LEVEL_ERROR:
      msg_error("seerflow", evt_tag_str("message", text));
      break;
    case SEERFLOW_LOG_LEVEL_WARNING:
      msg_warning("seerflow", evt_tag_str("message", text));
      break;
    case SEERFLOW_LOG_LEVEL_INFO:
      msg_verbose("seerflow", evt_tag_str("message", text));
      break;
    default:
      msg_debug("seerflow", evt_tag_str("message", text));
      break;
    }
}

/* Returns whether the status is OK. If it is not, moves the library's error to a GError. */
static gboolean
_check(seerflow_status status, seerflow_error *seerflow_error, GError **error)
{
  if (status == SEERFLOW_STATUS_OK)
    return TRUE;

  g_set_error_literal(error, g_quark_from_static_string("seerflow"), status, seerflow_error_message(seerflow_error));
  seerflow_error_destroy(seerflow_error);
  return FALSE;
}

/* Options */

gboolean
seerflow_dd_set_option(LogDriver *d, const gchar *key, const gchar *value, GError **error)
{
  SeerflowDestDriver *self = (SeerflowDestDriver *) d;
  seerflow_error *refusal = NULL;

  return _check(seerflow_config_set(self->config, key, value, &refusal), refusal, error);
}

gboolean
seerflow_dd_set_path(LogDriver *d, const gchar *path, GError **error)
{
  return seerflow_dd_set_option(d, "storage.backend", "sqlite", error)
         && seerflow_dd_set_option(d, "storage.sqlite_path", path, error);
}

gboolean
seerflow_dd_set_dsn(LogDriver *d, const gchar *dsn, GError **error)
{
  return seerflow_dd_set_option(d, "storage.backend", "postgresql", error)
         && seerflow_dd_set_option(d, "storage.postgresql_url", dsn, error);
}

gboolean
seerflow_dd_set_config_file(LogDriver *d, const gchar *file, GError **error)
{
  SeerflowDestDriver *self = (SeerflowDestDriver *) d;
  seerflow_error *refusal = NULL;

  return _check(seerflow_config_load_file(self->config, file, &refusal), refusal, error);
}

void
seerflow_dd_set_template(LogDriver *d, LogTemplate *message)
{
  SeerflowDestDriver *self = (SeerflowDestDriver *) d;

  log_template_unref(self->record.message);
  self->record.message = message;
}

void
seerflow_dd_set_record_key(LogDriver *d, LogTemplate *record_key)
{
  SeerflowDestDriver *self = (SeerflowDestDriver *) d;

  log_template_unref(self->record.record_key);
  self->record.record_key = record_key;
}

void
seerflow_dd_set_value_pairs(LogDriver *d, ValuePairs *value_pairs)
{
  SeerflowDestDriver *self = (SeerflowDestDriver *) d;

  value_pairs_unref(self->record.value_pairs);
  self->record.value_pairs = value_pairs;
}

void
seerflow_dd_set_source_type(LogDriver *d, const gchar *source_type)
{
  SeerflowDestDriver *self = (SeerflowDestDriver *) d;

  g_free(self->source_type);
  self->source_type = g_strdup(source_type);
}

void
seerflow_dd_set_parse(LogDriver *d, gboolean parse)
{
  SeerflowDestDriver *self = (SeerflowDestDriver *) d;

  self->parse = parse ? SEERFLOW_PARSE_ALWAYS : SEERFLOW_PARSE_NEVER;
}

void
seerflow_dd_set_timeout(LogDriver *d, gint seconds)
{
  SeerflowDestDriver *self = (SeerflowDestDriver *) d;

  self->timeout = seconds;
}

LogTemplateOptions *
seerflow_dd_get_template_options(LogDriver *d)
{
  SeerflowDestDriver *self = (SeerflowDestDriver *) d;

  return &self->record.template_options;
}

/* Names */

static const gchar *
_format_stats_instance(LogThreadedDestDriver *d)
{
  static gchar instance[1024];
  SeerflowDestDriver *self = (SeerflowDestDriver *) d;

  if (d->super.super.super.persist_name)
    g_snprintf(instance, sizeof(instance), "seerflow,%s", d->super.super.super.persist_name);
  else
    g_snprintf(instance, sizeof(instance), "seerflow,%s", seerflow_store_path(self->store));
  return instance;
}

#if SEERFLOW_FOR_SYSLOG_NG_4
static const gchar *
_format_stats_key(LogThreadedDestDriver *d, StatsClusterKeyBuilder *builder)
{
  stats_cluster_key_builder_add_label(builder, stats_cluster_label("driver", "seerflow"));
  stats_cluster_key_builder_add_label(builder, stats_cluster_label("database", seerflow_store_path(((SeerflowDestDriver *) d)->store)));
  return _format_stats_instance(d);
}
#endif

static const gchar *
_format_persist_name(const LogPipe *d)
{
  static gchar persist_name[1024];
  SeerflowDestDriver *self = (SeerflowDestDriver *) d;

  if (d->persist_name)
    g_snprintf(persist_name, sizeof(persist_name), "seerflow.%s", d->persist_name);
  else
    g_snprintf(persist_name, sizeof(persist_name), "seerflow(%s)", seerflow_store_path(self->store));
  return persist_name;
}

/* Statistics */

typedef struct _SeerflowCounter
{
  const gchar *name;
  StatsCounterItem **item;
} SeerflowCounter;

static void
_foreach_counter(SeerflowDestDriver *self, void (*visit)(const StatsClusterKey *key, StatsCounterItem **item))
{
  SeerflowCounter counters[] =
  {
    { "stored", &self->stored },
    { "duplicates", &self->duplicates },
    { "dead_letters", &self->dead_letters },
  };

  stats_lock();
  for (gint i = 0; i < G_N_ELEMENTS(counters); i++)
    {
      StatsClusterKey key;

      stats_cluster_single_key_set_with_name(&key, self->super.stats_source | SCS_DESTINATION,
                                             self->super.super.super.id,
                                             _format_stats_instance(&self->super), counters[i].name);
      visit(&key, counters[i].item);
    }
  stats_unlock();
}

static void
_register_counter(const StatsClusterKey *key, StatsCounterItem **item)
{
  stats_register_counter(0, key, SC_TYPE_SINGLE_VALUE, item);
}

static void
_unregister_counter(const StatsClusterKey *key, StatsCounterItem **item)
{
  stats_unregister_counter(key, SC_TYPE_SINGLE_VALUE, item);
}

/* Life cycle */

/* Validates the options. The worker opens the database. Destinations with the same database share one store. */
static gboolean
_create_store(SeerflowDestDriver *self)
{
  seerflow_error *error = NULL;

  if (seerflow_store_shared(self->config, &self->store, &error) == SEERFLOW_STATUS_OK)
    return TRUE;

  seerflow_dd_log_error(self, "seerflow: the options of the destination are not valid", error);
  return FALSE;
}

static gboolean
_init(LogPipe *s)
{
  SeerflowDestDriver *self = (SeerflowDestDriver *) s;
  GlobalConfig *cfg = log_pipe_get_config(s);

  if (!_create_store(self))
    return FALSE;

  log_template_options_init(&self->record.template_options, cfg);

  if (!log_threaded_dest_driver_init_method(s))
    return FALSE;

  if (!cfg->use_uniqid && !self->record.record_key)
    msg_warning("seerflow: messages have no unique id, so those that are sent again after a crash are stored twice; "
                "set use-uniqid(yes) in the global options",
                evt_tag_str("driver", self->super.super.super.id),
                log_pipe_location_tag(s));

  log_threaded_dest_driver_register_aggregated_stats(&self->super);
  _foreach_counter(self, _register_counter);
  return TRUE;
}

/* Closes the store, so that a new configuration may open it with other options. */
static gboolean
_deinit(LogPipe *s)
{
  SeerflowDestDriver *self = (SeerflowDestDriver *) s;

  _foreach_counter(self, _unregister_counter);
  log_threaded_dest_driver_unregister_aggregated_stats(&self->super);
  if (!log_threaded_dest_driver_deinit_method(s))
    return FALSE;

  seerflow_store_destroy(self->store);
  self->store = NULL;
  return TRUE;
}

static void
_free(LogPipe *s)
{
  SeerflowDestDriver *self = (SeerflowDestDriver *) s;

  seerflow_store_destroy(self->store); /* if init() failed */
  seerflow_config_destroy(self->config);
  g_free(self->source_type);
  value_pairs_unref(self->record.value_pairs);
  log_template_unref(self->record.record_key);
  log_template_unref(self->record.message);
  log_template_options_destroy(&self->record.template_options);
  log_threaded_dest_driver_free(s);
}

LogDriver *
seerflow_dd_new(GlobalConfig *cfg)
{
  SeerflowDestDriver *self = g_new0(SeerflowDestDriver, 1);

  log_threaded_dest_driver_init_instance(&self->super, cfg);
  self->super.super.super.super.init = _init;
  self->super.super.super.super.deinit = _deinit;
  self->super.super.super.super.free_fn = _free;
  self->super.super.super.super.generate_persist_name = _format_persist_name;
#if SEERFLOW_FOR_SYSLOG_NG_4
  self->super.format_stats_key = _format_stats_key;
#else
  self->super.format_stats_instance = _format_stats_instance;
#endif
  self->super.stats_source = stats_register_type("seerflow");
  self->super.worker.construct = seerflow_dw_new;
  self->super.batch_lines = DEFAULT_BATCH_LINES;
  self->timeout = DEFAULT_TIMEOUT;
  log_template_options_defaults(&self->record.template_options);

  /* These fail only for invalid arguments. */
  seerflow_config_new(&self->config, NULL);
  seerflow_config_set_log(self->config, debug_flag ? SEERFLOW_LOG_LEVEL_DEBUG : SEERFLOW_LOG_LEVEL_INFO, _forward_log_record,
                          NULL, NULL);
  return &self->super.super.super;
}
