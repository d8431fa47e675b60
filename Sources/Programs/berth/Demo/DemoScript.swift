import Addressing
import Glibc
import NodePorts
import NodeReports
import PodNetwork

/// What the demo does and shows, whatever kernel it runs on.
struct DemoScript {
    private let scenario: DemoScenario
    private let cluster: any DemoCluster
    private let clock = ContinuousClock()

    init(_ scenario: DemoScenario, _ cluster: any DemoCluster) {
        self.scenario = scenario
        self.cluster = cluster
    }

    /// Plays the demo once.
    ///
    /// - Throws: ``DemoFailure`` when a ping is lost or something is left behind.
    func run() async throws {
        print(cluster.kernelDescription)
        if let description = scenario.description { print(description) }
        let started = clock.now
        try await cluster.start(servesAWS: false)
        print("Two nodes in a simulated VPC serve pods after \(elapsed(since: started)).\n")
        let before = try before()

        let addresses = try await addPods()
        for node in scenario.nodeNames {
            print("\n$ berth pods   # on \(node)\n\(Tables.pods(try await cluster.pods(on: node)))")
            print("\n$ berth enis   # on \(node)\n\(Tables.enis(try await cluster.enis(on: node)))")
        }
        let lost = try await pingPairs(addresses)
        try await deletePods()
        let left = try await leftovers(before)
        guard lost == 0 else { throw DemoFailure(description: "\(lost) pings were lost") }
        guard left.isEmpty else { throw DemoFailure(description: "left behind on the nodes:\n  " + left.joined(separator: "\n  ")) }
        print("Nothing is left on either node: no link, no rule, no route of a pod.")
    }

    /// Gives the pods their addresses, tells where AWS is served, and keeps everything as it is until the task is cancelled.
    func serveAWS() async throws {
        print(cluster.kernelDescription)
        try await cluster.start(servesAWS: true)
        _ = try await addPods()
        print("\n" + (try await cluster.awsEndpoint().directions))
        // Whoever reads the lines from a pipe waits for them.
        fflush(nil)
        while true { try await Task.sleep(for: .seconds(3_600)) }
    }

    // MARK: - Pods

    private func addPods() async throws -> [DemoPod: [IPAddress]] {
        let started = clock.now
        var addresses: [DemoPod: [IPAddress]] = [:]
        // Eight at once, as a node that starts a deployment would.
        try await inTurns(of: 8, scenario.pods) { pod in
            (pod, try await cluster.add(pod))
        } each: {
            addresses[$0.0] = $0.1
        }
        print("ADD: \(addresses.count) pods have their addresses after \(elapsed(since: started)).")
        let all = addresses.values.flatMap { $0 }
        guard Set(all).count == all.count else {
            throw DemoFailure(description: "two pods were given one address: \(addresses)")
        }
        return addresses
    }

    private func deletePods() async throws {
        let started = clock.now
        try await inTurns(of: 8, scenario.pods) { pod in
            try await cluster.delete(pod)
        } each: { _ in
        }
        print("\nDEL: \(scenario.pods.count) pods are gone after \(elapsed(since: started)).")
    }

    // MARK: - Pings

    private func pingPairs(_ addresses: [DemoPod: [IPAddress]]) async throws -> Int {
        let places = try await places(of: addresses)
        print("\nPings, three each:")
        var lost = 0
        for pair in pairs(places) {
            for address in addresses[pair.to] ?? [] {
                let count = try await cluster.ping(from: pair.from, to: address)
                lost += count.lost
                let (from, to) = ("\(pair.from.words) ENI \(places[pair.from] ?? 0)", "\(pair.to.words) ENI \(places[pair.to] ?? 0)")
                let fault = count.fault.map { ", \($0)" } ?? ""
                print(
                    "  \(padded("\(from) → \(to)", to: 50)) \(padded("\(address)", to: 26)) "
                        + "\(count.received) of \(count.sent) back, \(count.lost) lost\(fault)")
            }
        }
        return lost
    }

