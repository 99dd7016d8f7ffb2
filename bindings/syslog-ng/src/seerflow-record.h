/* Converts messages to records of the store. */

#ifndef SEERFLOW_RECORD_H_INCLUDED
#define SEERFLOW_RECORD_H_INCLUDED

#include "seerflow-dest.h"

/* The key of a record under which the output of record-key() is written. */
#define SEERFLOW_RECORD_KEY "syslog-ng.record_key"

/* Appends a message as one msgpack map. */
void seerflow_record_append(GString *batch, LogMessage *msg, const SeerflowRecordOptions *options, gint32 seq_num);

#endif
