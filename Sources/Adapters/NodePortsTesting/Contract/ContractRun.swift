import Addressing
import NodePorts
import PodNetwork

/// One case on its way through a pair of namespaces, with what it found wrong so far.
struct ContractRun {
    let host: any KernelNamespace
    let sandbox: any KernelNamespace
    let sandboxNetns: Int32
    var failures: [String] = []

    mutating func expect<Value: Equatable>(_ what: String, _ actual: Value, is expected: Value) {
        if actual != expected { failures.append("\(what): \(actual), expected \(expected)") }
    }

    /// Performs the changes in the host and expects an outcome for each, nil for success.
    mutating func host(_ changes: [KernelChange], answers expected: [KernelErrno?]) throws {
        compare(changes, try host.perform(changes, sandboxNetns: sandboxNetns), expected)
    }

    mutating func sandbox(_ changes: [KernelChange], answers expected: [KernelErrno?]) throws {
        compare(changes, try sandbox.perform(changes, sandboxNetns: nil), expected)
    }

    mutating func host(_ change: KernelChange, answers expected: KernelErrno? = nil) throws {
        try host([change], answers: [expected])
    }

    mutating func sandbox(_ change: KernelChange, answers expected: KernelErrno? = nil) throws {
        try sandbox([change], answers: [expected])
    }

    private mutating func compare(_ changes: [KernelChange], _ actual: [KernelErrno?], _ expected: [KernelErrno?]) {
        expect("number of outcomes", actual.count, is: expected.count)
        for (change, (actual, expected)) in zip(changes, zip(actual, expected)) where actual != expected {
            failures.append("\(change): \(actual?.description ?? "done"), expected \(expected?.description ?? "done")")
        }
    }

    /// Makes the veth of ``Fixture`` and brings both its ends up.
    mutating func wire() throws {
        try host(.create(.veth(Fixture.veth)))
        try sandbox(.setLink(Fixture.inside, LinkSettings(isUp: true)))
    }
}

extension KernelNamespace {
    /// The addresses that someone asked for: not those of loopback and not the link-local ones that IPv6 makes by itself.
    func givenAddresses() throws(KernelError) -> Set<InterfaceAddress> {
        Set(try addresses().filter { $0.device != .loopback && !$0.address.isLinkLocalIPv6 })
    }

    /// The routes of every kind but those to the link-local addresses that IPv6 makes by itself.
    func givenRoutes() throws(KernelError) -> Set<Route> {
        Set(try routes().filter { !($0.destination.network.isLinkLocalIPv6 && $0.origin == .kernel) })
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

/// The names and addresses that the cases use.
enum Fixture {
    static let outside = LinkName(literal: "eni5e1f0c2a9b3")
    static let inside = LinkName(literal: "eth0")
    static let absent = LinkName(literal: "absent0")
    static let outsideMAC = MACAddress(bits: 0x0200_0000_0a01)
    static let insideMAC = MACAddress(bits: 0x0200_0000_0a02)
    static let veth = VethPair(
        name: outside, mac: outsideMAC, peerName: inside, peerMAC: insideMAC, mtuBytes: 9001, alias: "pod/a eth0")

    /// A second pair, which shares no name with the first.
    static let otherVeth = VethPair(
        name: LinkName(literal: "eni77aa0011bb2"), mac: MACAddress(bits: 0x0200_0000_0b01),
        peerName: LinkName(literal: "eth1"), peerMAC: MACAddress(bits: 0x0200_0000_0b02), mtuBytes: 1500)

    static let pod = IPAddress.v4(IPv4Address(10, 0, 32, 17))
    static let gateway = IPAddress.v4(IPv4Address(169, 254, 1, 1))

    static func address(_ text: StaticString) -> IPAddress {
        guard let address = IPAddress("\(text)") else { preconditionFailure("\(text) is not an address") }
        return address
    }

    static func block(_ text: StaticString) -> CIDR {
        guard let block = CIDR("\(text)") else { preconditionFailure("\(text) is not a block") }
        return block
    }
}
