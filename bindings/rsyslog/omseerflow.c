/* omseerflow.c
 * An output module that stores messages in the database of Seerflow (SQLite or PostgreSQL) through libseerflow.
 *
 * NOTE: read comments in module-template.h to understand how this file works!
 *
 * A transaction of rsyslog is one durable write of NDJSON. Records that cannot be stored as events become dead letters of the
 * store; every other failure suspends the action, so rsyslog keeps its messages. The module never returns RS_RET_DATAFAIL.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include "omseerflow.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "conf.h"
#include "template.h"
#include "module-template.h"
#include "errmsg.h"
#include "glbl.h"
#include "unicode-helper.h"

MODULE_TYPE_OUTPUT
MODULE_TYPE_NOKEEP
MODULE_CNFNAME("omseerflow")

DEF_OMOD_STATIC_DATA
DEFobjCurrIf(glbl)
DEFobjCurrIf(statsobj)

/* The default template: the properties of a message under names that libseerflow knows. */
static const char recordTemplate[] =
	"\"{\\\"timestamp\\\":\\\"%timereported:::date-rfc3339%\\\",%hostname:::jsonf%,\\\"syslogseverity\\\":%syslogseverity%,"
	"\\\"facility\\\":\\\"%syslogfacility-text%\\\",\\\"app-name\\\":\\\"%programname:::json%\\\",%procid:::jsonf%,"
	"%msgid:::jsonf%,%structured-data:::jsonf%,%fromhost-ip:::jsonf%,"
	"\\\"message\\\":\\\"%msg:::json%\\\"}\"";

static const char uuidTemplate[] = "\"%uuid%\"";

bool
isShuttingDown(void)
{
	return glbl.GetGlobalInputTermState() == 1;
}

BEGINinitConfVars
CODESTARTinitConfVars
ENDinitConfVars

BEGINcreateInstance
CODESTARTcreateInstance
	pData->timeoutMs = 2000;
	pData->shutdownTimeoutMs = 60000;
ENDcreateInstance

BEGINcreateWrkrInstance
CODESTARTcreateWrkrInstance
ENDcreateWrkrInstance

BEGINisCompatibleWithFeature
CODESTARTisCompatibleWithFeature
	if(eFeat == sFEATURERepeatedMsgReduction)
		iRet = RS_RET_OK;
ENDisCompatibleWithFeature

BEGINfreeInstance
CODESTARTfreeInstance
	if(pData->stats != NULL)
		statsobj.Destruct(&pData->stats);
	seerflow_store_destroy(pData->store);
	free(pData->tplName);
	free(pData->keyTplName);
	free(pData->sourceType);
ENDfreeInstance

BEGINfreeWrkrInstance
CODESTARTfreeWrkrInstance
	/* rsyslogd may end a worker without calling commitTransaction again; see awaitNextAttempt */
	if(pWrkrData->bHeld && isShuttingDown() && storeBatch(pWrkrData) != RS_RET_OK) {
		LogError(0, RS_RET_SUSPENDED, "omseerflow: %zu messages were not stored before shutdowntimeout ended",
			pWrkrData->batch.count);
	}
	batch_free(&pWrkrData->batch);
	batch_free(&pWrkrData->replay);
ENDfreeWrkrInstance

BEGINdbgPrintInstInfo
CODESTARTdbgPrintInstInfo
	dbgprintf("omseerflow: store %s, template '%s', record key '%s'\n", seerflow_store_path(pData->store), pData->tplName,
		pData->keyTplName == NULL ? "" : pData->keyTplName);
ENDdbgPrintInstInfo

/* The batch that failed is the test whether the store works again. */
BEGINtryResume
	int iCancelState;
CODESTARTtryResume
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &iCancelState);
	if(pWrkrData->bHeld)
		iRet = storeBatch(pWrkrData);
	else if(isDegraded(pWrkrData->pData))
		iRet = RS_RET_SUSPENDED;
	pthread_setcancelstate(iCancelState, NULL);
ENDtryResume

/* Messages of a transaction that does not begin stay in their queue. */
BEGINbeginTransaction
CODESTARTbeginTransaction
	if(!pWrkrData->bHeld && isDegraded(pWrkrData->pData))
		iRet = RS_RET_SUSPENDED;
ENDbeginTransaction

/* If a transaction fails, rsyslogd repeats its messages one by one, or again as a whole. The batch is held until each of them
 * was acknowledged. It is stored in one transaction, whichever of its messages rsyslogd repeats first.
 */
BEGINcommitTransaction
	int iCancelState;
