import Addressing
import IPAMEngine
import Timeline

/// A small deterministic generator (xorshift64*), so that a seed replays a test.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    }

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_f491_4f6c_dd1d
    }

    /// True in `count` of a hundred cases.
    mutating func chance(_ count: Int) -> Bool {
        Int.random(in: 0..<100, using: &self) < count
    }
}

extension PodAttachment {
    /// Pod number `number` of the test's network.
    static func pod(_ number: Int, network: String = "berth") -> PodAttachment {
        PodAttachment(network: network, containerID: "pod-\(number)", interface: "eth0")
    }
}

extension EngineConfiguration.Addressing {
    /// Modes in which pods have an IPv4 address alone.
    static let ofIPv4: [Self] = [.secondary, .prefix]
}

extension EngineConfiguration {
    /// A node of t3.small's size: 3 ENIs of 3 slots.
    static func small(
        _ addressing: Addressing = .secondary, _ targets: WarmTargets = WarmTargets(), enis: Int = 3, slotsPerENI: Int = 3,
        maxPods: Int = 110, cooldown: Duration = .seconds(30), waitingMax: Int = 512, seed: UInt64 = 1
    ) -> EngineConfiguration {
        EngineConfiguration(
            addressing: addressing, targets: targets, limits: NodeLimits(enis: enis, slotsPerENI: slotsPerENI, maxPods: maxPods),
            cooldown: cooldown, source: PoolSource(subnet: FakeEC2.subnet), waitingMax: waitingMax, seed: seed)
    }
}
