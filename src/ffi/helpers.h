/**
 * Makes a seerflow_str of a NUL-terminated text: seerflow_entity_id(SEERFLOW_ENTITY_TYPE_IP, SEERFLOW_STR("192.0.2.1"), ...).
 */
#ifdef __cplusplus
#define SEERFLOW_STR(text) (seerflow_str{(text), strlen(text)})
#else
#define SEERFLOW_STR(text) ((seerflow_str){(text), strlen(text)})
#endif

/**
 * Readies a struct that the library is to fill: seerflow_stats stats; SEERFLOW_PREPARE(stats);
 */
#define SEERFLOW_PREPARE(object) \
    (memset(&(object), 0, sizeof(object)), (void)((object).struct_size = (uint32_t)sizeof(object)))
