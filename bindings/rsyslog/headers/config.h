/* The results of rsyslog's configure script that its module headers need. Used if the rsyslog source tree is not configured.
 *
 * The atomic builtins decide the layout of rsyslog's structures, so they must be those that rsyslogd was built with; every
 * distribution builds with them.
 */
#ifndef OMSEERFLOW_CONFIG_H
#define OMSEERFLOW_CONFIG_H

#define HAVE_ATOMIC_BUILTINS 1
#define HAVE_ATOMIC_BUILTINS64 1
#define HAVE_SEMAPHORE_H 1
#define HAVE_SYS_SELECT_H 1

#endif
