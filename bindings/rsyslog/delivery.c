/* Stores the batch of a worker: durable writes, and what happens if they fail.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include "omseerflow.h"

#include <time.h>
#include "errmsg.h"
#include "srUtils.h"

/* The pause between two attempts to store a batch while rsyslogd shuts down. */
#define SHUTDOWN_RETRY_MS 100
/* How long a write waits before it asks whether commits fail. The library finds that out within 250 ms. */
#define STEP_MS 300

static int64_t
nowMs(void)
{
	struct timespec clock;

	clock_gettime(CLOCK_MONOTONIC, &clock);
	return clock.tv_sec * INT64_C(1000) + clock.tv_nsec / 1000000;
}

/* Returns whether rsyslogd shuts down and may still wait for a held batch. Sleeps before the next attempt.
 *
 * rsyslogd marks messages as processed before it calls commitTransaction. If it shuts down while the call fails, it deletes
 * them from their queue (https://github.com/rsyslog/rsyslog/issues/5364). Therefore the module does not return during a
 * shutdown until the batch is stored or the time is over.
 */
static bool
awaitNextAttempt(wrkrInstanceData_t *const pWrkrData)
{
	const int64_t limit = pWrkrData->pData->shutdownTimeoutMs;
	const int64_t now = nowMs();

	if(!isShuttingDown())
		return false;
	if(pWrkrData->shutdownBeganMs == 0)
		pWrkrData->shutdownBeganMs = now;
	if(limit >= 0 && now - pWrkrData->shutdownBeganMs >= limit)
		return false;
	srSleep(0, SHUTDOWN_RETRY_MS * 1000);
	return true;
}

/* Reports a failed write, unless the write before it failed for the same reason. */
static void
reportFailure(wrkrInstanceData_t *const pWrkrData, const seerflow_status status, const seerflow_error *const error)
{
	if(status != pWrkrData->lastStatus) {
		LogError(0, RS_RET_SUSPENDED, "omseerflow: cannot store messages in %s: %s",
			seerflow_store_path(pWrkrData->pData->store), seerflow_error_message(error));
	}
	pWrkrData->lastStatus = status;
}

static void
countOutcome(instanceData *const pData, const seerflow_result *const result)
{
	seerflow_outcome outcome = SEERFLOW_OUTCOME_INIT;
	seerflow_rejection rejection = SEERFLOW_REJECTION_INIT;

	if(seerflow_result_outcome(result, &outcome, NULL) != SEERFLOW_STATUS_OK)
		return; /* the write accepted nothing */
	STATSCOUNTER_ADD(pData->ctrStored, pData->mutCtrStored, outcome.committed);
	STATSCOUNTER_ADD(pData->ctrDuplicates, pData->mutCtrDuplicates, outcome.duplicates);
	STATSCOUNTER_ADD(pData->ctrDeadLetters, pData->mutCtrDeadLetters, outcome.rejected);
	if(seerflow_list_rejection_at(seerflow_result_rejections(result), 0, &rejection, NULL) == SEERFLOW_STATUS_OK) {
		DBGPRINTF("omseerflow: %llu records became dead letters; the first: %.*s\n",
			(unsigned long long) outcome.rejected, (int) rejection.reason.len, rejection.reason.data);
	}
}

bool
isDegraded(const instanceData *const pData)
{
	seerflow_health health = SEERFLOW_HEALTH_INIT;

	return seerflow_store_health(pData->store, &health, NULL) == SEERFLOW_STATUS_OK
		&& health.state == SEERFLOW_STATE_DEGRADED;
}

