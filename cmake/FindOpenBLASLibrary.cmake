# OpenBLAS::OpenBLAS, with the folder of cblas.h. Debian's package has no target of its own that names both.
find_path(OpenBLASLibrary_INCLUDE cblas.h PATH_SUFFIXES openblas-pthread openblas)
find_library(OpenBLASLibrary_LIBRARY openblas)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenBLASLibrary REQUIRED_VARS OpenBLASLibrary_LIBRARY OpenBLASLibrary_INCLUDE)
if(OpenBLASLibrary_FOUND AND NOT TARGET OpenBLAS::OpenBLAS)
  add_library(OpenBLAS::OpenBLAS UNKNOWN IMPORTED)
  set_target_properties(OpenBLAS::OpenBLAS PROPERTIES IMPORTED_LOCATION ${OpenBLASLibrary_LIBRARY}
                                                      INTERFACE_INCLUDE_DIRECTORIES ${OpenBLASLibrary_INCLUDE})
endif()
