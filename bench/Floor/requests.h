// The routing-netlink requests by which a pod's network is made and unmade: exactly the objects that berthd makes for a pod
// with one IPv4 address on the primary ENI, in one write for the node and one for the pod.
#ifndef FLOOR_REQUESTS_H
#define FLOOR_REQUESTS_H

#include <stdint.h>

struct pod {
    uint32_t number;
    /// In network byte order.
    uint32_t address;
    int netns;
    int netlink;
};

enum {
    /// The links that wait to be removed.
    FLOOR_DOOMED_GROUP = 0x00f10041,
};

/// Makes the pod's network; `host` is a socket in the node's namespace. Returns 0 or an error number.
int floor_wire(int host, const struct pod *pod);

/// Removes rule and route and takes the link down into the doomed group. Returns 0 or an error number.
int floor_unwire(int host, const struct pod *pod);

/// Removes every link of the doomed group. Returns 0 or an error number.
int floor_reap(int host);

#endif
