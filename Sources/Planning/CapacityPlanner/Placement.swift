import Addressing

/// What nodes draw from each subnet.
struct Placement: Hashable, Sendable {
    private(set) var demands: [SubnetID: AddressDemand] = [:]
    private let subnets: [PlanScenario.Subnet]
    private let spaces: [SubnetID: SubnetSpace]
    private let isCustom: Bool

    /// Nodes that are placed one after the other; of more, several at once.
    private static let steps = 256

    /// - Parameters:
    ///   - subnets: Those that are there; each zone with a node has one for nodes, and with custom networking one for pods.
    ///   - controlPlaneENIs: Spread over the control plane's subnets among them.
    init(
        _ scenario: PlanScenario, _ fleet: Fleet, subnets: [PlanScenario.Subnet], spaces: [SubnetID: SubnetSpace], controlPlaneENIs: Int
    ) {
        self.subnets = subnets
        self.spaces = spaces
        isCustom = scenario.networking.isCustom
        for subnet in subnets { demands[subnet.id] = AddressDemand() }
        let controlPlane = scenario.controlPlane.subnets.filter { demands[$0] != nil }
        for (subnet, enis) in zip(controlPlane, Fleet.even(controlPlaneENIs, over: controlPlane.count)) {
            demands[subnet]? += AddressDemand(singles: 1, enis: 1) * enis
        }
        for bin in fleet.bins { place(bin) }
    }

    /// Each ENI goes where most is left of what it takes, as the engine chooses. A subnet that has nothing left is drawn from all
    /// the same: by how much tells what is missing.
    private mutating func place(_ bin: Fleet.Bin) {
        let draw = bin.draw
        let inZone = subnets.filter { $0.zone == bin.zone }
        let (forNodes, forPods) = (inZone.filter { $0.purpose == .nodes }.map(\.id), inZone.filter { $0.purpose == .pods }.map(\.id))
        var left = bin.nodes
        while left > 0 {
            let count = min(left, max(1, bin.nodes / Self.steps))
            left -= count
            guard let own = roomiest(of: forNodes, for: draw.primary) else { return }
            demands[own]? += draw.primary * count
            for eni in draw.further {
                guard let subnet = roomiest(of: isCustom ? forPods : [own] + forPods, for: eni) else { continue }
                demands[subnet]? += eni * count
            }
        }
    }

    private func roomiest(of subnets: [SubnetID], for eni: AddressDemand) -> SubnetID? {
        guard subnets.count > 1 else { return subnets.first }
        func left(_ subnet: SubnetID) -> Int {
            guard let space = spaces[subnet], let demand = demands[subnet] else { return .min }
            return eni.blocks > 0 ? space.blocks(after: demand) : space.addresses(after: demand)
        }
        // The first of equals.
        return subnets.reversed().max { left($0) < left($1) }
    }
}
