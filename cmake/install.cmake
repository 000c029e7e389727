# cmake --install: headers, libraries and the package that find_package(evenkeel) reads.
include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/evenkeel)

foreach(name ${EVENKEEL_FOLDERS})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${name} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/evenkeel
          FILES_MATCHING PATTERN "*.h")
  install(TARGETS ek_${name} EXPORT evenkeel ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/evenkeel/evenkeel.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/evenkeel)
install(TARGETS evenkeel EXPORT evenkeel)
install(EXPORT evenkeel NAMESPACE evenkeel:: DESTINATION ${package} FILE evenkeel-targets.cmake)

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/evenkeel-config.cmake.in
                              ${PROJECT_BINARY_DIR}/evenkeel-config.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/evenkeel-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/evenkeel-config.cmake ${PROJECT_BINARY_DIR}/evenkeel-config-version.cmake
              ${PROJECT_SOURCE_DIR}/cmake/FindOpenBLASLibrary.cmake DESTINATION ${package})
