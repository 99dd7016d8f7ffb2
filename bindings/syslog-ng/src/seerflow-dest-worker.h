/* The thread of a destination, which writes batches to the store. */

#ifndef SEERFLOW_DEST_WORKER_H_INCLUDED
#define SEERFLOW_DEST_WORKER_H_INCLUDED

#include "logthrdest/logthrdestdrv.h"

LogThreadedDestWorker *seerflow_dw_new(LogThreadedDestDriver *owner, gint worker_index);

#endif
