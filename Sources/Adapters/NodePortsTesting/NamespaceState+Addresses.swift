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
        if isUp(address.device) { addConnectedRoute(of: held) }
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
        if address.address.family == .v4 && !hasIPv4(address.device) { disable(.v4, on: address.device, keepsHostScope: false) }
    }

    func hasIPv4(_ device: LinkName) -> Bool {
        addresses.contains { $0.value.device == device && $0.value.address.family == .v4 }
    }

    /// Routes that prefer an address which no link holds any more: those of IPv4's main table go with it
    /// (`fib_sync_down_addr()`), those of IPv6 over the link that held it prefer none from then on.
    mutating func forgetSources(_ gone: [HeldAddress]) {
        for held in gone where !addresses.contains(where: { $0.value.address == held.value.address }) {
            let address = held.value.address
            routes.removeAll { $0.value.source == address && $0.value.table == .main && address.family == .v4 }
            for position in routes.indices where routes[position].value.source == address && address.family == .v6 {
                if routes[position].value.device == held.value.device { routes[position].value.source = nil }
            }
        }
    }

    /// Takes every IPv6 address off a link, as when IPv6 is disabled there.
    mutating func removeIPv6(from device: LinkName) {
        let gone = addresses.filter { $0.value.device == device && $0.value.address.family == .v6 }
        addresses.removeAll { gone.contains($0) }
        disable(.v6, on: device, keepsHostScope: false)
        forgetSources(gone)
    }

    /// Makes the route to the subnet that an address on a link that is up stands for.
    mutating func addConnectedRoute(of held: HeldAddress) {
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
            guard device != .loopback, subnet.prefixLength < 32, !held.isSecondary, subnet.network.bits >> 24 != 0 else { return nil }
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
