import Addressing
import IPAMEngine
import Testing
import Timeline

@Suite struct EngineSpeedTests {
    /// Says what a pod's whole life costs in a store of 40,000 addresses; the number is for people, the checks are for the test.
    @Test func aPodCostsTheSameHoweverManyAddressesThereAre() {
        var pods = PodTurnover(enis: 50, prefixesPerENI: 50, livePods: 20_000)
        let rounds = 20_000
        var effects = 0
        let elapsed = ContinuousClock().measure { effects = pods.turnOver(rounds) }
        #expect(effects == rounds * PodTurnover.effectsPerPod)
        #expect(pods.engine.count.held == 20_000)
        #expect(pods.engine.callsInFlight.isEmpty)
        let nanoseconds = elapsed.inSeconds * 1e9 / Double(rounds)
        print("assign, wired, delete, unwired, link gone: \(Int(nanoseconds)) ns for a pod, with 20,000 pods on 40,000 addresses")
    }
}

/// Pods that come and go on a node that is otherwise at rest, the one that has been there longest first.
private struct PodTurnover {
    private(set) var engine: IPAMEngine
    private var names: [PodAttachment]
    private var oldest = 0
    private var effects: [IPAMEngine.Effect] = []
    private var now = Instant(nanoseconds: 1_000_000_000)

    /// Allocated and wired; released and the link gone; the orders to wire and to unwire.
    static let effectsPerPod = 6

    init(enis: Int, prefixesPerENI: Int, livePods: Int) {
        let configuration = EngineConfiguration.small(
            .prefix, WarmTargets(prefixes: 0), enis: enis, slotsPerENI: prefixesPerENI, maxPods: enis * prefixesPerENI * 16, cooldown: .zero
        )
        let blocks = IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 12).blocks(ofPrefixLength: 28)
        let entries = (0..<enis).map { number in
            JournalEntry.eniAttached(
                AttachedENI(
                    id: ENIID(unchecked: "eni-\(number)"), mac: MACAddress(bits: UInt64(number)), deviceIndex: number,
                    subnet: FakeEC2.subnet, subnetBlock: blocks[0], primaryAddress: IPv4Address(172, 16, 0, UInt8(number)),
                    secondaryAddresses: [],
                    prefixes: Array(blocks[(number * prefixesPerENI)..<((number + 1) * prefixesPerENI)])))
        }
        engine = IPAMEngine(configuration, replaying: entries, at: now)
        names = (0..<livePods).map { .pod($0) }
        for name in names {
            send(.podAdded(PodRequest(attachment: name, pod: nil, deadline: now + .seconds(60), hostLink: "")))
            send(.podWired(name))
        }
    }

    /// Replaces pods one after the other and returns how many effects that had.
    mutating func turnOver(_ count: Int) -> Int {
        var total = 0
        for _ in 0..<count {
            let name = names[oldest]
            oldest = (oldest + 1) % names.count
            let addresses = engine.allocation(of: name)?.addresses ?? PodAddresses(.v4(IPv4Address(bits: 0)))
            total += send(.podDeleted(name)) + send(.podUnwired(name)) + send(.linkGone(addresses))
            total +=
                send(.podAdded(PodRequest(attachment: name, pod: nil, deadline: now + .seconds(60), hostLink: ""))) + send(.podWired(name))
        }
        return total
    }

    @discardableResult
    private mutating func send(_ event: IPAMEngine.Event) -> Int {
        now = now + .nanoseconds(1)
        effects.removeAll(keepingCapacity: true)
        engine.handle(event, at: now, into: &effects)
        return effects.count
    }
}
