import IPAMEngine
import Testing
import Timeline

/// How large the pool is at rest, against the figures that the VPC CNI's documents publish and the formulas behind them.
@Suite struct WarmTargetTests {
    struct Published: Sendable, CustomTestStringConvertible {
        var type: InstanceType
        var addressing: EngineConfiguration.Addressing
        var targets: WarmTargets
        var pods: Int
        /// Addresses, or prefixes, of the ENIs, the fullest first.
        var slots: [Int]

        var testDescription: String { "\(type) \(addressing) \(targets) with \(pods) pods" }

        static let all: [Published] = [
            .init(type: .t3Small, addressing: .secondary, targets: WarmTargets(enis: 1), pods: 0, slots: [3]),
            .init(type: .t3Small, addressing: .secondary, targets: WarmTargets(enis: 1), pods: 5, slots: [3, 3, 3]),
            .init(type: .t3Small, addressing: .secondary, targets: .addresses(1, minimum: 1), pods: 5, slots: [3, 3]),
            .init(type: .t3Small, addressing: .secondary, targets: .addresses(2, minimum: 5), pods: 0, slots: [3, 2]),
            .init(type: .t3Small, addressing: .secondary, targets: .addresses(2, minimum: 5), pods: 5, slots: [3, 3, 1]),
            .init(type: .p3dn, addressing: .secondary, targets: .addresses(5, minimum: 10), pods: 7, slots: [12]),
            .init(type: .p3dn, addressing: .secondary, targets: .addresses(5, minimum: 10), pods: 45, slots: [49, 1]),
            .init(type: .t3Small, addressing: .prefix, targets: WarmTargets(prefixes: 1), pods: 0, slots: [1]),
            .init(type: .t3Small, addressing: .prefix, targets: WarmTargets(prefixes: 1), pods: 5, slots: [2]),
            .init(type: .t3Small, addressing: .prefix, targets: WarmTargets(prefixes: 1), pods: 16, slots: [2]),
            .init(type: .t3Small, addressing: .prefix, targets: WarmTargets(prefixes: 1), pods: 17, slots: [3]),
            .init(type: .t3Small, addressing: .prefix, targets: WarmTargets(prefixes: 1), pods: 58, slots: [3, 2]),
            .init(type: .t3Small, addressing: .prefix, targets: .addresses(1, minimum: 1), pods: 58, slots: [3, 1]),
            .init(type: .t3Small, addressing: .prefix, targets: .addresses(7, minimum: 20), pods: 17, slots: [2]),
            .init(type: .t3Small, addressing: .prefix, targets: .addresses(7, minimum: 20), pods: 58, slots: [3, 2]),
        ]
    }

    @Test(arguments: Published.all, [true, false])
    func aPoolAtRestIsAsLargeAsPublished(_ published: Published, podsComeTogether: Bool) {
        var node = SimulatedNode.atRest(
            .small(published.addressing, published.targets, enis: published.type.enis, slotsPerENI: published.type.slots, maxPods: 110))
        for pod in 0..<published.pods {
            node.add(.pod(pod))
            if !podsComeTogether { node.settle() }
        }
        node.settle()
        #expect(node.slots.sorted(by: >) == published.slots)
        #expect(node.running.count == published.pods)
        #expect(node.violations == [])
    }

    /// Formulas 12 and 13: whole ENIs.
    @Test(arguments: 0...3, 0...12) func wholeENIsFollowTheFormula(warmENIs: Int, pods: Int) {
        let (enis, slots) = (4, 3)
        let wanted = warmENIs == 0 ? pods / slots + 1 : max(1, (pods + slots - 1) / slots + warmENIs)
        let node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: warmENIs), enis: enis, slotsPerENI: slots), pods: pods)
        #expect(node.slots == Array(repeating: slots, count: pods == 0 ? max(1, warmENIs) : min(enis, wanted)))
        #expect(node.violations == [])
    }

    /// Formula 14: single addresses, also after a peak.
    @Test(arguments: [1, 2, 5], [0, 1, 7]) func singleAddressesFollowTheFormulaAlsoAfterAPeak(warm: Int, minimum: Int) {
        for pods in 0...11 {
            var node = SimulatedNode.atRest(.small(.secondary, .addresses(warm, minimum: minimum), enis: 4, cooldown: .zero), pods: pods)
            let expected = min(12, max(minimum, pods + warm))
            #expect(node.engine.count.attached == expected, "\(pods) pods")
            node.add(pods: pods..<12)
            node.settle()
            node.delete(pods: pods..<12)
            node.settle()
            #expect(node.engine.count.attached == expected, "\(pods) pods after a peak of 12")
            #expect(node.violations == [])
        }
    }

    /// Formulas 15 and 16: prefixes.
    @Test(arguments: [1, 2, 3], [0, 1, 15, 16, 17, 40, 64]) func prefixesFollowTheFormula(warm: Int, pods: Int) {
        let byPrefixes = SimulatedNode.atRest(.small(.prefix, WarmTargets(prefixes: warm), enis: 2), pods: pods)
        #expect(byPrefixes.slots.reduce(0, +) == min(6, (pods + 15) / 16 + warm))
        let byAddresses = SimulatedNode.atRest(.small(.prefix, .addresses(warm, minimum: 20), enis: 2), pods: pods)
        #expect(byAddresses.slots.reduce(0, +) == min(6, (max(20, pods + warm) + 15) / 16))
        #expect(byPrefixes.violations + byAddresses.violations == [])
    }

    @Test(arguments: EngineConfiguration.Addressing.ofIPv4) func aPoolDoesNotGrowBeyondWhatTheKubeletAdmits(
        addressing: EngineConfiguration.Addressing
    ) {
        let unit = addressing == .prefix ? 16 : 1
        for maxPods in [1, 4, 17, 20] {
            let node = SimulatedNode.atRest(.small(addressing, WarmTargets(enis: 3, prefixes: 5), enis: 9, maxPods: maxPods), pods: maxPods)
            #expect(node.engine.count.attached >= maxPods)
            #expect(node.engine.count.attached < maxPods + unit)
            #expect(node.violations == [])
        }
    }

    @Test func aChangedTargetIsFollowedInBothDirections() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(2), enis: 3))
        node.configure { $0.targets = .addresses(8) }
        node.settle()
        #expect(node.engine.count.attached == 8)
        node.configure { $0.targets = .addresses(1) }
        node.settle()
        #expect(node.engine.count.attached == 1)
        #expect(node.violations == [])
    }
}

/// The limits of the instance types in the published examples.
enum InstanceType {
    case t3Small
    case p3dn

    var enis: Int { self == .t3Small ? 3 : 15 }
    var slots: Int { self == .t3Small ? 3 : 49 }
}

extension WarmTargets {
    static func addresses(_ warm: Int, minimum: Int? = nil) -> WarmTargets {
        WarmTargets(addresses: warm, minimumAddresses: minimum)
    }
}

extension SimulatedNode {
    /// A node on which pods came together, at rest.
    static func atRest(_ configuration: EngineConfiguration, pods: Int) -> SimulatedNode {
        var node = SimulatedNode.atRest(configuration)
        node.add(pods: 0..<pods)
        node.settle()
        return node
    }

    /// Address slots in use by ENI, in order of the device index, as EC2 counts them.
    var slots: [Int] {
        ec2.attached.map(\.slots)
    }
}
