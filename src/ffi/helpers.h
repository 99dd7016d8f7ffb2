/** An attribute of every function. You may define it before including the header. */
#ifndef SEERFLOW_API
#define SEERFLOW_API
#endif
/** An attribute of functions whose return value must not be ignored. */
#if defined(__cplusplus) && __cplusplus >= 201703L
#define SEERFLOW_NODISCARD [[nodiscard]]
#elif defined(__GNUC__)
#define SEERFLOW_NODISCARD __attribute__((warn_unused_result))
#else
#define SEERFLOW_NODISCARD
#endif
/** An attribute of functions that a later version will remove. */
#if defined(__GNUC__)
#define SEERFLOW_DEPRECATED __attribute__((deprecated))
#else
#define SEERFLOW_DEPRECATED
#endif

/**
 * The underlying type of an enumeration, in languages that can express it. The library validates every number it is
 * given.
 */
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)
#define SEERFLOW_ENUM(type) : type
#else
#define SEERFLOW_ENUM(type)
#endif
#if !defined(__cplusplus) && defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
_Static_assert(sizeof(enum seerflow_enum_size { SEERFLOW_ENUM_SIZE }) == 4, "libseerflow does not work with -fshort-enums");
#endif

/**
 * Makes a seerflow_str of a NUL-terminated text. The macro evaluates its argument twice.
 *
 * Example: seerflow_entity_id(SEERFLOW_ENTITY_TYPE_IP, SEERFLOW_STR("192.0.2.1"), id, &error).
 */
#ifdef __cplusplus
#define SEERFLOW_STR(text) (seerflow_str{(text), strlen(text)})
#else
#define SEERFLOW_STR(text) ((seerflow_str){(text), strlen(text)})
#endif