/* Writes the rest of the batch, and waits for its commit. */
static seerflow_status
writeRest(wrkrInstanceData_t *const pWrkrData, const int64_t timeoutMs, seerflow_error **const error)
{
	instanceData *const pData = pWrkrData->pData;
	seerflow_call call = SEERFLOW_CALL_INIT;
	seerflow_write_options options = SEERFLOW_WRITE_OPTIONS_INIT;
	seerflow_status status = SEERFLOW_STATUS_OK;

	call.timeout_ms = timeoutMs;
	options.durable = true;
	options.withdraw = true;
	options.complete = true;
	options.call = &call;
	options.parse = pData->parse;
	if(pData->keyTplName != NULL)
		options.record_key_field = SEERFLOW_STR(BATCH_KEY_FIELD);
	if(pData->sourceType != NULL)
		options.source_type = SEERFLOW_STR(pData->sourceType);

	while(status == SEERFLOW_STATUS_OK && pWrkrData->written < pWrkrData->batch.len) {
		size_t consumed = 0;
		seerflow_result *result = NULL;
		status = seerflow_store_write(pData->store, SEERFLOW_FORMAT_NDJSON, pWrkrData->batch.data + pWrkrData->written,
			pWrkrData->batch.len - pWrkrData->written, &options, &consumed, &result, error);
		/* After an error, events before `consumed` may be in a running transaction. seerflow_store_flush waits for it. */
		pWrkrData->bInDoubt |= status != SEERFLOW_STATUS_OK && consumed > 0;
		pWrkrData->written += consumed;
		countOutcome(pData, result);
		seerflow_result_destroy(result);
	}
	if(status == SEERFLOW_STATUS_OK && pWrkrData->bInDoubt)
		status = seerflow_store_flush(pData->store, &call, error);
	return status;
}

/* Stores the rest of the batch, and returns RS_RET_OK when all of it is committed. Does not wait while commits are known to fail. */
static rsRetVal
writeBatch(wrkrInstanceData_t *const pWrkrData)
{
	instanceData *const pData = pWrkrData->pData;
	const int64_t deadline = nowMs() + pData->timeoutMs;
	seerflow_status status = SEERFLOW_STATUS_OK;
	seerflow_error *error = NULL;
	DEFiRet;

	if(pWrkrData->written == pWrkrData->batch.len && !pWrkrData->bInDoubt)
		FINALIZE;
	if(isDegraded(pData))
		ABORT_FINALIZE(RS_RET_SUSPENDED);
	do {
		const int64_t left = deadline - nowMs();
		seerflow_error_destroy(error);
		error = NULL;
		status = writeRest(pWrkrData, left < STEP_MS ? (left < 0 ? 0 : left) : STEP_MS, &error);
	} while((status == SEERFLOW_STATUS_TIMEOUT || status == SEERFLOW_STATUS_AGAIN) && nowMs() < deadline && !isDegraded(pData));
	if(status == SEERFLOW_STATUS_OK) {
		pWrkrData->bInDoubt = false;
		pWrkrData->lastStatus = status;
		STATSCOUNTER_INC(pData->ctrTransactions, pData->mutCtrTransactions);
	} else {
		reportFailure(pWrkrData, status, error);
		STATSCOUNTER_INC(pData->ctrFailures, pData->mutCtrFailures);
		iRet = RS_RET_SUSPENDED;
	}
finalize_it:
	seerflow_error_destroy(error);
	RETiRet;
}

rsRetVal
storeBatch(wrkrInstanceData_t *const pWrkrData)
{
	DEFiRet;
	do {
		iRet = writeBatch(pWrkrData);
	} while(iRet != RS_RET_OK && awaitNextAttempt(pWrkrData));
	RETiRet;
}

rsRetVal
renderBatch(const instanceData *const pData, struct batch *const batch, actWrkrIParams_t *const pParams, const unsigned nParams)
{
	const int nTpls = pData->keyTplName == NULL ? 1 : 2;
	DEFiRet;

	batch_clear(batch);
	for(unsigned i = 0 ; i < nParams ; ++i) {
		const actWrkrIParams_t *const record = &actParam(pParams, nTpls, i, 0);
		const actWrkrIParams_t *const key = nTpls == 1 ? NULL : &actParam(pParams, nTpls, i, 1);
		if(!batch_add(batch, (char*) record->param, record->lenStr,
			      key == NULL ? NULL : (char*) key->param, key == NULL ? 0 : key->lenStr)) {
			ABORT_FINALIZE(RS_RET_SUSPENDED); /* any other error would lose the messages */
		}
	}
finalize_it:
	RETiRet;
}
