// What the C library's heap can be told (mallopt(3), malloc_trim(3)); Swift's Glibc module leaves it out.

#include <malloc.h>
