import Addressing
import PodNetwork

extension NamespaceState {
    private static let loopbackIPv4 = InterfaceAddress(
        device: .loopback, address: .v4(IPv4Address(127, 0, 0, 1)), prefixLength: 8)
    private static let loopbackIPv6 = InterfaceAddress(device: .loopback, address: .v6(IPv6Address(bits: 1)), prefixLength: 128)

    /// Linux gives loopback its addresses whenever it is set up.
    mutating func addLoopbackAddresses() {
        for address in [Self.loopbackIPv4, Self.loopbackIPv6] where position(of: address) == nil {
            if address.address.family == .v6 && sysctls.isIPv6Disabled(on: .loopback) { continue }
            addresses.append(HeldAddress(value: address))
        }
        hasLocalTable = true
    }

    mutating func add(_ address: InterfaceAddress) throws(KernelErrno) {
        try check(address)
        // Linux answers that it is done and holds no such address (`__inet_insert_ifa()`).
        guard address.address != .unspecified(.v4) else { return }
        guard position(of: address) == nil else { throw .exists }
        var held = HeldAddress(value: address)
        held.isSecondary = address.address.family == .v4 && hasPrimary(of: held)
        addresses.append(held)
        if address.address.family == .v4 { hasLocalTable = true }
        if isUp(address.device) { takeBlock(ofAddressAt: addresses.endIndex - 1) }
    }

    mutating func replace(_ address: InterfaceAddress) throws(KernelErrno) {
        try check(address)
        if position(of: address) == nil { try add(address) }
    }

    private func check(_ address: InterfaceAddress) throws(KernelErrno) {
        guard links[address.device] != nil else { throw .noSuchDevice }
        let bits = address.address.family == .v4 ? 32 : 128
        guard (1...bits).contains(address.prefixLength) else { throw .invalidArgument }
        guard case .v6(let value) = address.address else { return }
        guard sysctls.knowsIPv6(on: address.device) else { throw .invalidArgument }
        guard !sysctls.isIPv6Disabled(on: address.device) else { throw .permissionDenied }
        // `ipv6_add_addr()`: neither none, nor a group's, nor loopback's on another link.
        guard value.bits != 0, !value.isMulticast, !value.isLoopback || address.device == .loopback else { throw .addressNotAvailable }
    }

    /// Where the address is held that this one would be a copy of: for IPv6 the prefix length makes no difference.
    private func position(of address: InterfaceAddress) -> Int? {
        addresses.firstIndex { held in
            held.value.device == address.device && held.value.address == address.address
                && (address.address.family == .v6 || held.value.prefixLength == address.prefixLength)
        }
    }

    private func hasPrimary(of new: HeldAddress) -> Bool {
        addresses.contains { held in
            held.value.device == new.value.device && !held.isSecondary && held.subnet == new.subnet
        }
    }

    mutating func delete(_ address: InterfaceAddress) throws(KernelErrno) {
        guard links[address.device] != nil else { throw .noSuchDevice }
        guard address.address.family == .v4 || sysctls.knowsIPv6(on: address.device) else { throw .noSuchDeviceOrAddress }
        guard let position = addresses.firstIndex(where: { $0.value == address }) else { throw .addressNotAvailable }
        let removed = addresses.remove(at: position)
        var gone = [removed]
        if removed.value.address.family == .v4 && !removed.isSecondary {
            gone += addresses.filter { $0.isSecondary && $0.value.device == address.device && $0.subnet == removed.subnet }
            addresses.removeAll { gone.contains($0) }
        }
        removeConnectedRoute(of: removed)
        forgetSources(gone)
        forgetSource(address.address)
        if address.address.family == .v4 && !hasIPv4(address.device) { disable(.v4, on: address.device, keepsHostScope: false) }
    }

    func hasIPv4(_ device: LinkName) -> Bool {
        addresses.contains { $0.value.device == device && $0.value.address.family == .v4 }
    }

    /// Routes of IPv4's main table that prefer an address which no link holds any more go with it (`fib_sync_down_addr()`).
    mutating func forgetSources(_ gone: [HeldAddress]) {
        for held in gone where held.value.address.family == .v4 && !isLocal(held.value.address) {
            routes.removeAll { $0.value.source == held.value.address && $0.value.table == .main }
        }
    }

    /// IPv6 routes that may not prefer the address any more prefer none from then on (`rt6_remove_prefsrc()`); so it is when
    /// the address alone is deleted, not when its link goes down or away.
    private mutating func forgetSource(_ address: IPAddress) {
        guard case .v6(let source) = address else { return }
        for position in routes.indices where routes[position].value.source == address {
            if !mayPrefer(source, on: routes[position].value.device) { routes[position].value.source = nil }
        }
    }

    /// Takes every IPv6 address off a link, as when IPv6 is disabled there.
    mutating func removeIPv6(from device: LinkName) {
        addresses.removeAll { $0.value.device == device && $0.value.address.family == .v6 }
        disable(.v6, on: device, keepsHostScope: false)
    }

    /// Makes the block that an address stands for reachable, as happens when its link is up: by a route, or on loopback as
    /// the node's own.
    mutating func takeBlock(ofAddressAt position: Int) {
        let held = addresses[position]
        addresses[position].hasLocalBlock = held.value.device == .loopback && held.standsForBlock
        guard let route = connectedRoute(of: held), !routes.contains(route) else { return }
        routes.append(route)
    }

    private mutating func removeConnectedRoute(of held: HeldAddress) {
        guard let route = connectedRoute(of: held) else { return }
        let isStillMeant = addresses.contains { other in
            other.value.address.family == .v6 && other.value.device == held.value.device && other.subnet == held.subnet
        }
        guard !isStillMeant, let position = routes.firstIndex(of: route) else { return }
        routes.remove(at: position)
    }

    /// The kernel's route for an address; nil when it makes none.
    private func connectedRoute(of held: HeldAddress) -> InstalledRoute? {
        let device = held.value.device
        switch held.subnet {
        case .v4(let subnet):
            guard device != .loopback, subnet.prefixLength < 32, held.standsForBlock else { return nil }
            // Nothing is sent from a group's address or everyone's, so no route may prefer it.
            if case .v4(let address) = held.value.address, address.isMulticast || address.bits == .max { return nil }
            let route = Route(
                to: .v4(subnet), device: device, scope: .link, source: held.value.address, origin: .kernel)
            return InstalledRoute(value: route, metric: 0)
        case .v6(let subnet):
            guard held.value != Self.loopbackIPv6 else { return nil }
            return InstalledRoute(value: Route(to: .v6(subnet), device: device, origin: .kernel), metric: 256)
        }
    }
}
