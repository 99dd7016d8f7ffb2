/* The parts of syslog-ng's interface that differ between 3.38 and 4.8. Include it after the headers of syslog-ng. */

#ifndef SEERFLOW_COMPAT_H_INCLUDED
#define SEERFLOW_COMPAT_H_INCLUDED

#include "versioning.h"

#if VERSION_VALUE_CURRENT >= VERSION_VALUE_4_0
#define SEERFLOW_FOR_SYSLOG_NG_4 1
#else
#define SEERFLOW_FOR_SYSLOG_NG_4 0
#endif

#if SEERFLOW_FOR_SYSLOG_NG_4
#define LM_VT_INT32 __COMPAT_LM_VT_INT32
#define LM_VT_INT64 LM_VT_INTEGER
#define stats_cluster_single_key_set_with_name stats_cluster_single_key_legacy_set_with_name
#define type_cast_to_int64(value, result, error) type_cast_to_int64(value, -1, result, error)
#define type_cast_to_double(value, result, error) type_cast_to_double(value, -1, result, error)
#define type_cast_to_boolean(value, result, error) type_cast_to_boolean(value, -1, result, error)
#endif

#endif
