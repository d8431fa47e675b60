import Addressing
import NodePorts
import PodNetwork

/// Compares what the kernel has of a pod with what its ADD made, and words every difference.
///
/// In the pod, what plugins behind ours change on purpose is no difference: the MAC address that they put into the result, an MTU
/// that is smaller than ours (`tuning`), and routes that stand in a table of their own (`sbr`).
struct PodCheck {
    let veth: VethPair
    /// What the pod's end has by the result of the ADD; nil where that names none.
    let peerMAC: MACAddress?
    /// Objects of the node's namespace and of the pod's; their links are looked at by themselves.
    let host: [KernelObject]
    let sandbox: [KernelObject]

    /// Returns all that is wrong, the links first; empty when the pod is whole.
    ///
    /// A link without an alias is the incumbent's, of a pod that was taken over: its MAC addresses were drawn by chance.
    func faults(host node: any KernelNamespace, sandbox pod: any KernelNamespace) throws(KernelError) -> [String] {
        let near = try node.link(named: veth.name)
        let far = try pod.link(named: veth.peerName)
        var expected = veth
        expected.peerMAC = peerMAC ?? veth.peerMAC
        if let near, near.alias.isEmpty {
            (expected.mac, expected.alias) = (near.mac, "")
            expected.peerMAC = far?.mac ?? expected.peerMAC
        }
        let mtuBytes = veth.mtuBytes
        var faults = linkFaults(near, veth.name, mac: expected.mac, mtuBytes: mtuBytes...mtuBytes, place: "on the node")
        faults += linkFaults(far, veth.peerName, mac: expected.peerMAC, mtuBytes: 0...mtuBytes, place: "in the pod")
        faults += pairFaults(near, far, alias: expected.alias)
        faults += try VLANCheck(host).faults(in: node)
        faults += try objectFaults(host, expected, isTakenOver: expected.alias != veth.alias, in: node, isInPod: false)
        return faults + (try objectFaults(sandbox, expected, isTakenOver: false, in: pod, isInPod: true))
    }

    // MARK: - Links

    private func linkFaults(_ link: LinkState?, _ name: LinkName, mac: MACAddress, mtuBytes: ClosedRange<Int>, place: String) -> [String] {
        guard let link else { return ["link \(name) is missing \(place)"] }
        var faults: [String] = []
        if !link.isUp { faults.append("link \(name) \(place) is down") }
        if link.mac != mac { faults.append("link \(name) \(place) has address \(link.mac) instead of \(mac)") }
        if !mtuBytes.contains(link.mtuBytes) {
            faults.append("link \(name) \(place) has MTU \(link.mtuBytes) instead of \(veth.mtuBytes)")
        }
        return faults
    }

    private func pairFaults(_ near: LinkState?, _ far: LinkState?, alias: String) -> [String] {
        guard let near else { return [] }
        var faults: [String] = []
        if near.alias != alias { faults.append("link \(near.name) on the node has alias \"\(near.alias)\" instead of \"\(alias)\"") }
        if let far, near.otherIndex != far.index || far.otherIndex != near.index {
            faults.append(
                "link \(near.name) on the node (index \(near.index)) and \(far.name) in the pod (index \(far.index)) are not one pair: "
                    + "their other ends have the indices \(near.otherIndex) and \(far.otherIndex)")
        }
        return faults
    }

    // MARK: - What stands on the links

    /// - Parameter isTakenOver: Whether the objects may be the incumbent's, which gives an IPv6 pod no neighbour on the node.
    private func objectFaults(
        _ objects: [KernelObject], _ expected: VethPair, isTakenOver: Bool, in namespace: any KernelNamespace, isInPod: Bool
    ) throws(KernelError) -> [String] {
        let objects = objects.filter { !$0.isLink && !(isTakenOver && $0.isNeighbour) }.map { $0.withMACs(of: expected, instead: veth) }
        let present = try namespace.objects(ofTheKindsOf: objects)
        let anybodys = Set(present.map(\.ofAnyOrigin)).union(isInPod ? present.compactMap(\.ofAnyTable) : [])
        return objects.filter { !anybodys.contains($0.ofAnyOrigin) }.map { object in
            let other = present.first { $0.standsInPlace(of: object) }
            return "\(object) is missing \(isInPod ? "in the pod" : "on the node")" + (other.map { "; in its place is \($0)" } ?? "")
        }
    }
}

