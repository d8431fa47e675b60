import Addressing
import IPAMEngine
import Simulator
import Timeline

/// An engine with a fault, made by standing between the engine and the world.
protocol PlantedBug: NodePolicy {
    var inner: IPAMEngine { get set }
    /// Words of the violation that gives it away.
    static var trace: String { get }
}

extension PlantedBug {
    var nextDeadline: Instant? { inner.nextDeadline }
    var count: PoolCount { inner.count }
    func allocation(of attachment: PodAttachment) -> Allocation? { inner.allocation(of: attachment) }
    var wiredAllocations: [Allocation] { inner.wiredAllocations }
    var journal: [JournalEntry] { inner.journal }
    var engine: IPAMEngine? { inner }
}

/// Has no cooldown, and takes an address for free as soon as its pod is gone, whether or not the link is.
struct EngineWithoutCooldown: PlantedBug {
    var inner: IPAMEngine
    static var trace: String { "is handed to" }

    init(_ configuration: EngineConfiguration, replaying entries: [JournalEntry], at now: Instant) {
        inner = IPAMEngine(Self.withoutCooldown(configuration), replaying: entries, at: now)
    }

    private static func withoutCooldown(_ configuration: EngineConfiguration) -> EngineConfiguration {
        var configuration = configuration
        configuration.cooldown = .zero
        return configuration
    }

    mutating func handle(_ event: IPAMEngine.Event, at now: Instant, into effects: inout [IPAMEngine.Effect]) {
        if case .configured(let configuration) = event {
            inner.handle(.configured(Self.withoutCooldown(configuration)), at: now, into: &effects)
        } else {
            inner.handle(event, at: now, into: &effects)
        }
        for case .record(.released(_, let address, _)) in effects { inner.handle(.linkGone(address), at: now, into: &effects) }
    }
}

/// Takes a call without an answer for one that did nothing, and so asks again without having looked.
struct EngineThatAsksTwice: PlantedBug {
    var inner: IPAMEngine
    static var trace: String { "EC2" }

    init(_ configuration: EngineConfiguration, replaying entries: [JournalEntry], at now: Instant) {
        inner = IPAMEngine(configuration, replaying: entries, at: now)
    }

    mutating func handle(_ event: IPAMEngine.Event, at now: Instant, into effects: inout [IPAMEngine.Effect]) {
        guard case .callFailed(let id, let failure) = event, failure.code == "RequestTimeout" else {
            return inner.handle(event, at: now, into: &effects)
        }
        inner.handle(.callFailed(id, CallFailure(code: "Throttling", message: "taken for a refusal")), at: now, into: &effects)
    }
}

/// Gives addresses back in the order in which it finds them, whoever holds them.
struct EngineThatFreesByScanOrder: PlantedBug {
    var inner: IPAMEngine
    static var trace: String { "in spite of" }

    init(_ configuration: EngineConfiguration, replaying entries: [JournalEntry], at now: Instant) {
        inner = IPAMEngine(configuration, replaying: entries, at: now)
    }

    mutating func handle(_ event: IPAMEngine.Event, at now: Instant, into effects: inout [IPAMEngine.Effect]) {
        let before = inner.enis.map(\.eni)
        inner.handle(event, at: now, into: &effects)
        for index in effects.indices {
            guard case .unassign(let id, let eni, let addresses, let prefixes) = effects[index],
                let found = before.first(where: { $0.id == eni })
            else { continue }
            effects[index] = .unassign(
                id, eni, Array(found.secondaryAddresses.prefix(addresses.count)), Array(found.prefixes.prefix(prefixes.count)))
        }
    }
}
