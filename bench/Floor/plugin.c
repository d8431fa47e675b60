// floor-plugin: the least that a CNI plugin with a daemon can do. Linked statically and without a check too many: it is the
// measure beside which berth-cni is held, and no plugin for a node.
#define _GNU_SOURCE
#include "frame.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char frame[FLOOR_FRAME_BYTES_MAX];

static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

static int print(const char *text, size_t length) {
    return write(STDOUT_FILENO, text, length) == (ssize_t)length ? 0 : 1;
}

// Enters the pod's namespace and opens a socket there.
static int open_sandbox(int descriptors[2]) {
    descriptors[0] = open(variable("CNI_NETNS"), O_RDONLY | O_CLOEXEC);
    if (descriptors[0] < 0 || setns(descriptors[0], CLONE_NEWNET) != 0) return -1;
    descriptors[1] = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    return descriptors[1];
}

static int call(size_t length, const int *descriptors) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, variable("FLOOR_SOCKET"), sizeof address.sun_path - 1);
    int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) != 0) return -1;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))] = {0};
    struct iovec part = {frame, length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptors) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(2 * sizeof(int));
        memcpy(CMSG_DATA(rights), descriptors, 2 * sizeof(int));
    }
    return sendmsg(connection, &message, MSG_NOSIGNAL) == (ssize_t)length ? connection : -1;
}

int main(void) {
    const char *command = variable("CNI_COMMAND"), *container = variable("CNI_CONTAINERID");
    ssize_t count;
    size_t length = FLOOR_HEAD_BYTES;
    if (strcmp(command, "VERSION") == 0) {
        static const char versions[] = "{\"cniVersion\":\"1.1.0\",\"supportedVersions\":[\"1.0.0\",\"1.1.0\"]}\n";
        while (read(STDIN_FILENO, frame, sizeof frame) > 0) {}
        return print(versions, sizeof versions - 1);
    }
    while ((count = read(STDIN_FILENO, frame + length, sizeof frame - length)) > 0) length += (size_t)count;
    size_t digits = strlen(container);
    if (digits < FLOOR_NUMBER_DIGITS) return 1;
    frame[0] = command[0];
    memcpy(frame + 1, container + digits - FLOOR_NUMBER_DIGITS, FLOOR_NUMBER_DIGITS);

    int descriptors[2];
    int is_add = strcmp(command, "ADD") == 0;
    if (is_add && open_sandbox(descriptors) < 0) return 1;
    int connection = call(length, is_add ? descriptors : NULL);
    if (connection < 0) return 1;
    count = recv(connection, frame, sizeof frame, 0);
    // One byte says how it went; what follows is printed.
    if (count < 1 || frame[0] != 0) return 1;
    return count == 1 ? 0 : print(frame + 1, (size_t)count - 1);
}
