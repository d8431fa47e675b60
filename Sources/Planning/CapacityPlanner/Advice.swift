public import Addressing
public import IPAMEngine
import InstanceTypes

/// A change of the cluster or its subnets, with what it brings by a plan of its own.
public struct Advice: Hashable, Sendable {
    public let change: Change
    /// Whether the cluster fits with it.
    public let fits: Bool
    /// Findings that are faults, with it.
    public let faults: Int
    /// Addresses more that are left over all subnets in the situation that leaves least; negative for a loss.
    public let gain: Int

    /// Of several sizes the smallest with which the cluster fits is enough; when it fits with none, the largest.
    private static func withOneSizeOfPodSubnets(_ advice: [Advice]) -> [Advice] {
        let sizes = advice.filter { if case .podSubnets = $0.change { true } else { false } }.sorted { $0.gain < $1.gain }
        let chosen = sizes.first(where: \.fits) ?? sizes.last
        return advice.filter { $0 == chosen || !sizes.contains($0) }
    }

    /// Days by which the end of all subnets together is put off, when they go on to lose what their forecasts say; nil where
    /// nothing is lost.
    public func daysGained(by forecasts: [Forecast]) -> Int? {
        let perDay = forecasts.reduce(0) { $0 + $1.perDay * ($1.unit == .blocks ? 16 : 1) }
        return perDay > 0 ? Int((Double(gain) / perDay).rounded(.down)) : nil
    }

    /// Tries every change that the scenario allows.
    ///
    /// - Returns: Those that bring something, best first: with which it fits, then with the fewest faults, then by gain.
    public static func all(for plan: CapacityPlan) -> [Advice] {
        // The forecast is of the past: a change has none.
        let base = CapacityPlan(plan.scenario)
        let before = base.leastFree
        let tried = Change.all(for: plan).compactMap { change -> Advice? in
            guard let scenario = change.applied(to: plan.scenario) else { return nil }
            let after = CapacityPlan(scenario)
            return Advice(
                change: change, fits: after.fits, faults: after.faults, gain: after.leastFree - before)
        }
        let useful = withOneSizeOfPodSubnets(tried.filter { $0.gain > 0 || $0.faults < base.faults })
        return useful.sorted { ($0.fits ? 0 : 1, $0.faults, -$0.gain) < ($1.fits ? 0 : 1, $1.faults, -$1.gain) }
    }
}

extension CapacityPlan {
    var faults: Int { findings.count { $0.gravity == .fault } }

    /// Addresses left over all subnets that are there, in the situation that leaves least.
    var leastFree: Int {
        situations.map { situation in
            situation.demands.reduce(0) { $0 + (spaces[$1.key]?.addresses(after: $1.value) ?? 0) }
        }.min() ?? 0
    }
}

/// A block of a subnet that is to be kept for prefixes.
public struct SubnetReservation: Hashable, Sendable {
    public let subnet: SubnetID
    public let block: IPv4CIDR
}

extension Advice {
    public enum Change: Hashable, Sendable {
        /// Addresses in place of whole ENIs or prefixes, or fewer of them.
        case warmAddresses(warm: Int, minimum: Int)
        case mode(EngineConfiguration.Addressing)
        /// Pods in subnets of their own from a secondary CIDR of the VPC, one of that length in each zone.
        case podSubnets(prefixLength: Int)
        /// Prefixes, from reservations that no single address breaks; subnets that have one keep it.
        case reservedPrefixes([SubnetReservation])
        /// All groups in all zones.
        case allZones
        /// Half as many nodes of twice the size.
        case largerTypes
        /// Berth's engine in place of a peer's, or of one that gives addresses at random.
        case ownEngine

        static func all(for plan: CapacityPlan) -> [Change] {
            let scenario = plan.scenario
            let typical = plan.nodeKinds.compactMap { $0[.typical]?.pods }.max() ?? 0
            var changes: [Change] = [
                .warmAddresses(warm: 1, minimum: 0), .warmAddresses(warm: 2, minimum: min(typical + 2, 4096)),
                .warmAddresses(warm: 5, minimum: min(typical + 5, 4096)), .allZones, .largerTypes, .ownEngine,
            ]
            changes += [.secondary, .prefix, .ipv6].filter { $0 != scenario.networking.addressing }.map { .mode($0) }
            if !scenario.networking.isCustom { changes += [18, 19, 20].map { .podSubnets(prefixLength: $0) } }
            return changes + [reservedPrefixes(scenario)].compactMap(\.self)
        }

        private static func reservedPrefixes(_ scenario: PlanScenario) -> Change? {
            var withPrefixes = scenario
            withPrefixes.networking.addressing = scenario.networking.addressing.hasIPv6 ? .dual(.prefix) : .prefix
            let plan = CapacityPlan(withPrefixes)
            let reservations = scenario.subnets.compactMap { reservation(in: $0, plan) }
            return reservations.isEmpty ? nil : .reservedPrefixes(reservations)
        }

