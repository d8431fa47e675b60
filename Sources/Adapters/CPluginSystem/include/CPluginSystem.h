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

/// Tells whether the path leads to a file that is no folder, device or pipe.
int berth_is_file(const char *path);

/// How a program ended, and how much it wrote.
struct berth_program_end {
    /// 0 when it ended by itself; ETIMEDOUT or EMSGSIZE when it was ended because its time was up or it wrote too much; else the error
    /// number for which it was not started.
    int32_t error;
    /// 0 for an exit, else the signal that ended it.
    int32_t signal;
    int32_t exit_status;
    uint32_t output_bytes;
};

/// Runs a program from start to end, in a process group of its own; standard error stays that of the caller.
///
/// Nothing of it goes on when its time is up, or when it writes more than `output_bytes_max`. When the caller is killed it goes on, so that
/// what it was about to write down is whole.
///
/// - Parameters:
///   - netns: The network namespace that it is run in; -1 for the caller's.
///   - input: What stands on its standard input.
///   - output: Takes what it writes to standard output.
struct berth_program_end berth_run_program(
    const char *path, int netns, const void *input, size_t input_bytes, void *output, size_t output_bytes_max, int milliseconds);

/// Waits until no other process has the turn of that number, and takes it.
///
/// The turn goes on to what the caller starts, and is theirs when the caller is killed.
///
/// - Parameter path: A file for all turns, made where it is missing.
/// - Returns: A descriptor for berth_end_turn(), or -1 with errno; EAGAIN when the time is up.
int berth_take_turn(const char *path, uint64_t number, int milliseconds);

/// Ends a turn for whoever else has it as well; -1 is none.
void berth_end_turn(int turn);

#endif
