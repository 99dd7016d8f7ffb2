# cmake -DARCHIVE= -DHEADER= -DOBJECT= -DCC= [-DCFLAGS=] -DOBJCOPY= -DAPPLE= -DKEEP_DEBUG= -P one_object.cmake
#
# Links all of ARCHIVE that the functions of HEADER need into one relocatable object, in which only these functions are
# global: SQLite's and Rust's names are local to it, and the host may link its own.

file(STRINGS "${HEADER}" lines REGEX "seerflow_[a-z0-9_]+\\(")
string(REGEX MATCHALL "seerflow_[a-z0-9_]+\\(" functions "${lines}")
list(TRANSFORM functions REPLACE "\\($" "")
list(REMOVE_DUPLICATES functions)
separate_arguments(cflags UNIX_COMMAND "${CFLAGS}")
list(FILTER cflags EXCLUDE REGEX "^-fsanitize|^-f?lto|^-flto")

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(code)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${said}")
  endif()
endfunction()

if(APPLE)
  list(TRANSFORM functions PREPEND "_" OUTPUT_VARIABLE names)
  list(JOIN names "\n" text)
  file(WRITE "${OBJECT}.exports" "${text}\n")
  list(TRANSFORM names PREPEND "-Wl,-u,")
  run("${CC}" ${cflags} -r -nostdlib ${names} "-Wl,-exported_symbols_list,${OBJECT}.exports" "${ARCHIVE}" -o "${OBJECT}")
  return()
endif()

list(TRANSFORM functions PREPEND "-Wl,-u,")
set(link "${CC}" ${cflags} -r -nostdlib ${functions})
set(objcopy "${OBJCOPY}" --wildcard "--keep-global-symbol=seerflow_*" --remove-section=.llvmbc --remove-section=.llvmcmd)
if(KEEP_DEBUG)
  run(${link} "${ARCHIVE}" -o "${OBJECT}")
  run(${objcopy} "${OBJECT}")
  return()
endif()
# Only GNU ld can both drop what is not reachable and make a relocatable object; with another linker the object is larger.
# Groups (COMDAT) become plain sections: their names are not to be shared with the host's either.
execute_process(
  COMMAND ${link} -Wl,--gc-sections -Wl,--force-group-allocation "${ARCHIVE}" -o "${OBJECT}"
  RESULT_VARIABLE code OUTPUT_QUIET ERROR_QUIET)
if(code)
  run(${link} "${ARCHIVE}" -o "${OBJECT}")
endif()
# What was dropped leaves its names behind, undefined and no longer weak (pidfd_spawnp, which only a newer libc has):
# --strip-unneeded takes them out. The names of functions stay, for the host's backtraces.
run(${objcopy} --strip-unneeded "--keep-symbol=_R*" "--keep-symbol=_ZN*" "--keep-symbol=sqlite3*" "${OBJECT}")