    /// The device index of each pod's ENI.
    private func places(of addresses: [DemoPod: [IPAddress]]) async throws -> [DemoPod: Int] {
        var places: [DemoPod: Int] = [:]
        for node in scenario.nodeNames {
            for pod in try await cluster.pods(on: node).pods { places[DemoPod(node: node, name: pod.name)] = pod.deviceIndex }
        }
        return places
    }

    /// One pod of each ENI pings one of every other, and one on its own ENI.
    private func pairs(_ places: [DemoPod: Int]) -> [(from: DemoPod, to: DemoPod)] {
        let groups = Dictionary(grouping: scenario.pods.filter { places[$0] != nil }) { "\($0.node) \(places[$0] ?? 0)" }
            .sorted { $0.key < $1.key }.map(\.value)
        var pairs: [(from: DemoPod, to: DemoPod)] = []
        for from in groups {
            for to in groups {
                let isSame = from == to
                guard let first = from.first, let second = isSame ? to.dropFirst().first : to.first else { continue }
                pairs.append((first, second))
            }
        }
        return pairs
    }

    // MARK: - Leaving nothing

    private func before() throws -> [String: Set<KernelObject>] {
        var objects: [String: Set<KernelObject>] = [:]
        for node in scenario.nodeNames { objects[node] = try Self.objects(in: cluster.hostNamespace(of: node)) }
        return objects
    }

    /// What the nodes have more than before, ENIs excepted; links go a moment after their DEL.
    private func leftovers(_ before: [String: Set<KernelObject>]) async throws -> [String] {
        var left: [String] = []
        for _ in 0..<50 {
            left = []
            for node in scenario.nodeNames {
                let namespace = try cluster.hostNamespace(of: node)
                left += try namespace.links().filter { $0.kind == "veth" && !$0.name.rawValue.hasPrefix("eth") }.map {
                    "\(node): link \($0.name)"
                }
                let objects = try Self.objects(in: namespace).subtracting(before[node] ?? [])
                left += objects.filter { !Self.belongsToENI($0) }.map { "\(node): \($0)" }
            }
            if left.isEmpty { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        return left
    }

    private static func objects(in namespace: any KernelNamespace) throws(KernelError) -> Set<KernelObject> {
        Set(
            try namespace.addresses().map(KernelObject.address) + namespace.routes().map(KernelObject.route)
                + namespace.rules().map(KernelObject.rule) + namespace.neighbours().map(KernelObject.neighbour))
    }

    private static func belongsToENI(_ object: KernelObject) -> Bool {
        switch object {
        case .address(let address): address.device.rawValue.hasPrefix("eth")
        case .route(let route): route.device.rawValue.hasPrefix("eth")
        case .rule(let rule): rule.priority == ENINetworkPlan.fromENIPriority
        case .neighbour(let neighbour): neighbour.device.rawValue.hasPrefix("eth")
        case .veth, .vlan: false
        }
    }

    // MARK: - Small things

    /// Runs `body` for every item, `width` at once, and hands each outcome on as it comes.
    private func inTurns<Item: Sendable, Outcome: Sendable>(
        of width: Int, _ items: [Item], _ body: @escaping @Sendable (Item) async throws -> Outcome, each: (Outcome) -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Outcome.self) { group in
            var rest = items[...]
            for item in rest.prefix(width) { group.addTask { try await body(item) } }
            rest = rest.dropFirst(width)
            while let outcome = try await group.next() {
                each(outcome)
                if let item = rest.popFirst() { group.addTask { try await body(item) } }
            }
        }
    }

    private func elapsed(since start: ContinuousClock.Instant) -> String {
        let milliseconds = start.duration(to: clock.now) / .milliseconds(1)
        return "\(Int(milliseconds.rounded())) ms"
    }

    private func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
