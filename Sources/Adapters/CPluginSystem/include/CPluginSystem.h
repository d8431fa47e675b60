/*
 The C library for the plugin.

 The plugin that ships is compiled as Embedded Swift, for which there is no Glibc module. What that module adds to the headers
 is here: the error number, which is a macro, and open(2), which is variadic.
 */
#ifndef CPLUGINSYSTEM_H
#define CPLUGINSYSTEM_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/// The calling thread's error number (errno(3)).
static inline int berth_error_number(void) {
    return errno;
}

static inline void berth_set_error_number(int number) {
    errno = number;
}

/// Opens a file; `mode` counts when the flags have O_CREAT. Returns the descriptor, or -1 with errno.
int berth_open_file(const char *path, int flags, mode_t mode);

#endif
