import Addressing
import IPAMEngine
import Timeline

// Nodes and values that several suites begin with.

extension SimulatedNode {
    /// A node whose world was changed before it began, some time after its start; it need not have come to rest.
    static func begun(
        _ configuration: EngineConfiguration, subnet: IPv4CIDR = FakeEC2.largeSubnet, running time: Duration = .seconds(90),
        prepare: (inout SimulatedNode) -> Void
    ) -> SimulatedNode {
        var node = SimulatedNode(configuration, subnet: subnet)
        prepare(&node)
        node.send(.started)
        node.run(for: time)
        return node
    }

    /// The node's own pool on card 0.
    var ownPool: IPAMEngine.PoolExplanation? { engine.poolExplanations(at: now).first }

    /// Addresses that a pod could be given at this moment.
    var freeCount: Int { engine.enis.reduce(0) { $0 + $1.count.free } }

    func allocation(of pod: Int) -> Allocation? { engine.allocation(of: .pod(pod)) }

    func ipv6Address(of pod: Int) -> IPv6Address? { allocation(of: pod)?.addresses.ipv6 }

    /// How often EC2 was asked for something, by the name of the call.
    func calls(_ name: String) -> Int { ec2.calls[name, default: 0] }

    /// Adds pods one after the other, each when the node has come to rest after the one before.
    mutating func settleAfterEach(ofPods pods: some Sequence<Int>) {
        for number in pods {
            add(.pod(number))
            settle()
        }
    }
}

extension EngineConfiguration {
    func with(_ change: (inout EngineConfiguration) -> Void) -> EngineConfiguration {
        var changed = self
        change(&changed)
        return changed
    }

    /// A node whose pods have addresses of these subnets and none of the primary ENI's.
    static func custom(
        _ addressing: Addressing = .prefix, _ targets: WarmTargets = .addresses(1), _ subnets: [SubnetID], enis: Int = 3,
        slotsPerENI: Int = 3
    ) -> EngineConfiguration {
        small(addressing, targets, enis: enis, slotsPerENI: slotsPerENI).with {
            $0.usesPrimaryENI = false
            $0.source = PoolSource(.these(subnets))
        }
    }
}

extension EngineConfiguration.Addressing {
    static let all: [Self] = [.secondary, .prefix, .ipv6, .dual(.secondary), .dual(.prefix)]
    static let dual: [Self] = [.dual(.secondary), .dual(.prefix)]
}

extension SubnetID {
    static let podsA = SubnetID(unchecked: "subnet-a")
    static let podsB = SubnetID(unchecked: "subnet-b")
    static let podsC = SubnetID(unchecked: "subnet-c")
}

extension FakeEC2.Subnet {
    /// 1,024 addresses apart from those of every other number.
    static func number(_ number: UInt8, prefixLength: Int = 22, tags: [String: String] = [:]) -> Self {
        Self(block: IPv4CIDR(containing: IPv4Address(10, 1, number * 4, 0), prefixLength: prefixLength), tags: tags)
    }
}

extension PodName {
    static func test(_ name: String, in namespace: String = "default") -> PodName { PodName(namespace: namespace, name: name) }
}

extension PodAddresses {
    var families: String { map { $0.isIPv4 ? "v4" : "v6" }.joined(separator: "+") }
}

extension IPAddress {
    fileprivate var isIPv4: Bool { if case .v4 = self { true } else { false } }
}
