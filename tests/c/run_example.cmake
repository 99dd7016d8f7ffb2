# Runs an example in a new directory, and checks that its output contains the texts of SAYS: -DPROGRAM= -DARGUMENTS=
# -DSAYS= -DFOLDER=
file(REMOVE_RECURSE "${FOLDER}")
file(MAKE_DIRECTORY "${FOLDER}")
execute_process(
  COMMAND ${PROGRAM} ${ARGUMENTS} WORKING_DIRECTORY "${FOLDER}" RESULT_VARIABLE code OUTPUT_VARIABLE said ERROR_VARIABLE complained)
message("${said}${complained}")
if(NOT code EQUAL 0)
  message(FATAL_ERROR "it ended with ${code}")
endif()
foreach(line IN LISTS SAYS)
  if(NOT said MATCHES "${line}")
    message(FATAL_ERROR "it did not say: ${line}")
  endif()
endforeach()
message("ok: it said ${SAYS}")
