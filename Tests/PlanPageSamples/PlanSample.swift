public import Addressing
public import CapacityPlanner
public import ClusterSimulator
import InstanceTypes
public import PlanPage
import Simulator
import VPCModel

/// A plan with something in every part of its page, for tests of what the page says and of how it looks.
public struct PlanSample: Sendable {
    public var scenario: PlanScenario
    public var advice: [Advice]?
    public var simulated: SimulatedPlan?
    public var maps: [BlockMap]?
    public var history: [SubnetID: SubnetHistory]
    public var origin = PlanPage.Origin(
        file: "plan.yaml", command: "berth plan plan.yaml --html report.html", version: "0.0.0")

    public init(
        _ scenario: PlanScenario, simulated: SimulatedPlan? = nil, maps: [BlockMap]? = nil, history: [SubnetID: SubnetHistory] = [:]
    ) {
        self.scenario = scenario
        self.simulated = simulated
        self.maps = maps
        self.history = history
    }

    /// A cluster of two zones that does not fit, simulated with three seeds, with maps of an account and a year's history.
    public static let everything: PlanSample = {
        let scenario = PlanScenario.sample()
        return PlanSample(
            scenario, simulated: .sample(scenario, seeds: 1...3), maps: scenario.subnets.map(BlockMap.sample),
            history: Dictionary(uniqueKeysWithValues: scenario.subnets.map { ($0.id, .sample) }))
    }()

    public var plan: CapacityPlan { CapacityPlan(scenario, history: history) }

    public var html: String {
        let plan = plan
        return PlanPage(
            plan, advice: advice ?? Advice.all(for: plan), origin: origin, simulated: simulated, maps: maps, history: history
        ).html
    }
}

extension PlanScenario {
    /// - Parameters:
    ///   - names: Of the subnets, each in a zone of its own.
    ///   - length: Of the subnets' blocks.
    public static func sample(
        subnets names: [String] = ["subnet-0a", "subnet-0b"], length: Int = 22, nodes: Int = 40, group: String = "general",
        workload: String = "web"
    ) -> PlanScenario {
        let subnets = names.enumerated().map { index, name in
            let block = IPv4CIDR(containing: IPv4Address(10, UInt8(index), 0, 0), prefixLength: length)
            return Subnet(
                id: SubnetID(unchecked: name), zone: "zone-\(index)", block: block,
                used: index == 0 ? .count(30) : .these([IPv4CIDR(containing: block[64], prefixLength: 27), IPv4CIDR(host: block[200])]),
                reservations: index == 0 ? [] : [Reservation(block: IPv4CIDR(containing: block[256], prefixLength: 24), kind: .prefix)])
        }
        let types = [NodeGroup.Weighted(InstanceType.named("m5.large") ?? InstanceType(name: "m5.large", cards: [3], ipv4PerENI: 10))]
        return PlanScenario(
            subnets: subnets,
            nodeGroups: [NodeGroup(name: group, types: types, desired: nodes, most: 2 * nodes, zones: subnets.map(\.zone))],
            workloads: [Workload(name: workload, size: .pods(nodes * 12), arrivalsPerSecond: 2)],
            events: [
                .rollingUpdate(workload: workload), .nodeUpgrade(group: group), .zoneLoss(zone: "zone-0"), .outage(.seconds(600)),
            ])
    }
}

extension SimulatedPlan {
    /// Pods that come one after the other, somewhat sooner or later by the seed.
    public static func sample(_ scenario: PlanScenario, seeds: ClosedRange<UInt64>, asked: Int = 5) -> SimulatedPlan {
        let runs = seeds.map { seed in
            Run(
                seed: seed, steady: .sample(nil, scenario, seed: seed, seconds: 7200),
                events: scenario.events.map { .sample($0, scenario, seed: seed, seconds: 120) })
        }
        return SimulatedPlan(scenario: scenario, runs: runs, seedsAsked: asked)
    }
}

extension SimulatedPlan.Phase {
    fileprivate static func sample(_ event: PlanScenario.Event?, _ scenario: PlanScenario, seed: UInt64, seconds: Int) -> Self {
        let steps = 40
        let spaces = scenario.subnets.map { ($0.id, SubnetSpace($0).usable) }
        let samples = (0...steps).map { step in
            let share = min(1, Double(step) / Double(20 + 3 * Int(seed)))
            let subnets = spaces.map { subnet, usable in
                let held = Int(Double(usable) * 0.7 * share)
                let sample = SimulatedPlan.SubnetSample(
                    demand: AddressDemand(singles: held, enis: held / 10), freeAddresses: usable - held,
                    freeBlocks: (usable - held) * (steps - step) / steps / 16)
                return (subnet, sample)
            }
            return SimulatedPlan.Sample(
                after: .seconds(step * seconds / steps), nodes: 40, pods: Int(480 * share), waiting: 480 - Int(480 * share),
                subnets: Dictionary(uniqueKeysWithValues: subnets))
        }
        var waits = Waits()
        for number in 1...100 { waits.add(.milliseconds(number * Int(10 + seed))) }
        let peaks = samples[steps].subnets.mapValues(\.demand)
        return Self(
            event: event, samples: samples, peaks: peaks, waits: waits, refusals: event == nil ? [:] : ["no-address": 3],
            podsWaiting: 0, calls: [.createNetworkInterface: 80, .attachNetworkInterface: 80],
            throttled: [.attachNetworkInterface: 12 + Int(seed)], readyAfter: .seconds(seconds * (20 + 3 * Int(seed)) / steps))
    }
}

extension BlockMap {
    /// A block of every state.
    public static func sample(_ subnet: PlanScenario.Subnet) -> BlockMap {
        let node = Holder.node(instance: "i-0a1b", eni: "eni-0c2d")
        let states: [State] = [
            .held(by: node), .free,
            .blocked(by: [Occupant(holder: node, addresses: 4), Occupant(holder: .other("a load balancer"), addresses: 1)]), .free,
            .held(by: node), .blocked(by: [Occupant(holder: .unknown, addresses: 2)]), .free,
        ]
        let blocks = BlockMap(subnet).blocks.enumerated().map { index, block in
            block.state == .free ? Block(range: block.range, state: states[index % states.count], reservation: block.reservation) : block
        }
        return BlockMap(subnet: subnet.id, zone: subnet.zone, block: subnet.block, blocks: blocks)
    }
}

extension SubnetHistory {
    /// A hundred days with five addresses less each day, and fewer on the days of work.
    public static let sample = SubnetHistory(
        addresses: (0..<100).map { number in
            Forecast.Sample(day: Day(number: 20_600 + number), free: 900 - 5 * number - (number % 7 < 5 ? 20 : 0))
        })
}
