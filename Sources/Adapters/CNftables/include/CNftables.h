#pragma once

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <stddef.h>
#include <stdint.h>

// libnftables, and what it does not tell, in the network namespace of a descriptor. A `netns` of -1 means that of the caller. Work for
// another is done on a thread made for it, which ends there. Every function returns a negative errno when it fails, and 0 or what its
// comment says otherwise. What is stored behind a pointer is freed with free(3).

/// Runs nftables commands as one transaction. Stores what they print, stateless, in `output` and what libnftables has to say against
/// them in `error`, both ended by a zero. Returns -EINVAL when they were refused, with the words in `error`.
int berth_nft_run(int netns, const char *commands, char **output, char **error);

/// Asks for every object of a kind, `message` being NFT_MSG_GETCHAIN or NFT_MSG_GETRULE, of the family; rules of the table, and of the
/// chain when one is given. Stores the answers, netlink messages with header, one after the other.
int berth_nft_dump(
    int netns, uint8_t message, uint8_t family, const char *table, const char *chain, uint8_t **bytes, size_t *length);

/// Returns 1 when the table of iptables-legacy holds the text, which may be a chain's name or a comment, and 0 when it does not or when
/// there is no such table. Makes no table.
int berth_legacy_table_holds(int netns, const char *table, const char *text);

/// Opens a socket that hears of every change of nftables, as netlink messages with header. It is to be closed, and does not block.
/// Returns the descriptor.
int berth_nft_listen(int netns);
