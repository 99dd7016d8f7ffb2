# The installation rules of `cmake --install`.

set(package "${CMAKE_INSTALL_LIBDIR}/cmake/seerflow")
install(TARGETS seerflow EXPORT seerflow LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(TARGETS seerflow_static EXPORT seerflow ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(FILES "${PROJECT_SOURCE_DIR}/include/seerflow.h" "${PROJECT_SOURCE_DIR}/include/seerflow.hpp"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/seerflow" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")

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
install(FILES ${documents} DESTINATION "${CMAKE_INSTALL_DOCDIR}")

# The program uses its file name in its help and its completions. Set SEERFLOW_CLI if another package, such as
# Seerflow, already installs a program named `seerflow`.
if(SEERFLOW_BUILD_CLI)
  set(cli "${PROJECT_BINARY_DIR}/cli/${SEERFLOW_CLI}")
  add_custom_command(
    OUTPUT "${cli}" COMMAND "${CMAKE_COMMAND}" -E copy "${program}" "${cli}" DEPENDS seerflow_cargo "${program}" VERBATIM)
  set(made "${cli}")
  install(PROGRAMS "${cli}" DESTINATION "${CMAKE_INSTALL_BINDIR}")
  if(NOT CMAKE_CROSSCOMPILING AND NOT SEERFLOW_RUST_TARGET)
    foreach(place "bash:${SEERFLOW_CLI}:bash-completion/completions" "zsh:_${SEERFLOW_CLI}:zsh/site-functions"
                  "fish:${SEERFLOW_CLI}.fish:fish/vendor_completions.d")
      string(REPLACE ":" ";" place "${place}")
      list(GET place 0 shell)
      list(GET place 1 name)
      list(GET place 2 folder)
      set(script "${PROJECT_BINARY_DIR}/completions/${shell}/${name}")
      file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/completions/${shell}")
      add_custom_command(OUTPUT "${script}" COMMAND "${cli}" completions ${shell} > "${script}" DEPENDS "${cli}" VERBATIM)
      list(APPEND made "${script}")
      install(FILES "${script}" DESTINATION "${CMAKE_INSTALL_DATADIR}/${folder}")
    endforeach()
    set(manual "${PROJECT_BINARY_DIR}/man")
    add_custom_command(
      OUTPUT "${manual}.made" COMMAND "${CMAKE_COMMAND}" -E rm -rf "${manual}" COMMAND "${cli}" man "${manual}"
      COMMAND "${CMAKE_COMMAND}" -E touch "${manual}.made" DEPENDS "${cli}" VERBATIM)
    list(APPEND made "${manual}.made")
    install(DIRECTORY "${manual}/" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
  endif()
  add_custom_target(seerflow_cli ALL DEPENDS ${made})
endif()