        private static func reservation(in subnet: PlanScenario.Subnet, _ plan: CapacityPlan) -> SubnetReservation? {
            let blocks = plan.situations.compactMap { $0.demands[subnet.id]?.blocks }.max() ?? 0
            guard blocks > 0, subnet.reservations.isEmpty, let length = SubnetSpace.reservation(forBlocks: blocks),
                length > subnet.block.prefixLength
            else { return nil }
            // The last block of a reservation at the end would hold an address of AWS; the second part avoids both ends where it can.
            let parts = subnet.block.blocks(ofPrefixLength: length)
            let used: [IPv4CIDR] = if case .these(let blocks) = subnet.used { blocks } else { [] }
            let free = parts.filter { part in !used.contains { $0.overlaps(part) } }
            return (free.dropFirst().first ?? free.first).map { SubnetReservation(subnet: subnet.id, block: $0) }
        }

        /// The scenario with the change; nil where it changes nothing or cannot be made.
        func applied(to scenario: PlanScenario) -> PlanScenario? {
            var changed = scenario
            switch self {
            case .warmAddresses(let warm, let minimum):
                guard scenario.networking.preset.hasTargets else { return nil }
                changed.networking.targets = WarmTargets(addresses: warm, minimumAddresses: minimum == 0 ? nil : minimum)
            case .mode(let addressing):
                let types = scenario.nodeGroups.flatMap(\.types).map(\.type)
                guard !addressing.hasIPv6 || types.allSatisfy({ $0.supportsPrefixDelegation && $0.supportsIPv6 != false }) else {
                    return nil
                }
                guard !(addressing.hasIPv6 && scenario.networking.isCustom) else { return nil }
                changed.networking.addressing = addressing
            case .podSubnets(let length):
                guard let subnets = Self.podSubnets(scenario, length), Self.leavesENIs(scenario) else { return nil }
                changed.networking.isCustom = true
                changed.subnets = scenario.subnets.filter { $0.purpose == .nodes } + subnets
            case .reservedPrefixes(let reservations):
                guard scenario.networking.addressing != .ipv6 else { return nil }
                changed.networking.addressing = scenario.networking.addressing.hasIPv6 ? .dual(.prefix) : .prefix
                for reserved in reservations {
                    guard let index = scenario.subnets.firstIndex(where: { $0.id == reserved.subnet }) else { continue }
                    changed.subnets[index].reservations.append(PlanScenario.Reservation(block: reserved.block, kind: .prefix))
                }
            case .allZones:
                let zones = Set(scenario.subnets.filter { $0.purpose == .nodes }.map(\.zone)).sorted()
                for index in changed.nodeGroups.indices { changed.nodeGroups[index].zones = zones }
            case .largerTypes: changed.nodeGroups = scenario.nodeGroups.map(Self.larger)
            case .ownEngine: (changed.networking.preset, changed.networking.allocation) = (.berth, .packed)
            }
            return changed == scenario ? nil : changed
        }

        private static func leavesENIs(_ scenario: PlanScenario) -> Bool {
            scenario.nodeGroups.allSatisfy { group in
                group.types.allSatisfy { weighted in
                    let trunk = scenario.networking.hasTrunk && weighted.type.supportsTrunk == true ? 1 : 0
                    return min(weighted.type.enis, scenario.networking.enisMax ?? .max) - group.reservedENIs - trunk >= 2
                }
            }
        }

        /// From 100.64.0.0/16 on, which AWS suggests for pods (EKS User Guide, "custom networking"); nil where it is in use.
        private static func podSubnets(_ scenario: PlanScenario, _ length: Int) -> [PlanScenario.Subnet]? {
            let range = IPv4CIDR(containing: IPv4Address(100, 64, 0, 0), prefixLength: 16)
            let zones = Set(scenario.nodeGroups.flatMap(\.zones)).sorted()
            let blocks = range.blocks(ofPrefixLength: length)
            guard blocks.count >= zones.count, !scenario.subnets.contains(where: { $0.block.overlaps(range) }) else { return nil }
            let hasIPv6 = scenario.subnets.allSatisfy(\.hasIPv6)
            return zip(zones, blocks).map { zone, block in
                PlanScenario.Subnet(
                    id: SubnetID(unchecked: "subnet-pods-\(zone)"), zone: zone, block: block, hasIPv6: hasIPv6, purpose: .pods)
            }
        }

        /// Sizes of which each is twice the one before.
        private static let sizes = ["medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge"]

        private static func larger(_ group: PlanScenario.NodeGroup) -> PlanScenario.NodeGroup {
            let types = group.types.compactMap { weighted -> PlanScenario.NodeGroup.Weighted? in
                let parts = weighted.type.name.split(separator: ".").map(String.init)
                guard parts.count == 2, let size = sizes.firstIndex(of: parts[1]), size + 1 < sizes.count else { return nil }
                return InstanceType.named("\(parts[0]).\(sizes[size + 1])").map { .init($0, weight: weighted.weight) }
            }
            guard types.count == group.types.count, group.podsMax == nil else { return group }
            var larger = group
            larger.types = types
            (larger.least, larger.desired, larger.most) = ((group.least + 1) / 2, (group.desired + 1) / 2, (group.most + 1) / 2)
            return larger
        }
    }
}
