import CNetlink
package import PodNetwork

/// Builds the requests that make, change and remove links.
package enum LinkRequests {
    /// Makes a veth pair: the near end up with the index `index` (0 lets the kernel choose), the peer down in the
    /// namespace `sandboxNetns`.
    ///
    /// Each end has one queue: the default is one for each CPU, of which veth turns off all but one and waits for it.
    /// The peer cannot be made up, which the kernel answers with ENOTCONN: its open looks for a pair that is not joined.
    static func create(_ pair: VethPair, index: Int32, sandboxNetns: Int32) throws(KernelErrno) -> LibnlHandle {
        let near = try LibnlHandle(rtnl_link_veth_alloc(), release: { rtnl_link_put($0) })
        let peer = try LibnlHandle(rtnl_link_veth_get_peer(near.pointer), release: { rtnl_link_put($0) })
        rtnl_link_set_ifindex(near.pointer, index)
        rtnl_link_set_flags(near.pointer, InterfaceFlags.up)
        try describe(near, name: pair.name, mac: .address(pair.mac), mtuBytes: pair.mtuBytes)
        try describe(peer, name: pair.peerName, mac: .address(pair.peerMAC), mtuBytes: pair.mtuBytes)
        rtnl_link_set_ns_fd(peer.pointer, sandboxNetns)
        return try .message { rtnl_link_build_add_request(near.pointer, NLM_F_CREATE | NLM_F_EXCL, $0) }
    }

    /// Makes a VLAN link that is up, on the link with the index `parent`; `index` is as for a veth.
    static func create(_ vlan: VLANLink, index: Int32, parent: Int32) throws(KernelErrno) -> LibnlHandle {
        guard let id = UInt16(exactly: vlan.id) else { throw .outOfRange }
        let link = try LibnlHandle(rtnl_link_vlan_alloc(), release: { rtnl_link_put($0) })
        rtnl_link_set_ifindex(link.pointer, index)
        rtnl_link_set_link(link.pointer, parent)
        rtnl_link_set_flags(link.pointer, InterfaceFlags.up)
        try describe(link, name: vlan.name, mac: .address(vlan.mac), mtuBytes: vlan.mtuBytes)
        try KernelErrno.check(rtnl_link_vlan_set_id(link.pointer, id))
        return try .message { rtnl_link_build_add_request(link.pointer, NLM_F_CREATE | NLM_F_EXCL, $0) }
    }

    /// The message that makes a VLAN link, byte by byte, for where no kernel can be asked: not every one has VLANs.
    package static func bytes(making vlan: VLANLink, index: Int32, parent: Int32) throws(KernelErrno) -> [UInt8] {
        let message = try create(vlan, index: index, parent: parent)
        guard let header = nlmsg_hdr(message.pointer) else { return [] }
        return Array(UnsafeRawBufferPointer(start: header, count: message.byteCount))
    }

    private static func describe(
        _ link: borrowing LibnlHandle, name: LinkName, mac: consuming LibnlHandle, mtuBytes: Int
    ) throws(KernelErrno) {
        guard let mtu = UInt32(exactly: mtuBytes) else { throw .invalidArgument }
        rtnl_link_set_name(link.pointer, name.rawValue)
        rtnl_link_set_addr(link.pointer, mac.pointer)
        rtnl_link_set_mtu(link.pointer, mtu)
        rtnl_link_set_num_tx_queues(link.pointer, 1)
        rtnl_link_set_num_rx_queues(link.pointer, 1)
    }

    static func change(index: Int32, _ settings: LinkSettings) throws(KernelErrno) -> LibnlHandle {
        let link = try LibnlHandle(rtnl_link_alloc(), release: { rtnl_link_put($0) })
        let changes = try LibnlHandle(rtnl_link_alloc(), release: { rtnl_link_put($0) })
        rtnl_link_set_ifindex(link.pointer, index)
        if let isUp = settings.isUp {
            let set = isUp ? rtnl_link_set_flags : rtnl_link_unset_flags
            set(changes.pointer, InterfaceFlags.up)
        }
        if let mtuBytes = settings.mtuBytes {
            guard let mtu = UInt32(exactly: mtuBytes) else { throw .invalidArgument }
            rtnl_link_set_mtu(changes.pointer, mtu)
        }
        if let group = settings.group { rtnl_link_set_group(changes.pointer, group) }
        let message = try LibnlHandle.message { rtnl_link_build_change_request(link.pointer, changes.pointer, 0, $0) }
        if let alias = settings.alias { try add(alias: alias, to: message) }
        return message
    }

    /// Adds the alias without the final zero that libnl would send, which the kernel counts: it would cost the last byte.
    /// The zero alone takes an alias away.
    private static func add(alias: String, to message: borrowing LibnlHandle) throws(KernelErrno) {
        try KernelErrno.check(nla_put(message.pointer, Int32(IFLA_IFALIAS), Int32(max(1, alias.utf8.count)), alias))
    }

    static func delete(_ name: LinkName) throws(KernelErrno) -> LibnlHandle {
        let link = try LibnlHandle(rtnl_link_alloc(), release: { rtnl_link_put($0) })
        rtnl_link_set_name(link.pointer, name.rawValue)
        return try .message { rtnl_link_build_delete_request(link.pointer, $0) }
    }

    /// Removes every link of a group in one request, so that the kernel waits for its readers once and not for each.
    ///
    /// - Throws: EINVAL for group 0, to which every link belongs that was put into no other.
    static func delete(group: UInt32) throws(KernelErrno) -> LibnlHandle {
        guard group != 0 else { throw .invalidArgument }
        let message = try LibnlHandle(nlmsg_alloc_simple(Int32(RTM_DELLINK), 0), release: { nlmsg_free($0) })
        var header = ifinfomsg()
        try KernelErrno.check(nlmsg_append(message.pointer, &header, MemoryLayout<ifinfomsg>.size, Int32(NLMSG_ALIGNTO)))
        try KernelErrno.check(nla_put_u32(message.pointer, Int32(IFLA_GROUP), group))
        return message
    }
}

/// Flags of a link that its requests and reports carry (`linux/if.h`, where they are macros as well as constants).
enum InterfaceFlags {
    static let up: UInt32 = 1
}
