#include "seerflow-parser.h"
#include "seerflow-grammar.h"

int seerflow_dest_parse(CfgLexer *lexer, LogDriver **instance, gpointer arg);

static CfgLexerKeyword seerflow_dest_keywords[] =
{
  { "seerflow", KW_SEERFLOW },
  { "path", KW_PATH },
  { "dsn", KW_DSN },
  { "config_file", KW_CONFIG_FILE },
  { "option", KW_OPTION },
  { "record_key", KW_RECORD_KEY },
  { "source_type", KW_SOURCE_TYPE },
  { "parse", KW_PARSE },
  { "timeout", KW_TIMEOUT },
  { NULL }
};

CfgParser seerflow_dest_parser =
{
  .name = "seerflow",
  .keywords = seerflow_dest_keywords,
  .parse = (gint (*)(CfgLexer *, gpointer *, gpointer)) seerflow_dest_parse,
  .cleanup = (void (*)(gpointer)) log_pipe_unref,
};

CFG_PARSER_IMPLEMENT_LEXER_BINDING(seerflow_dest_, SEERFLOW_DEST_, LogDriver **)
