import Addressing
import IPAMEngine
import Testing
import Timeline

/// Who is served first of those that wait.
@Suite struct PriorityTests {
    private static let full = EngineConfiguration.small(
        .secondary, WarmTargets(enis: 0), enis: 1, cooldown: .seconds(1), waitingMax: 6
    ).with { $0.criticalNamespaces = ["kube-system", "monitoring"] }

    private static func name(_ number: Int, in namespace: String) -> PodName { .test("pod-\(number)", in: namespace) }

    /// Adds pods to a full node in this order of namespaces, then lets one place after the other become free.
    private static func orderOfService(_ namespaces: [String], _ configuration: EngineConfiguration = full) -> [Int] {
        var node = SimulatedNode.atRest(configuration, pods: 3)
        for (number, namespace) in namespaces.enumerated() {
            node.add(.pod(10 + number), named: name(number, in: namespace), within: .seconds(600))
            node.run(for: .milliseconds(10))
        }
        var (order, leaving): ([Int], [Int]) = ([], [0, 1, 2])
        for _ in namespaces.indices {
            node.delete(.pod(leaving.removeFirst()))
            node.run(for: .seconds(3))
            let served = namespaces.indices.filter { node.running[.pod(10 + $0)] != nil && !order.contains($0) }
            order += served
            leaving += served.map { 10 + $0 }
        }
        return order
    }

    @Test(arguments: [
        (["default", "default", "default"], [0, 1, 2]),
        (["default", "kube-system"], [1, 0]),
        (["default", "kube-system", "default", "monitoring", "kube-system"], [1, 3, 4, 0, 2]),
        (["kube-system", "default", "monitoring"], [0, 2, 1]),
    ]) func criticalNamespacesComeFirstAndTheOldestInsideThem(namespaces: [String], order: [Int]) {
        #expect(Self.orderOfService(namespaces) == order)
    }

    @Test func withoutCriticalNamespacesTheOldestComesFirst() {
        #expect(Self.orderOfService(["default", "kube-system", "monitoring"], Self.full.with { $0.criticalNamespaces = [] }) == [0, 1, 2])
    }

    @Test func aPodWithoutANameIsServedAsAnyOther() {
        var node = SimulatedNode.atRest(Self.full, pods: 3)
        node.add(.pod(3), within: .seconds(100))
        node.add(.pod(4), named: Self.name(4, in: "kube-system"), within: .seconds(100))
        node.delete(.pod(0))
        node.run(for: .seconds(3))
        #expect(node.running[.pod(4)] != nil && node.running[.pod(3)] == nil)
    }

    /// The first in line wants an address that another machine has.
    @Test func oneThatCannotBeServedDoesNotHoldUpOthers() {
        let configuration = Self.full.with { $0.reservations = [Self.name(0, in: "kube-system"): IPv4Address(10, 0, 9, 9)] }
        var node = SimulatedNode.atRest(configuration, pods: 3)
        node.add(.pod(10), named: Self.name(0, in: "kube-system"), within: .seconds(300))
        node.add(pods: 11..<14, within: .seconds(300))
        node.delete(pods: 0..<3)
        node.run(for: .seconds(5))
        #expect(Set(node.running.keys) == [.pod(11), .pod(12), .pod(13)])
        #expect(node.violations == [])
    }

    @Test func aFullLineTakesNoCriticalPodsEither() {
        var node = SimulatedNode.atRest(Self.full, pods: 3)
        node.add(pods: 3..<9)
        node.add(.pod(9), named: Self.name(9, in: "kube-system"))
        #expect(node.refusals == [.pod(9): [.tooManyWaiting(6)]])
        #expect(node.engine.waitingRequests.count == 6)
    }

    @Test func everyoneIsAnsweredInTimeWhateverTheOrder() {
        var node = SimulatedNode.atRest(Self.full, pods: 3)
        for number in 3..<9 {
            node.add(.pod(number), named: Self.name(number, in: number % 2 == 0 ? "kube-system" : "default"), within: .seconds(number))
        }
        node.run(for: .seconds(10))
        #expect(node.refusals.count == 6)
        #expect(node.violations == [])
    }
}
