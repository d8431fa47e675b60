import Addressing
import IPAMEngine
import Timeline

/// Pods that come and go on a node that is otherwise at rest, the one that has been there longest first.
struct PodTurnover {
    private(set) var engine: IPAMEngine
    private let names: [PodAttachment]
    private var oldest = 0
    /// Kept from batch to batch, as are the effects, so that what is timed shares the heap with nothing but pods.
    private var events: [IPAMEngine.Event] = []
    private var addresses: [PodAddresses] = []
    private var effects: [IPAMEngine.Effect] = []
    private var now = Instant(nanoseconds: 1_000_000_000)
    private let clock = ContinuousClock()
    /// The time that went into each kind of event.
    private(set) var times = Times()

    struct Times {
        var assigning = Duration.zero
        var wired = Duration.zero
        var deleting = Duration.zero
        var releasing = Duration.zero
        var linkGone = Duration.zero
    }

    /// Events of one kind that are timed together, so that reading the clock does not count.
    private static let batch = 500

    /// - Parameter node: What the node has before the first pod comes.
    init(on node: FullNode, livePods: Int) {
        engine = IPAMEngine(node.configuration, replaying: node.journal, at: now)
        names = (0..<livePods).map { number in
            PodAttachment(network: "berth", containerID: String(repeating: "0", count: 58) + String(100_000 + number), interface: "eth0")
        }
        begin(on: node)
        for name in names { add(name) }
        for name in names { send(.podWired(name)) }
    }

    /// Answers what a daemon asks of EC2 when it begins, so that the pool is kept to its targets as on any node.
    private mutating func begin(on node: FullNode) {
        send(.started)
        for effect in effects {
            switch effect {
            case .describeENIs(let id): send(.enisDescribed(id, node.enis))
            case .describeSubnets(let id): send(.subnetsDescribed(id, [node.subnet]))
            case .setUpENI(let id, _): send(.eniReady(id))
            default: preconditionFailure("a node that has all it needs asks for \(effect)")
            }
        }
    }

    /// Ends so many pods and starts them again, with all five events of a pod's life.
    mutating func turnOver(_ count: Int) {
        precondition(count % Self.batch == 0, "pods are turned over \(Self.batch) at a time")
        for _ in 0..<(count / Self.batch) {
            let pods = oldest..<oldest + Self.batch
            addresses.removeAll(keepingCapacity: true)
            for pod in pods {
                if let allocation = engine.allocation(of: name(pod)) { addresses.append(allocation.addresses) }
            }
            precondition(addresses.count == pods.count, "of \(pods.count) pods \(addresses.count) have an address")
            time(\.deleting, pods) { .podDeleted($0.name($1)) }
            time(\.releasing, pods) { .podUnwired($0.name($1)) }
            time(\.linkGone, pods) { .linkGone($0.addresses[$1 - $0.oldest]) }
            time(\.assigning, pods) { .podAdded(Self.request($0.name($1), by: $0.now + .seconds(60))) }
            time(\.wired, pods) { .podWired($0.name($1)) }
            oldest = (oldest + Self.batch) % names.count
        }
    }

    /// Ends every pod and starts so many of them again; what differs between two counts is assigning alone.
    mutating func startAgain(_ count: Int) {
        for name in names {
            guard let addresses = engine.allocation(of: name)?.addresses else { continue }
            release(name)
            send(.linkGone(addresses))
        }
        for name in names.prefix(count) { add(name) }
    }

    /// Times the engine: the events are there before the clock starts, and what is to be done is thrown away when it has stopped.
    private mutating func time(
        _ kind: WritableKeyPath<Times, Duration>, _ pods: Range<Int>, _ event: (borrowing PodTurnover, Int) -> IPAMEngine.Event
    ) {
        // Each leaves the list as it is sent: who sends an event has no further use of it.
        for pod in pods.reversed() { events.append(event(self, pod)) }
        times[keyPath: kind] += clock.measure { while let event = events.popLast() { handle(event) } }
        effects.removeAll(keepingCapacity: true)
    }

    private func name(_ pod: Int) -> PodAttachment { names[pod % names.count] }

    private mutating func add(_ name: PodAttachment) {
        send(.podAdded(Self.request(name, by: now + .seconds(60))))
    }

    private static func request(_ name: PodAttachment, by deadline: Instant) -> PodRequest {
        PodRequest(attachment: name, pod: nil, deadline: deadline, hostLink: "")
    }

    private mutating func release(_ name: PodAttachment) {
        send(.podDeleted(name))
        send(.podUnwired(name))
    }

    private mutating func send(_ event: IPAMEngine.Event) {
        effects.removeAll(keepingCapacity: true)
        handle(event)
    }

    private mutating func handle(_ event: IPAMEngine.Event) {
        now = Instant(nanoseconds: now.nanoseconds + 1)
        engine.handle(event, at: now, into: &effects)
    }
}

/// A node with every address it can have.
struct FullNode {
    let configuration: EngineConfiguration
    let enis: [AttachedENI]
    let subnet: SubnetStatus

    /// Prefixes, or single addresses where an ENI takes no more than 63.
    init(_ addressing: EngineConfiguration.Addressing, enis count: Int, slotsPerENI: Int) {
        let block = IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 12)
        let id = SubnetID(unchecked: "subnet-1")
        enis = (0..<count).map { number in
            let slots = (number * slotsPerENI)..<((number + 1) * slotsPerENI)
            return AttachedENI(
                id: ENIID(unchecked: "eni-\(number)"), mac: MACAddress(bits: UInt64(number)), deviceIndex: number, subnet: id,
                subnetBlock: block, primaryAddress: IPv4Address(172, 16, 0, UInt8(number)),
                secondaryAddresses: addressing == .prefix ? [] : slots.map { block[$0] },
                prefixes: addressing == .prefix ? slots.map { IPv4CIDR(containing: block[$0 * 16], prefixLength: 28) } : [])
        }
        subnet = SubnetStatus(id: id, zone: "a", block: block, freeAddresses: 500_000, freeBlocks: 30_000)
        let perSlot = addressing == .prefix ? 16 : 1
        let limits = NodeLimits(enis: count, slotsPerENI: slotsPerENI, maxPods: count * slotsPerENI * perSlot)
        configuration = EngineConfiguration(
            addressing: addressing, targets: WarmTargets(), limits: limits, cooldown: .zero, source: PoolSource(subnet: id), seed: 1)
    }

    var journal: [JournalEntry] { enis.map { .eniAttached($0) } }
}
