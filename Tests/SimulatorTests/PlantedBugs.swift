import Addressing
import IPAMEngine
import Simulator
import Timeline

// Engines with a fault, each made by standing between the engine and the world.

/// Has no cooldown, and takes an address for free as soon as its pod is gone, whether or not the link is.
struct EngineWithoutCooldown: NodePolicy {
    private(set) var engine: IPAMEngine

    init(_ configuration: EngineConfiguration, replaying entries: [JournalEntry], at now: Instant) {
        var configuration = configuration
        configuration.cooldown = .zero
        engine = IPAMEngine(configuration, replaying: entries, at: now)
    }

    mutating func handle(_ event: IPAMEngine.Event, at now: Instant, into effects: inout [IPAMEngine.Effect]) {
        engine.handle(event, at: now, into: &effects)
        for case .record(.released(_, let address, _)) in effects { engine.handle(.linkGone(address), at: now, into: &effects) }
    }

    var nextDeadline: Instant? { engine.nextDeadline }
    func holds(_ allocation: Allocation) -> Bool { engine.holds(allocation) }
}

/// Takes a call without an answer for one that did nothing, and so asks again without having looked.
struct EngineThatAsksTwice: NodePolicy {
    private(set) var engine: IPAMEngine

    init(_ configuration: EngineConfiguration, replaying entries: [JournalEntry], at now: Instant) {
        engine = IPAMEngine(configuration, replaying: entries, at: now)
    }

    mutating func handle(_ event: IPAMEngine.Event, at now: Instant, into effects: inout [IPAMEngine.Effect]) {
        guard case .callFailed(let id, let failure) = event, failure.code == "RequestTimeout" else {
            return engine.handle(event, at: now, into: &effects)
        }
        engine.handle(.callFailed(id, CallFailure(code: "Throttling", message: "taken for a refusal")), at: now, into: &effects)
    }

    var nextDeadline: Instant? { engine.nextDeadline }
    func holds(_ allocation: Allocation) -> Bool { engine.holds(allocation) }
}

/// Gives addresses back in the order in which it finds them, whoever holds them.
struct EngineThatFreesByScanOrder: NodePolicy {
    private(set) var engine: IPAMEngine

    init(_ configuration: EngineConfiguration, replaying entries: [JournalEntry], at now: Instant) {
        engine = IPAMEngine(configuration, replaying: entries, at: now)
    }

    mutating func handle(_ event: IPAMEngine.Event, at now: Instant, into effects: inout [IPAMEngine.Effect]) {
        let before = engine.enis.map(\.eni)
        engine.handle(event, at: now, into: &effects)
        for index in effects.indices {
            guard case .unassign(let id, let eni, let addresses, let prefixes) = effects[index],
                let found = before.first(where: { $0.id == eni })
            else { continue }
            effects[index] = .unassign(
                id, eni, Array(found.secondaryAddresses.prefix(addresses.count)), Array(found.prefixes.prefix(prefixes.count)))
        }
    }

    var nextDeadline: Instant? { engine.nextDeadline }
    func holds(_ allocation: Allocation) -> Bool { engine.holds(allocation) }
}
