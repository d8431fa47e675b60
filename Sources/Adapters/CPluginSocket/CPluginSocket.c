#define _GNU_SOURCE
#include "CPluginSocket.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    // A little under net.core.wmem_default (212,992), which also pays for the kernel's own bookkeeping.
    ROOMY_MESSAGE_BYTES = 128 * 1024,
    // The kernel hands over at most 253 descriptors in one message (SCM_MAX_FD, unix(7)).
    SURPLUS_DESCRIPTORS_MAX = 253,
};

static struct berth_sandbox refused(struct berth_sandbox sandbox, uint8_t step) {
    sandbox.error = errno;
    sandbox.step = step;
    if (sandbox.netns >= 0) close(sandbox.netns);
    sandbox.netns = -1;
    return sandbox;
}

static int is_own_namespace(int netns) {
    struct stat theirs, ours;
    return fstat(netns, &theirs) == 0 && stat("/proc/self/ns/net", &ours) == 0 && theirs.st_dev == ours.st_dev
        && theirs.st_ino == ours.st_ino;
}

struct berth_sandbox berth_open_sandbox(const char *path) {
    struct berth_sandbox sandbox = {.netns = -1, .netlink = -1, .step = BERTH_SANDBOX_OPENED};
    // Without O_NONBLOCK a path that is a FIFO would hold the plugin for ever.
    sandbox.netns = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (sandbox.netns < 0) return refused(sandbox, BERTH_SANDBOX_OPEN);
    if (is_own_namespace(sandbox.netns)) sandbox.flags |= BERTH_FLAG_OWN_NAMESPACE;
    if (setns(sandbox.netns, CLONE_NEWNET) != 0)
        return refused(sandbox, errno == EINVAL ? BERTH_SANDBOX_NOT_A_NAMESPACE : BERTH_SANDBOX_ENTER);
    sandbox.netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (sandbox.netlink < 0) return refused(sandbox, BERTH_SANDBOX_SOCKET);
    return sandbox;
}

typedef int (*address_call)(int, const struct sockaddr *, socklen_t);

static int open_at(const char *path, address_call call) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length > BERTH_SOCKET_PATH_BYTES_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, length);
    int socket_ = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket_ < 0) return -1;
    if (call(socket_, (const struct sockaddr *)&address, sizeof address) == 0) return socket_;
    int error = errno;
    close(socket_);
    errno = error;
    return -1;
}

int berth_connect(const char *path) {
    return open_at(path, connect);
}

int berth_bind(const char *path) {
    return open_at(path, bind);
}

int berth_accept(int listener, int receive_timeout_ms) {
    int accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (accepted < 0) return -1;
    struct timeval limit = {.tv_sec = receive_timeout_ms / 1000, .tv_usec = receive_timeout_ms % 1000 * 1000};
    setsockopt(accepted, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return accepted;
}

static void make_room(int socket_, size_t bytes) {
    int room = (int)bytes;
    if (setsockopt(socket_, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) != 0)
        setsockopt(socket_, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
}

int berth_send(int socket_, const void *head, size_t head_bytes, const void *body, size_t body_bytes,
               int netns, int netlink) {
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))] = {0};
    struct iovec parts[2] = {{(void *)head, head_bytes}, {(void *)body, body_bytes}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = body_bytes > 0 ? 2 : 1};
    if (netlink >= 0) {
        int descriptors[2] = {netns, netlink};
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof descriptors);
        memcpy(CMSG_DATA(rights), descriptors, sizeof descriptors);
    }
    if (head_bytes + body_bytes > ROOMY_MESSAGE_BYTES) make_room(socket_, head_bytes + body_bytes);
    ssize_t sent;
    do sent = sendmsg(socket_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}

// Takes the descriptors out of one control message; all of them are closed when they are not two.
static void take_descriptors(struct cmsghdr *rights, int descriptors[2]) {
    size_t count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    int surplus = count != 2 || descriptors[0] >= 0;
    for (size_t i = 0; i < count; i++) {
        int descriptor;
        memcpy(&descriptor, CMSG_DATA(rights) + i * sizeof(int), sizeof descriptor);
        if (surplus) close(descriptor);
        else descriptors[i] = descriptor;
    }
}

ssize_t berth_receive(int socket_, void *buffer, size_t capacity, int descriptors[2]) {
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(SURPLUS_DESCRIPTORS_MAX * sizeof(int))];
    struct iovec part = {buffer, capacity};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    descriptors[0] = descriptors[1] = -1;
    ssize_t length;
    // MSG_TRUNC asks for the real length of a message that does not fit.
    do length = recvmsg(socket_, &message, MSG_CMSG_CLOEXEC | MSG_TRUNC);
    while (length < 0 && errno == EINTR);
    if (length < 0) return -1;
    for (struct cmsghdr *each = CMSG_FIRSTHDR(&message); each; each = CMSG_NXTHDR(&message, each)) {
        if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SCM_RIGHTS) take_descriptors(each, descriptors);
    }
    return length;
}

int berth_peer(int socket_, uint32_t *uid, int32_t *pid) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(socket_, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return -1;
    *uid = peer.uid;
    *pid = peer.pid;
    return 0;
}

char *const *berth_environment(void) {
    return environ;
}

int berth_contains(const void *bytes, size_t count, const char *needle) {
    return memmem(bytes, count, needle, strlen(needle)) != NULL;
}
