/* The parameters of an action, and the store that they describe.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include "omseerflow.h"

#include <stdlib.h>
#include <string.h>
#include "errmsg.h"
#include "parserif.h"

/* Parameters of the action, in the order in which they are applied. The options of the library follow, one parameter each. */
static const struct cnfparamdescr ownParams[] = {
	{ "configfile", eCmdHdlrString, 0 },
	{ "path", eCmdHdlrString, 0 },
	{ "dsn", eCmdHdlrString, 0 },
	{ "template", eCmdHdlrGetWord, 0 },
	{ "recordkey", eCmdHdlrGetWord, 0 },
	{ "sourcetype", eCmdHdlrString, 0 },
	{ "parse", eCmdHdlrString, 0 },
	{ "timeout", eCmdHdlrNonNegInt, 0 },
	{ "shutdowntimeout", eCmdHdlrInt, 0 },
};
#define OWN_PARAMS (sizeof ownParams / sizeof *ownParams)

struct cnfparamblk actpblk = { CNFPARAMBLK_VERSION, 0, NULL };

rsRetVal
createParams(void)
{
	const size_t options = seerflow_config_option_count();
	DEFiRet;

	CHKmalloc(actpblk.descr = calloc(OWN_PARAMS + options, sizeof *actpblk.descr));
	memcpy(actpblk.descr, ownParams, sizeof ownParams);
	for(size_t i = 0 ; i < options ; ++i) {
		struct cnfparamdescr *const descr = actpblk.descr + OWN_PARAMS + i;
		seerflow_config_option_at(i, &descr->name, NULL, NULL, NULL);
		descr->type = eCmdHdlrString;
	}
	actpblk.nParams = OWN_PARAMS + options;
finalize_it:
	RETiRet;
}

void
freeParams(void)
{
	free(actpblk.descr);
	actpblk.descr = NULL;
}

/* Passes a log record of the library to rsyslog. Called on any thread. */
static void
logRecord(void *user_data ATTR_UNUSED, seerflow_log_level level, const char *text, size_t length ATTR_UNUSED)
{
	LogMsg(0, NO_ERRCODE, level == SEERFLOW_LOG_LEVEL_ERROR ? LOG_ERR : LOG_WARNING, "omseerflow: %s", text);
}

/* Reports an error of the library about the configuration, and frees it. */
static rsRetVal
configError(seerflow_error *const error)
{
	parser_errmsg("omseerflow: %s", seerflow_error_message(error));
	seerflow_error_destroy(error);
	return RS_RET_CONFIG_ERROR;
}

static rsRetVal
setOption(seerflow_config *const config, const char *const key, const char *const value)
{
	seerflow_error *error = NULL;

	return seerflow_config_set(config, key, value, &error) == SEERFLOW_STATUS_OK ? RS_RET_OK : configError(error);
}

/* Sets a location and the back end that it belongs to. */
static rsRetVal
setLocation(seerflow_config *const config, const char *const backend, const char *const key, const char *const value)
{
	DEFiRet;
	CHKiRet(setOption(config, "storage.backend", backend));
	CHKiRet(setOption(config, key, value));
finalize_it:
	RETiRet;
}

static rsRetVal
setParse(instanceData *const pData, const char *const value)
{
	static const char *const names[] = { "default", "never", "always" }; /* as in seerflow_parse */

	for(size_t i = 0 ; i < sizeof names / sizeof *names ; ++i) {
		if(!strcasecmp(value, names[i])) {
			pData->parse = (seerflow_parse) i;
			return RS_RET_OK;
		}
	}
	parser_errmsg("omseerflow: parse must be default, never or always, not '%s'", value);
	return RS_RET_CONFIG_ERROR;
}

/* Applies one parameter that is a text. `value` becomes part of the instance, or is set to NULL. */
static rsRetVal
setParam(instanceData *const pData, seerflow_config *const config, const char *const name, char **const value)
{
	seerflow_error *error = NULL;
	DEFiRet;
	char **kept = NULL;

	if(!strcmp(name, "template")) {
		kept = &pData->tplName;
	} else if(!strcmp(name, "recordkey")) {
		kept = &pData->keyTplName;
	} else if(!strcmp(name, "sourcetype")) {
		kept = &pData->sourceType;
	} else if(!strcmp(name, "parse")) {
		iRet = setParse(pData, *value);
	} else if(!strcmp(name, "path")) {
		iRet = setLocation(config, "sqlite", "storage.sqlite_path", *value);
	} else if(!strcmp(name, "dsn")) {
		iRet = setLocation(config, "postgresql", "storage.postgresql_url", *value);
	} else if(!strcmp(name, "configfile")) {
		if(seerflow_config_load_file(config, *value, &error) != SEERFLOW_STATUS_OK)
			iRet = configError(error);
	} else {
		iRet = setOption(config, name, *value);
	}
	if(kept != NULL) {
		*kept = *value;
		*value = NULL;
	}
	RETiRet;
}

static rsRetVal
readParams(instanceData *const pData, seerflow_config *const config, struct cnfparamvals *const pvals)
{
	char *value = NULL;
	DEFiRet;

	for(int i = 0 ; i < actpblk.nParams ; ++i) {
		const char *const name = actpblk.descr[i].name;
		if(!pvals[i].bUsed)
			continue;
		if(!strcmp(name, "timeout")) {
			pData->timeoutMs = pvals[i].val.d.n;
		} else if(!strcmp(name, "shutdowntimeout")) {
			pData->shutdownTimeoutMs = pvals[i].val.d.n;
		} else {
			CHKmalloc(value = es_str2cstr(pvals[i].val.d.estr, NULL));
			CHKiRet(setParam(pData, config, name, &value));
			free(value);
			value = NULL;
		}
	}
	if(pData->tplName == NULL)
		CHKmalloc(pData->tplName = strdup(RECORD_TEMPLATE_NAME));
	if(pData->keyTplName != NULL && !strcasecmp(pData->keyTplName, "$uuid")) {
		free(pData->keyTplName);
		CHKmalloc(pData->keyTplName = strdup(UUID_TEMPLATE_NAME));
	}
finalize_it:
	free(value);
	RETiRet;
}

rsRetVal
createStore(instanceData *const pData, struct cnfparamvals *const pvals)
{
	seerflow_config *config = NULL;
	seerflow_error *error = NULL;
	DEFiRet;

	if(seerflow_config_new(&config, &error) != SEERFLOW_STATUS_OK)
		ABORT_FINALIZE(configError(error));
	CHKiRet(readParams(pData, config, pvals));
	if(seerflow_config_set_log(config, SEERFLOW_LOG_LEVEL_WARNING, logRecord, NULL, &error) != SEERFLOW_STATUS_OK
	   || seerflow_store_shared(config, &pData->store, &error) != SEERFLOW_STATUS_OK)
		ABORT_FINALIZE(configError(error));
finalize_it:
	seerflow_config_destroy(config);
	RETiRet;
}