CODESTARTcommitTransaction
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &iCancelState);
	CHKiRet(renderBatch(pWrkrData->pData, &pWrkrData->replay, pParams, nParams));
	const bool bIsReplay = pWrkrData->bHeld && batch_take(&pWrkrData->batch, &pWrkrData->replay);
	if(!bIsReplay) {
		const struct batch batch = pWrkrData->batch;
		pWrkrData->batch = pWrkrData->replay;
		pWrkrData->replay = batch;
		pWrkrData->written = 0;
		pWrkrData->bInDoubt = false;
		pWrkrData->bHeld = true;
	}
	iRet = storeBatch(pWrkrData);
	if(iRet != RS_RET_OK) {
		if(bIsReplay)
			batch_put_back(&pWrkrData->batch, &pWrkrData->replay);
	} else if(!bIsReplay || pWrkrData->batch.taken == pWrkrData->batch.count) {
		pWrkrData->bHeld = false;
	}
finalize_it:
	pthread_setcancelstate(iCancelState, NULL);
ENDcommitTransaction

#define ADD_COUNTER(name, ctr, mut) \
	STATSCOUNTER_INIT(pData->ctr, pData->mut); \
	CHKiRet(statsobj.AddCounter(pData->stats, UCHAR_CONSTANT(name), ctrType_IntCtr, CTR_FLAG_RESETTABLE, &pData->ctr))

static rsRetVal
createStats(instanceData *const pData)
{
	uchar name[256];
	DEFiRet;

	snprintf((char*) name, sizeof name, "omseerflow %s", seerflow_store_path(pData->store));
	CHKiRet(statsobj.Construct(&pData->stats));
	CHKiRet(statsobj.SetName(pData->stats, name));
	CHKiRet(statsobj.SetOrigin(pData->stats, UCHAR_CONSTANT("omseerflow")));
	ADD_COUNTER("stored", ctrStored, mutCtrStored);
	ADD_COUNTER("duplicates", ctrDuplicates, mutCtrDuplicates);
	ADD_COUNTER("dead_letters", ctrDeadLetters, mutCtrDeadLetters);
	ADD_COUNTER("transactions", ctrTransactions, mutCtrTransactions);
	ADD_COUNTER("failed_transactions", ctrFailures, mutCtrFailures);
	CHKiRet(statsobj.ConstructFinalize(pData->stats));
finalize_it:
	RETiRet;
}

/* Asks rsyslogd to render a template for each message. */
static rsRetVal
requestTemplate(omodStringRequest_t *const pOMSR, const int entry, const char *const name)
{
	uchar *const copy = (uchar*) strdup(name);
	DEFiRet;

	CHKmalloc(copy);
	CHKiRet(OMSRsetEntry(pOMSR, entry, copy, OMSR_NO_RQD_TPL_OPTS));
finalize_it:
	RETiRet;
}

BEGINnewActInst
	struct cnfparamvals *pvals;
CODESTARTnewActInst
	if((pvals = nvlstGetParams(lst, &actpblk, NULL)) == NULL)
		ABORT_FINALIZE(RS_RET_MISSING_CNFPARAMS);
	CHKiRet(createInstance(&pData));
	CHKiRet(createStore(pData, pvals));
	CHKiRet(createStats(pData));
	CODE_STD_STRING_REQUESTnewActInst(pData->keyTplName == NULL ? 1 : 2)
	CHKiRet(requestTemplate(*ppOMSR, 0, pData->tplName));
	if(pData->keyTplName != NULL)
		CHKiRet(requestTemplate(*ppOMSR, 1, pData->keyTplName));
CODE_STD_FINALIZERnewActInst
	if(pvals != NULL)
		cnfparamvalsDestruct(pvals, &actpblk);
ENDnewActInst

NO_LEGACY_CONF_parseSelectorAct

static void
createTemplate(const char *const name, const char *const text)
{
	uchar *rest = (uchar*) text;

	tplAddLine(ourConf, name, &rest);
}

BEGINmodExit
CODESTARTmodExit
	freeParams();
	objRelease(statsobj, CORE_COMPONENT);
	objRelease(glbl, CORE_COMPONENT);
ENDmodExit

BEGINqueryEtryPt
CODESTARTqueryEtryPt
CODEqueryEtryPt_STD_OMODTX_QUERIES
CODEqueryEtryPt_STD_OMOD8_QUERIES
CODEqueryEtryPt_STD_CONF2_OMOD_QUERIES
ENDqueryEtryPt

BEGINmodInit()
CODESTARTmodInit
INITLegCnfVars
	*ipIFVersProvided = CURR_MOD_IF_VERSION;
CODEmodInit_QueryRegCFSLineHdlr
	CHKiRet(objUse(glbl, CORE_COMPONENT));
	CHKiRet(objUse(statsobj, CORE_COMPONENT));
	INITChkCoreFeature(bCoreSupportsBatching, CORE_FEATURE_BATCHING);
	if(!bCoreSupportsBatching) {
		LogError(0, NO_ERRCODE, "omseerflow: the rsyslog core does not support batching - abort");
		ABORT_FINALIZE(RS_RET_ERR);
	}
	CHKiRet(createParams());
	createTemplate(RECORD_TEMPLATE_NAME, recordTemplate);
	createTemplate(UUID_TEMPLATE_NAME, uuidTemplate);
ENDmodInit
