/* The state of an action and of its workers, shared by the files of omseerflow.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef OMSEERFLOW_H
#define OMSEERFLOW_H

#include "config.h"
#include "rsyslog.h"
#include <stdbool.h>
#include <seerflow.h>
#include "grammar/rainerscript.h"
#include "statsobj.h"
#include "syslogd-types.h"
#include "batch.h"

/* The templates that the module defines. */
#define RECORD_TEMPLATE_NAME " SeerflowRecord"
#define UUID_TEMPLATE_NAME " SeerflowUuid"

typedef struct _instanceData {
	char *tplName;			/* renders a record: a JSON object */
	char *keyTplName;		/* renders the record key, or NULL */
	char *sourceType;
	seerflow_parse parse;
	int64_t timeoutMs;
	int64_t shutdownTimeoutMs;
	seerflow_store *store;
	statsobj_t *stats;
	STATSCOUNTER_DEF(ctrStored, mutCtrStored)
	STATSCOUNTER_DEF(ctrDuplicates, mutCtrDuplicates)
	STATSCOUNTER_DEF(ctrDeadLetters, mutCtrDeadLetters)
	STATSCOUNTER_DEF(ctrTransactions, mutCtrTransactions)
	STATSCOUNTER_DEF(ctrFailures, mutCtrFailures)
} instanceData;

typedef struct wrkrInstanceData {
	instanceData *pData;
	struct batch batch;		/* the current transaction, or the one that failed and is replayed */
	struct batch replay;
	bool bHeld;			/* rsyslogd does not yet know that all of `batch` is stored */
	bool bInDoubt;			/* bytes before `written` may be in a running transaction */
	size_t written;			/* the bytes of `batch` that are stored or in a transaction */
	seerflow_status lastStatus;	/* of the last write, to report each failure once */
	int64_t shutdownBeganMs;	/* 0 until a write fails while rsyslogd shuts down */
} wrkrInstanceData_t;

/* omseerflow.c */

/* Returns whether rsyslogd has ended its inputs, to shut down. */
bool isShuttingDown(void);

/* params.c */

/* The parameters of an action. */
extern struct cnfparamblk actpblk;

/* Builds the table of parameters: those of this module, and the options of the library. */
rsRetVal createParams(void);
void freeParams(void);

/* Reads the parameters of an action and creates its store. The store opens nothing and starts no thread before the first write,
 * because rsyslogd forks after this.
 */
rsRetVal createStore(instanceData *pData, struct cnfparamvals *pvals);

/* delivery.c */

/* Renders the messages of a transaction to `batch`. */
rsRetVal renderBatch(const instanceData *pData, struct batch *batch, actWrkrIParams_t *pParams, unsigned nParams);

/* Returns whether commits fail at present, without an attempt to write. */
bool isDegraded(const instanceData *pData);

/* Stores the worker's batch, and returns RS_RET_OK when all of it is committed, or RS_RET_SUSPENDED. */
rsRetVal storeBatch(wrkrInstanceData_t *pWrkrData);

#endif
