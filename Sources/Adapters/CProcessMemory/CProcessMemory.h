// What the C library's heap can be told (mallopt(3), malloc_trim(3)), and where the program's files are mapped
// (dl_iterate_phdr(3)); Swift's Glibc module leaves both out.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <link.h>
#include <malloc.h>
