# cmake -DARCHIVE= -DHEADER= -DOBJECT= -DCC= [-DCFLAGS=] -DOBJCOPY= -DNM= -DAPPLE= -DKEEP_DEBUG= -P one_object.cmake
#
# Links all of ARCHIVE that the functions of HEADER need into one relocatable object, in which only these functions are
# global: SQLite's and Rust's names are local to it, and the host may link its own.

file(STRINGS "${HEADER}" lines REGEX "^SEERFLOW_API .*seerflow_[a-z0-9_]+\\(")
string(REGEX MATCHALL "seerflow_[a-z0-9_]+\\(" functions "${lines}")
list(TRANSFORM functions REPLACE "\\($" "")
list(REMOVE_DUPLICATES functions)
separate_arguments(cflags UNIX_COMMAND "${CFLAGS}")
list(FILTER cflags EXCLUDE REGEX "^-fsanitize|^-flto")

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
# Groups (COMDAT) become plain sections: of two with the same name, ours and one of the host's, the linker would drop one.
set(localise "${OBJCOPY}" --wildcard "--keep-global-symbol=seerflow_*" --remove-section=.group --remove-section=.llvmbc
             --remove-section=.llvmcmd)
if(KEEP_DEBUG)
  run(${link} "${ARCHIVE}" -o "${OBJECT}")
  run(${localise} "${OBJECT}")
  return()
endif()

# Only GNU ld can both drop what is not reachable and make a relocatable object; with another linker the object is larger.
execute_process(
  COMMAND ${link} -Wl,--gc-sections "${ARCHIVE}" -o "${OBJECT}" RESULT_VARIABLE code OUTPUT_QUIET ERROR_QUIET)
if(code)
  run(${link} "${ARCHIVE}" -o "${OBJECT}")
endif()
run(${localise} --strip-debug "${OBJECT}")

# What was dropped leaves its names behind, undefined and no longer weak, such as pidfd_spawnp, which only a newer libc has.
# They are what --strip-unneeded would take out; it would take the names of functions too, which the host's backtraces show.
function(undefined_in object result)
  execute_process(COMMAND "${NM}" -u "${object}" OUTPUT_VARIABLE lines COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^ \n]+\n" names "${lines}")
  list(TRANSFORM names STRIP)
  set(${result} "${names}" PARENT_SCOPE)
endfunction()
run("${OBJCOPY}" --strip-unneeded "${OBJECT}" "${OBJECT}.needed")
undefined_in("${OBJECT}" unneeded)
undefined_in("${OBJECT}.needed" needed)
file(REMOVE "${OBJECT}.needed")
list(REMOVE_ITEM unneeded ${needed})
if(unneeded)
  list(TRANSFORM unneeded PREPEND "--strip-symbol=")
  run("${OBJCOPY}" ${unneeded} "${OBJECT}")
endif()
