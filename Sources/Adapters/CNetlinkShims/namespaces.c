#define _GNU_SOURCE
#include "CNetlinkShims.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

// Work for a namespace is done on a thread made for it, which enters the namespace and ends there. No thread that is
// used again ever leaves its own namespace, so there is no way home that could fail.

struct work {
    int netns;
    int (*run)(struct work *);
    const char *path;
    const char *bytes;
    char *buffer;
    size_t length;
    int result;
};

static void *enter_and_run(void *argument) {
    struct work *work = argument;
    if (work->netns >= 0 && setns(work->netns, CLONE_NEWNET) != 0) {
        work->result = -errno;
    } else {
        work->result = work->run(work);
    }
    return NULL;
}

static int run_on_own_thread(struct work *work) {
    pthread_t thread;
    int error = pthread_create(&thread, NULL, enter_and_run, work);
    if (error != 0) return -error;
    pthread_join(thread, NULL);
    return work->result;
}

static int run_in_namespace(struct work *work) {
    return work->netns < 0 ? work->run(work) : run_on_own_thread(work);
}

static int open_netlink(struct work *work) {
    (void)work;
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    return descriptor < 0 ? -errno : descriptor;
}

int berth_netlink_open(int netns) {
    struct work work = {.netns = netns, .run = open_netlink};
    return run_in_namespace(&work);
}

static int read_file(struct work *work) {
    int file = open(work->path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -errno;
    ssize_t count = read(file, work->buffer, work->length);
    int result = count < 0 ? -errno : (int)count;
    close(file);
    return result;
}

int berth_netns_read_file(int netns, const char *path, char *buffer, size_t capacity) {
    struct work work = {.netns = netns, .run = read_file, .path = path, .buffer = buffer, .length = capacity};
    return run_in_namespace(&work);
}

static int write_file(struct work *work) {
    int file = open(work->path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -errno;
    int result = write(file, work->bytes, work->length) < 0 ? -errno : 0;
    close(file);
    return result;
}

int berth_netns_write_file(int netns, const char *path, const char *bytes, size_t length) {
    struct work work = {.netns = netns, .run = write_file, .path = path, .bytes = bytes, .length = length};
    return run_in_namespace(&work);
}

// As `ip netns add` does it, so that each sees the namespaces of the other: unmounting in one mount namespace must
// reach the others, or the namespace lives on there.
static int make_shared_folder(const char *folder) {
    if (mkdir(folder, 0755) != 0 && errno != EEXIST) return -errno;
    if (mount("", folder, "none", MS_SHARED | MS_REC, NULL) == 0) return 0;
    if (errno != EINVAL) return -errno;
    if (mount(folder, folder, "none", MS_BIND | MS_REC, NULL) != 0) return -errno;
    return mount("", folder, "none", MS_SHARED | MS_REC, NULL) == 0 ? 0 : -errno;
}

static int unshare_and_bind(struct work *work) {
    if (unshare(CLONE_NEWNET) != 0) return -errno;
    return mount("/proc/thread-self/ns/net", work->path, "none", MS_BIND, NULL) == 0 ? 0 : -errno;
}

int berth_netns_create(const char *folder, const char *path) {
    int result = make_shared_folder(folder);
    if (result != 0) return result;
    int file = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
    if (file < 0) return -errno;
    close(file);
    struct work work = {.netns = -1, .run = unshare_and_bind, .path = path};
    result = run_on_own_thread(&work);
    if (result != 0) unlink(path);
    return result;
}

int berth_netns_remove(const char *path) {
    // EINVAL: a file to which nothing is bound, left by a creation that was interrupted.
    if (umount2(path, MNT_DETACH) != 0 && errno != EINVAL) return -errno;
    return unlink(path) == 0 ? 0 : -errno;
}

int berth_is_same_file(int a, int b) {
    struct stat first, second;
    if (fstat(a, &first) != 0 || fstat(b, &second) != 0) return -errno;
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}
