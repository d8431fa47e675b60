import Addressing
import CNetlink
import PodNetwork

/// What a request does with the object it describes.
enum RequestKind {
    case create, replace, delete

    /// The flags of a request that makes something; libnl adds `NLM_F_CREATE` itself.
    var flags: Int32 {
        switch self {
        case .create: NLM_F_EXCL
        case .replace: NLM_F_REPLACE
        case .delete: 0
        }
    }
}

/// Builds the requests for addresses, routes, neighbours and rules; `device` is the index of the link they stand on.
enum ObjectRequests {
    static func address(_ kind: RequestKind, _ address: InterfaceAddress, device: Int32) throws(KernelErrno) -> LibnlHandle {
        let object = try LibnlHandle(rtnl_addr_alloc(), release: { rtnl_addr_put($0) })
        let local = try LibnlHandle.address(address.address, prefixLength: address.prefixLength)
        rtnl_addr_set_ifindex(object.pointer, device)
        try KernelErrno.check(rtnl_addr_set_local(object.pointer, local.pointer))
        if address.address.family == .v6 {
            // VPC gives every address to one owner; looking for another one would only hold the address back.
            rtnl_addr_set_flags(object.pointer, UInt32(IFA_F_NODAD))
        }
        return try .message { message in
            switch kind {
            case .create, .replace: rtnl_addr_build_add_request(object.pointer, kind.flags, message)
            case .delete: rtnl_addr_build_delete_request(object.pointer, 0, message)
            }
        }
    }

    static func route(_ kind: RequestKind, _ route: Route, device: Int32) throws(KernelErrno) -> LibnlHandle {
        let object = try LibnlHandle(rtnl_route_alloc(), release: { rtnl_route_put($0) })
        rtnl_route_set_family(object.pointer, UInt8(route.destination.family.number))
        rtnl_route_set_table(object.pointer, route.table.number)
        rtnl_route_set_protocol(object.pointer, route.origin.number)
        rtnl_route_set_scope(object.pointer, route.scope.rawValue)
        rtnl_route_set_type(object.pointer, UInt8(RTN_UNICAST))
        if route.isOnLink { rtnl_route_set_flags(object.pointer, UInt32(RTNH_F_ONLINK)) }
        let destination = try LibnlHandle.address(route.destination)
        try KernelErrno.check(rtnl_route_set_dst(object.pointer, destination.pointer))
        if let source = route.source {
            let source = try LibnlHandle.address(source)
            try KernelErrno.check(rtnl_route_set_pref_src(object.pointer, source.pointer))
        }
        try addNextHop(to: object, gateway: route.gateway, device: device)
        return try .message { message in
            switch kind {
            case .create, .replace: rtnl_route_build_add_request(object.pointer, kind.flags, message)
            case .delete: rtnl_route_build_del_request(object.pointer, 0, message)
            }
        }
    }

    /// Gives the route its only next hop, which then belongs to the route.
    private static func addNextHop(to route: borrowing LibnlHandle, gateway: IPAddress?, device: Int32) throws(KernelErrno) {
        guard let nextHop = rtnl_route_nh_alloc() else { throw .outOfMemory }
        rtnl_route_add_nexthop(route.pointer, nextHop)
        rtnl_route_nh_set_ifindex(nextHop, device)
        guard let gateway else { return }
        let address = try LibnlHandle.address(gateway)
        rtnl_route_nh_set_gateway(nextHop, address.pointer)
    }

    static func neighbour(_ kind: RequestKind, _ neighbour: Neighbour, device: Int32) throws(KernelErrno) -> LibnlHandle {
        let object = try LibnlHandle(rtnl_neigh_alloc(), release: { rtnl_neigh_put($0) })
        let address = try LibnlHandle.address(neighbour.address)
        let mac = try LibnlHandle.address(neighbour.mac)
        rtnl_neigh_set_ifindex(object.pointer, device)
        rtnl_neigh_set_state(object.pointer, NUD_PERMANENT)
        rtnl_neigh_set_lladdr(object.pointer, mac.pointer)
        try KernelErrno.check(rtnl_neigh_set_dst(object.pointer, address.pointer))
        return try .message { message in
            switch kind {
            case .create, .replace: rtnl_neigh_build_add_request(object.pointer, kind.flags | NLM_F_CREATE, message)
            case .delete: rtnl_neigh_build_delete_request(object.pointer, 0, message)
            }
        }
    }

    static func rule(_ kind: RequestKind, _ rule: Rule) throws(KernelErrno) -> LibnlHandle {
        let object = try LibnlHandle(rtnl_rule_alloc(), release: { rtnl_rule_put($0) })
        rtnl_rule_set_family(object.pointer, rule.family.number)
        rtnl_rule_set_prio(object.pointer, rule.priority)
        rtnl_rule_set_table(object.pointer, rule.table.number)
        rtnl_rule_set_action(object.pointer, UInt8(FR_ACT_TO_TBL))
        rtnl_rule_set_protocol(object.pointer, rule.origin.number)
        try setBlocks(of: object, rule)
        if let name = rule.inputDevice { try KernelErrno.check(rtnl_rule_set_iif(object.pointer, name.rawValue)) }
        if let mark = rule.mark {
            rtnl_rule_set_mark(object.pointer, mark.value)
            rtnl_rule_set_mask(object.pointer, mark.mask)
        }
        return try .message { message in
            switch kind {
            case .create, .replace: rtnl_rule_build_add_request(object.pointer, kind.flags, message)
            case .delete: rtnl_rule_build_delete_request(object.pointer, 0, message)
            }
        }
    }

    private static func setBlocks(of object: borrowing LibnlHandle, _ rule: Rule) throws(KernelErrno) {
        if let source = rule.source {
            let block = try LibnlHandle.address(source)
            try KernelErrno.check(rtnl_rule_set_src(object.pointer, block.pointer))
        }
        if let destination = rule.destination {
            let block = try LibnlHandle.address(destination)
            try KernelErrno.check(rtnl_rule_set_dst(object.pointer, block.pointer))
        }
    }
}