extension KernelNamespace {
    /// What there is of each kind that is asked about.
    fileprivate func objects(ofTheKindsOf objects: [KernelObject]) throws(KernelError) -> [KernelObject] {
        var present: [KernelObject] = []
        if objects.contains(where: { if case .address = $0 { true } else { false } }) {
            present += try addresses().map(KernelObject.address)
        }
        if objects.contains(where: { if case .route = $0 { true } else { false } }) { present += try routes().map(KernelObject.route) }
        if objects.contains(where: { if case .rule = $0 { true } else { false } }) { present += try rules().map(KernelObject.rule) }
        if objects.contains(where: \.isNeighbour) { present += try neighbours().map(KernelObject.neighbour) }
        return present
    }
}

extension KernelObject {
    fileprivate var isNeighbour: Bool { if case .neighbour = self { true } else { false } }

    /// A route or rule does its work whoever made it.
    fileprivate var ofAnyOrigin: KernelObject {
        switch self {
        case .route(var route):
            route.origin = .berth
            return .route(route)
        case .rule(var rule):
            rule.origin = .berth
            return .rule(rule)
        case .veth, .vlan, .address, .neighbour: return self
        }
    }

    /// A route as it would be in main, whoever made it; nil for all else.
    fileprivate var ofAnyTable: KernelObject? {
        guard case .route(var route) = self.ofAnyOrigin else { return nil }
        route.table = .main
        return .route(route)
    }

    fileprivate func withMACs(of veth: VethPair, instead planned: VethPair) -> KernelObject {
        guard case .neighbour(var neighbour) = self else { return self }
        if neighbour.mac == planned.mac { neighbour.mac = veth.mac }
        if neighbour.mac == planned.peerMAC { neighbour.mac = veth.peerMAC }
        return .neighbour(neighbour)
    }

    /// Whether it is what one finds where the other should be.
    fileprivate func standsInPlace(of other: KernelObject) -> Bool {
        switch (self, other) {
        case (.address(let a), .address(let b)): a.device == b.device && a.address.family == b.address.family && !a.address.isLinkLocalIPv6
        case (.route(let a), .route(let b)): a.destination == b.destination && a.table == b.table
        case (.rule(let a), .rule(let b)):
            a.priority == b.priority && a.source == b.source && a.destination == b.destination && a.inputDevice == b.inputDevice
                && a.family == b.family
        case (.neighbour(let a), .neighbour(let b)): a.device == b.device && a.address == b.address
        default: false
        }
    }
}

extension IPAddress {
    fileprivate var isLinkLocalIPv6: Bool {
        switch self {
        case .v4: false
        case .v6(let address): address.isLinkLocal
        }
    }
}

/// The VLAN links among a pod's objects.
private struct VLANCheck {
    let links: [VLANLink]

    init(_ objects: [KernelObject]) {
        links = objects.compactMap { if case .vlan(let link) = $0 { link } else { nil } }
    }

    func faults(in namespace: any KernelNamespace) throws(KernelError) -> [String] {
        var faults: [String] = []
        for expected in links {
            guard let link = try namespace.link(named: expected.name) else {
                faults.append("link \(expected.name) is missing on the node")
                continue
            }
            let parent = try namespace.link(named: expected.parent)
            if !link.isUp { faults.append("link \(expected.name) on the node is down") }
            if link.mac != expected.mac {
                faults.append("link \(expected.name) on the node has address \(link.mac) instead of \(expected.mac)")
            }
            if link.mtuBytes != expected.mtuBytes {
                faults.append("link \(expected.name) on the node has MTU \(link.mtuBytes) instead of \(expected.mtuBytes)")
            }
            if link.vlanID != expected.id {
                faults.append("link \(expected.name) on the node has VLAN \(link.vlanID ?? 0) instead of \(expected.id)")
            }
            if link.otherIndex != parent?.index {
                faults.append("link \(expected.name) on the node does not stand on the trunk \(expected.parent)")
            }
        }
        return faults
    }
}
