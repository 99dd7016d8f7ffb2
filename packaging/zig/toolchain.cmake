# CMake toolchain of the released binaries: zig's compiler, which links against an old glibc. packaging/dist.sh sets the environment.
if(NOT CMAKE_HOST_SYSTEM_PROCESSOR STREQUAL "$ENV{SEERFLOW_PROCESSOR}")
  set(CMAKE_SYSTEM_NAME Linux)
  set(CMAKE_SYSTEM_PROCESSOR "$ENV{SEERFLOW_PROCESSOR}")
endif()
set(CMAKE_C_COMPILER "${CMAKE_CURRENT_LIST_DIR}/cc")
set(CMAKE_CXX_COMPILER "${CMAKE_CURRENT_LIST_DIR}/c++")
