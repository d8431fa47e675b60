#define _GNU_SOURCE
#include "CNetlinkShims.h"

#include <errno.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

int berth_netlink_configure(int socket, int seconds) {
    int on = 1;
    struct timeval bound = {.tv_sec = seconds};
    if (setsockopt(socket, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on) != 0) return -errno;
    return setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound) == 0 ? 0 : -errno;
}

// A capped acknowledgement is 36 bytes; what does not fit is cut off and not needed.
enum { datagrams_per_read = 64, bytes_per_datagram = 128 };

int berth_netlink_receive_acknowledgements(int socket, uint32_t first_sequence, int count, int32_t *errors) {
    _Alignas(struct nlmsghdr) char buffers[datagrams_per_read][bytes_per_datagram];
    struct iovec vectors[datagrams_per_read];
    struct mmsghdr datagrams[datagrams_per_read];
    int missing = count;
    while (missing > 0) {
        int wanted = missing < datagrams_per_read ? missing : datagrams_per_read;
        memset(datagrams, 0, sizeof(struct mmsghdr) * (size_t)wanted);
        for (int i = 0; i < wanted; i++) {
            vectors[i] = (struct iovec){.iov_base = buffers[i], .iov_len = bytes_per_datagram};
            datagrams[i].msg_hdr.msg_iov = &vectors[i];
            datagrams[i].msg_hdr.msg_iovlen = 1;
        }
        // One call for all: the kernel has queued every answer when the write of the requests returns.
        int received = recvmmsg(socket, datagrams, (unsigned)wanted, MSG_WAITFORONE, NULL);
        if (received < 0 && errno == EINTR) continue;
        if (received < 0) return -errno;
        for (int i = 0; i < received; i++) {
            const struct nlmsghdr *header = (const struct nlmsghdr *)buffers[i];
            if (datagrams[i].msg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr)) || header->nlmsg_type != NLMSG_ERROR) continue;
            uint32_t place = header->nlmsg_seq - first_sequence;
            if (place >= (uint32_t)count) continue;
            errors[place] = -((const struct nlmsgerr *)NLMSG_DATA(header))->error;
            missing -= 1;
        }
    }
    return 0;
}

int berth_link_index(int socket, const char *name) {
    struct ifreq request = {0};
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    return ioctl(socket, SIOCGIFINDEX, &request) == 0 ? request.ifr_ifindex : -errno;
}

int berth_link_index_is_taken(int socket, int index) {
    struct ifreq request = {.ifr_ifindex = index};
    if (ioctl(socket, SIOCGIFNAME, &request) == 0) return 1;
    return errno == ENODEV ? 0 : -errno;
}
