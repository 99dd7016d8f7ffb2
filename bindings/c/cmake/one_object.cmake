# cmake -DARCHIVE= -DHEADER= -DOBJECT= -DCC= [-DCFLAGS=] -DOBJCOPY= -DNM= -DAPPLE= -DKEEP_DEBUG= -P one_object.cmake
#
# Links the parts of ARCHIVE that the functions of HEADER need into one relocatable object. Only these functions are
# global in it. The symbols of SQLite and of Rust are local, so the host may link its own copies.

file(STRINGS "${HEADER}" lines REGEX "^SEERFLOW_API .*seerflow_[a-z0-9_]+\\(")
string(REGEX MATCHALL "seerflow_[a-z0-9_]+\\(" functions "${lines}")
list(TRANSFORM functions REPLACE "\\($" "")
list(REMOVE_DUPLICATES functions)
separate_arguments(cflags UNIX_COMMAND "${CFLAGS}")
list(FILTER cflags EXCLUDE REGEX "^-fsanitize|^-flto")

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(code)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${output}")
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
# COMDAT groups become plain sections. Otherwise the linker would keep only one of two groups with the same name, the
# library's and the host's.
set(localise "${OBJCOPY}" --wildcard "--keep-global-symbol=seerflow_*" --remove-section=.group --remove-section=.llvmbc
             --remove-section=.llvmcmd)
if(NOT KEEP_DEBUG)
  list(APPEND localise --strip-debug)
endif()

# Only GNU ld can remove unreachable sections from a relocatable object. With another linker the object is larger.
execute_process(
  COMMAND ${link} -Wl,--gc-sections "${ARCHIVE}" -o "${OBJECT}" RESULT_VARIABLE code OUTPUT_QUIET ERROR_QUIET)
if(code)
  run(${link} "${ARCHIVE}" -o "${OBJECT}")
endif()
run(${localise} "${OBJECT}")

# Removed code leaves undefined symbols that are no longer weak, such as pidfd_spawnp, which only a newer libc has.
# They are removed here. --strip-unneeded would remove them too, but also the names of functions, which appear in the
# host's backtraces.
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
