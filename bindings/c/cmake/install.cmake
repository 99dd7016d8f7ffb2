# The installation rules of `cmake --install`, in the components runtime, development and tools.

set(package "${CMAKE_INSTALL_LIBDIR}/cmake/seerflow")
install(TARGETS seerflow EXPORT seerflow LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime NAMELINK_COMPONENT development)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME development)
install(TARGETS seerflow_static EXPORT seerflow ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(FILES "${PROJECT_SOURCE_DIR}/include/seerflow.h" "${PROJECT_SOURCE_DIR}/include/seerflow.hpp"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/seerflow" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")

install(FILES "${PROJECT_SOURCE_DIR}/bindings/c/seerflow.tsan" DESTINATION "${CMAKE_INSTALL_DATADIR}/seerflow")

# find_package(seerflow)
install(EXPORT seerflow FILE seerflowTargets.cmake NAMESPACE seerflow:: DESTINATION "${package}")
configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/seerflowConfig.cmake.in" "${PROJECT_BINARY_DIR}/seerflowConfig.cmake" INSTALL_DESTINATION "${package}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/seerflowConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/seerflowConfig.cmake" "${PROJECT_BINARY_DIR}/seerflowConfigVersion.cmake" DESTINATION "${package}")

# pkg-config. The prefix is relative to the location of the .pc file, so the installed tree may be moved.
file(RELATIVE_PATH pc_prefix "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
  set(pc_libdir "${CMAKE_INSTALL_FULL_LIBDIR}")
  set(pc_includedir "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
else()
  string(PREPEND pc_prefix "\${pcfiledir}/")
  set(pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  set(pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
list(JOIN system_libraries " " pc_system_libraries)
configure_file("${CMAKE_CURRENT_LIST_DIR}/seerflow.pc.in" "${PROJECT_BINARY_DIR}/seerflow.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/seerflow.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

file(GLOB documents "${PROJECT_SOURCE_DIR}/LICENSE*" "${PROJECT_SOURCE_DIR}/README.md" "${PROJECT_SOURCE_DIR}/CHANGELOG.md"
     "${PROJECT_SOURCE_DIR}/docs/third-party-licences.txt")
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
  set(sbom "${PROJECT_BINARY_DIR}/sbom.cdx.json")
  add_custom_command(
    OUTPUT "${sbom}" COMMAND "${CMAKE_COMMAND}" -E env "CARGO=${CARGO}" "${Python3_EXECUTABLE}" packaging/sbom.py ${SEERFLOW_RUST_TARGET} > "${sbom}"
    DEPENDS Cargo.lock packaging/sbom.py packaging/crates.py WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" VERBATIM)
  add_custom_target(seerflow_sbom ALL DEPENDS "${sbom}")
  list(APPEND documents "${sbom}")
else()
  message(STATUS "Python 3 was not found: no software bill of materials is installed")
endif()
install(FILES ${documents} DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT runtime)

# The program uses its file name in its help and its completions. Set SEERFLOW_CLI if another package, such as
# Seerflow, already installs a program named `seerflow`.
if(SEERFLOW_BUILD_CLI)
  set(cli "${PROJECT_BINARY_DIR}/cli/${SEERFLOW_CLI}")
  if(SEERFLOW_SEPARATE_DEBUG)
    set(strip_cli COMMAND "${CMAKE_OBJCOPY}" --strip-all "${cli}")
  endif()
  add_custom_command(
    OUTPUT "${cli}" COMMAND "${CMAKE_COMMAND}" -E copy "${program}" "${cli}" ${strip_cli} DEPENDS seerflow_cargo "${program}" VERBATIM)
  set(made "${cli}")
  install(PROGRAMS "${cli}" DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT tools)
  # An emulator runs the program of a cross build.
  if(NOT CMAKE_CROSSCOMPILING OR CMAKE_CROSSCOMPILING_EMULATOR)
    foreach(place "bash:${SEERFLOW_CLI}:bash-completion/completions" "zsh:_${SEERFLOW_CLI}:zsh/site-functions"
                  "fish:${SEERFLOW_CLI}.fish:fish/vendor_completions.d")
      string(REPLACE ":" ";" place "${place}")
      list(GET place 0 shell)
      list(GET place 1 name)
      list(GET place 2 folder)
      set(script "${PROJECT_BINARY_DIR}/completions/${shell}/${name}")
      file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/completions/${shell}")
      add_custom_command(OUTPUT "${script}" COMMAND ${CMAKE_CROSSCOMPILING_EMULATOR} "${cli}" completions ${shell} > "${script}" DEPENDS "${cli}" VERBATIM)
      list(APPEND made "${script}")
      install(FILES "${script}" DESTINATION "${CMAKE_INSTALL_DATADIR}/${folder}" COMPONENT tools)
    endforeach()
    set(manual "${PROJECT_BINARY_DIR}/man")
    add_custom_command(
      OUTPUT "${manual}.made" COMMAND "${CMAKE_COMMAND}" -E rm -rf "${manual}" COMMAND ${CMAKE_CROSSCOMPILING_EMULATOR} "${cli}" man "${manual}"
      COMMAND "${CMAKE_COMMAND}" -E touch "${manual}.made" DEPENDS "${cli}" VERBATIM)
    list(APPEND made "${manual}.made")
    install(DIRECTORY "${manual}/" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT tools)
  endif()
  add_custom_target(seerflow_cli ALL DEPENDS ${made})
endif()
