/* A program that sets a member which the library does not know. The library must return an error and not ignore the member. */
#include <seerflow.h>
#include <string.h>

int main(void)
{
    seerflow_completions *completions = NULL;
    seerflow_completion completion = SEERFLOW_COMPLETION_INIT;
    seerflow_call call = SEERFLOW_CALL_INIT;
    seerflow_error *error = NULL;
    if (seerflow_completions_new(&completions, &error) != SEERFLOW_STATUS_OK)
        return 1;
    call.timeout_ms = 0;
    if (seerflow_completions_next(completions, &call, &completion, NULL) != SEERFLOW_STATUS_AGAIN)
        return 2;
    call.later = 1;
    if (seerflow_completions_next(completions, &call, &completion, &error) != SEERFLOW_STATUS_INVALID)
        return 3;
    if (strstr(seerflow_error_message(error), "call sets a member that this version of the library does not know") == NULL)
        return 4;
    seerflow_error_destroy(error);
    seerflow_completions_destroy(completions);
    return 0;
}
