#ifndef SEERFLOW_PARSER_H_INCLUDED
#define SEERFLOW_PARSER_H_INCLUDED

#include "cfg-parser.h"
#include "driver.h"

extern CfgParser seerflow_dest_parser;

CFG_PARSER_DECLARE_LEXER_BINDING(seerflow_dest_, SEERFLOW_DEST_, LogDriver **)

#endif
