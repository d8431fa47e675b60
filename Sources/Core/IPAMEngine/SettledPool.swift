import Addressing

/// The pool of a node at rest: what it has once EC2 has given all that its pods and its targets ask for.
///
/// It takes the engine's own steps with the engine's own arithmetic, in no time and in subnets with room, so that a plan and a
/// daemon cannot differ. The node begins with its primary ENI and nothing on it, fills its pool, and then its pods come together.
package struct SettledPool: Hashable, Sendable {
    /// Address slots in use of each ENI on the first network card, the primary ENI's first; it stays at 0 where it carries no pod.
    package private(set) var slotsByENI: [Int] = [0]
    /// What a slot gives; nil where pods have no IPv4 address.
    package let unit: EngineConfiguration.Addressing.Unit?
    /// Calls by which addresses came to ENIs that were there.
    package private(set) var assignCalls = 0
    /// Addresses that pods hold or that cool.
    private let inUse: Int

    /// - Parameters:
    ///   - configuration: The node's; its network cards beside the first are not looked at.
    ///   - held: Pods with an IPv4 address; 0 or more. Where the node's slots do not suffice, some have none.
    ///   - cooling: Addresses in cooldown; 0 or more.
    ///   - demand: What an automatic target goes by.
    ///   - isUnderPressure: Whether the subnet is short, so that nothing is kept beyond what pods ask for.
    package init(
        _ configuration: EngineConfiguration, held: Int, cooling: Int = 0,
        demand: Demand = Demand(arrivalsPerSecond: 0, refill: .seconds(1)), isUnderPressure: Bool = false
    ) {
        precondition(held >= 0 && cooling >= 0, "a pool with \(held) pods and \(cooling) cooling addresses")
        unit = configuration.addressing.ipv4Unit
        inUse = unit == nil ? 0 : held + cooling
        guard unit != nil else { return }
        let automatic = configuration.targets.auto?.goal(for: demand, population: inUse) ?? AutoTarget.Goal()
        let goal = isUnderPressure ? PoolGoal.demandAlone : PoolGoal(configuration, automatic: automatic)
        while take(stepToward: goal, configuration, held: 0, cooling: 0) {}
        while take(stepToward: goal, configuration, held: held, cooling: cooling) {}
    }

    /// IPv4 addresses that pods can have.
    package var attached: Int { slotsByENI.reduce(0, +) * perSlot }
    /// Attached addresses that no pod has.
    package var free: Int { max(0, attached - inUse) }
    /// Pods without an address, because the node's slots are used up.
    package var unserved: Int { max(0, inUse - attached) }

    private var perSlot: Int { unit?.addressesPerSlot ?? 0 }

    /// Asks once for what is missing; false when that is nothing, or when there is no room for it.
    private mutating func take(stepToward goal: PoolGoal, _ configuration: EngineConfiguration, held: Int, cooling: Int) -> Bool {
        guard let unit else { return false }
        let podRoom = configuration.limits.maxPods + cooling - attached
        let short = goal.short(PoolCount(attached: attached, held: held, cooling: cooling, waiting: 0), podRoom: podRoom)
        guard short > 0 else { return false }
        let slotsMax = configuration.limits.slotsPerENI
        let serving = configuration.usesPrimaryENI ? slotsByENI.indices : slotsByENI.indices.dropFirst()
        let plan = GrowthPlan(
            short: short, podRoom: podRoom, goal: goal,
            rooms: serving.map { GrowthPlan.Room(eni: Self.id(of: $0), slots: slotsMax - slotsByENI[$0], unit: unit) },
            addressesLater: 0, site: GrowthPlan.Site(subnet: SubnetID(unchecked: "subnet-0"), unit: unit), slotsPerENI: slotsMax,
            newENIsMax: (configuration.limits.enisByCard.first ?? 0) - slotsByENI.count)
        for step in plan.steps {
            switch step {
            case .assign(let eni, let content):
                if let index = slotsByENI.indices.first(where: { Self.id(of: $0) == eni }) { slotsByENI[index] += content.slots }
                assignCalls += 1
            case .create(let content, _): slotsByENI.append(content.slots)
            }
        }
        return !plan.steps.isEmpty
    }

    private static func id(of index: Int) -> ENIID { ENIID(unchecked: "eni-\(index)") }
}
