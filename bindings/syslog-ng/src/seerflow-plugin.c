#include "seerflow-parser.h"

#include "plugin.h"
#include "plugin-types.h"

#include <gmodule.h>

static Plugin seerflow_plugins[] =
{
  {
    .type = LL_CONTEXT_DESTINATION,
    .name = "seerflow",
    .parser = &seerflow_dest_parser,
  },
};

G_MODULE_EXPORT gboolean
seerflow_module_init(PluginContext *context, CfgArgs *args)
{
  plugin_register(context, seerflow_plugins, G_N_ELEMENTS(seerflow_plugins));
  return TRUE;
}

G_MODULE_EXPORT const ModuleInfo module_info =
{
  .canonical_name = "seerflow",
  .version = SYSLOG_NG_VERSION,
  .description = "The seerflow module stores messages in the SQLite or PostgreSQL database of Seerflow.",
  .core_revision = SYSLOG_NG_SOURCE_REVISION,
  .plugins = seerflow_plugins,
  .plugins_len = G_N_ELEMENTS(seerflow_plugins),
};
