#pragma once

#include <stddef.h>
#include <stdint.h>

// What Swift cannot say to Linux: calls hidden behind _GNU_SOURCE, function-like macros, and work that must happen on
// a thread of its own. Every function returns a negative errno when it fails, and what its comment says otherwise.
// A `netns` of -1 means the namespace of the caller.

/// Opens a routing-netlink socket in the namespace that `netns` refers to, close-on-exec. Returns its descriptor.
int berth_netlink_open(int netns);

/// Asks for acknowledgements without a copy of the request, and bounds every wait for an answer to `seconds`. Returns 0.
int berth_netlink_configure(int socket, int seconds);

/// Reads the acknowledgements of `count` requests with consecutive sequence numbers, the first of which is
/// `first_sequence`, and stores the errno of each, 0 for success, in `errors`. Answers to anything else are passed over.
/// Returns 0 when every request is answered.
int berth_netlink_receive_acknowledgements(int socket, uint32_t first_sequence, int count, int32_t *errors);

/// Returns the index of the link `name` in the namespace of `socket`.
int berth_link_index(int socket, const char *name);

/// Returns 1 when a link has the index in the namespace of `socket`, 0 when none has.
int berth_link_index_is_taken(int socket, int index);

/// Reads at most `capacity` bytes of the file `path` as a thread of that namespace sees it. Returns how many.
int berth_netns_read_file(int netns, const char *path, char *buffer, size_t capacity);

/// Writes `length` bytes in one call to the existing file `path` as a thread of that namespace sees it. Returns 0.
int berth_netns_write_file(int netns, const char *path, const char *bytes, size_t length);

/// Makes a network namespace and binds it to `path`, which must not exist, in the folder `folder`, which is made and
/// made a shared mount when it is not one. Returns 0.
int berth_netns_create(const char *folder, const char *path);

/// Unbinds the namespace from `path` and removes the file. Returns 0.
int berth_netns_remove(const char *path);

/// Tells whether both descriptors refer to the same file, as two descriptors of one namespace do. Returns 1 or 0.
int berth_is_same_file(int a, int b);
