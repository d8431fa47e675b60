#define _GNU_SOURCE
#include "CPluginSystem.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum {
    // How long a program that may have ended is not asked for, while something that it started holds its standard output.
    LOOK_MILLISECONDS = 20,
    TURN_MILLISECONDS = 2,
};

static long milliseconds_since_boot(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// A file in memory takes any input at once, where a pipe would have to be fed while the output is read.
static int open_input(const void *bytes, size_t count) {
    int file = memfd_create("input", MFD_CLOEXEC);
    if (file < 0) return -1;
    for (size_t written = 0; written < count;) {
        ssize_t more = write(file, (const char *)bytes + written, count - written);
        if (more < 0 && errno == EINTR) continue;
        if (more <= 0) {
            int error = errno;
            close(file);
            errno = error;
            return -1;
        }
        written += (size_t)more;
    }
    lseek(file, 0, SEEK_SET);
    return file;
}

static int become(const char *path, int netns, int input, int output) {
    char *const words[] = {(char *)path, NULL};
    // Whoever kills the caller's group means the caller.
    if (setpgid(0, 0) != 0) return errno;
    if (netns >= 0 && setns(netns, CLONE_NEWNET) != 0) return errno;
    if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0) return errno;
    execv(path, words);
    return errno;
}

// Returns the process, or -1 with errno.
static pid_t start(const char *path, int netns, int input, int output) {
    // The child of vfork shares the memory of its parent, which waits until it has become the program or has failed to.
    volatile int error = 0;
    pid_t child = vfork();
    if (child == 0) {
        error = become(path, netns, input, output);
        _exit(127);
    }
    if (child < 0 || error == 0) return child;
    waitpid(child, NULL, 0);
    errno = error;
    return -1;
}

// Takes what can be read at once or within the time. Returns -1 at the end, 0 otherwise.
static int receive(int source, char *output, size_t output_bytes_max, uint32_t *count, int milliseconds) {
    struct pollfd waiting = {.fd = source, .events = POLLIN};
    while (poll(&waiting, 1, milliseconds) > 0) {
        char beyond;
        int is_full = *count >= output_bytes_max;
        ssize_t more = read(source, is_full ? &beyond : output + *count, is_full ? 1 : output_bytes_max - *count);
        if (more < 0 && errno == EINTR) continue;
        if (more <= 0) return -1;
        *count += (uint32_t)more;
        if (*count > output_bytes_max) return 0;
        milliseconds = 0;
    }
    return 0;
}

// Reads the output until the program has ended. Returns 0, or why it must be ended.
static int collect(pid_t child, int source, char *output, size_t output_bytes_max, long deadline, uint32_t *count, int *status) {
    for (int is_open = 1;;) {
        long left = deadline - milliseconds_since_boot();
        if (left <= 0) return ETIMEDOUT;
        int look = left < LOOK_MILLISECONDS ? (int)left : LOOK_MILLISECONDS;
        if (is_open) is_open = receive(source, output, output_bytes_max, count, look) == 0;
        else poll(NULL, 0, 1);
        if (*count > output_bytes_max) return EMSGSIZE;
        if (waitpid(child, status, WNOHANG) != child) continue;
        // What it wrote last may be there still.
        if (is_open) receive(source, output, output_bytes_max, count, 0);
        return *count > output_bytes_max ? EMSGSIZE : 0;
    }
}

static struct berth_program_end not_started(int error) {
    return (struct berth_program_end){.error = error};
}

struct berth_program_end berth_run_program(
    const char *path, int netns, const void *input, size_t input_bytes, void *output, size_t output_bytes_max, int milliseconds) {
    long deadline = milliseconds_since_boot() + milliseconds;
    // A caller that ignores the end of children would never hear of it.
    signal(SIGCHLD, SIG_DFL);
    int ends[2], file = open_input(input, input_bytes);
    if (file < 0) return not_started(errno);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        int error = errno;
        close(file);
        return not_started(error);
    }
    pid_t child = start(path, netns, file, ends[1]);
    struct berth_program_end end = {.error = child < 0 ? errno : 0};
    close(file);
    close(ends[1]);
    int status = 0;
    if (child >= 0) end.error = collect(child, ends[0], output, output_bytes_max, deadline, &end.output_bytes, &status);
    if (child >= 0 && end.error != 0) {
        kill(-child, SIGKILL);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
        end.output_bytes = 0;
    }
    close(ends[0]);
    end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    end.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    return end;
}

// Locks of an open file, and not of a process, are inherited with its descriptor (fcntl(2), "Open file description locks").
static int lock(int file, short type, uint64_t number) {
    // One byte for each number; a file's offset has a sign.
    struct flock place = {.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)(number >> 2), .l_len = type == F_UNLCK ? 0 : 1};
    return fcntl(file, F_OFD_SETLK, &place);
}

int berth_take_turn(const char *path, uint64_t number, int milliseconds) {
    long deadline = milliseconds_since_boot() + milliseconds;
    int file = open(path, O_RDWR | O_CREAT, 0600);
    if (file < 0) return -1;
    while (lock(file, F_WRLCK, number) != 0) {
        int error = errno == EACCES ? EAGAIN : errno;
        if (error == EAGAIN && milliseconds_since_boot() < deadline) {
            poll(NULL, 0, TURN_MILLISECONDS);
            continue;
        }
        close(file);
        errno = error;
        return -1;
    }
    return file;
}

void berth_end_turn(int turn) {
    if (turn < 0) return;
    lock(turn, F_UNLCK, 0);
    close(turn);
}
