public import Addressing
import NodePorts
import PodNetwork

/// Two pods laid out by the daemon's own plans on the nodes of a VPC, and whether a ping between them comes back: asked of
/// the real kernel and of ``InMemoryKernel/ping(from:to:source:)``.
public struct PodPingCase: Sendable, CustomStringConvertible {
    /// Where the echo request starts.
    public enum Origin: Sendable {
        case firstNode, firstPod
    }

    /// The fresh namespaces of a case. The second node is wired even when both pods are on the first.
    public struct Places {
        let vpc: PingCase.Place
        let nodes: [PingCase.Place]
        let pods: [PingCase.Place]

        public init(
            vpc: PingCase.Place, firstNode: PingCase.Place, secondNode: PingCase.Place, firstPod: PingCase.Place,
            secondPod: PingCase.Place
        ) {
            self.vpc = vpc
            nodes = [firstNode, secondNode]
            pods = [firstPod, secondPod]
        }
    }

    /// What is special about the pods, a sentence.
    public let description: String
    public let origin: Origin
    public let target: IPAddress
    public let isAnswered: Bool
    private let pods: [PlannedPod]
    private let change: @Sendable (PodPingWiring) throws -> Void

    /// - Parameters:
    ///   - families: Of both pods' addresses.
    ///   - egress: The family that the first pod reaches through the node.
    ///   - eni: That of the first pod.
    ///   - otherENI: That of the second pod.
    init(
        _ description: String, from origin: Origin = .firstPod, to target: IPAddress = PlannedPod.secondIPv6, isAnswered: Bool = true,
        families: Set<AddressFamily>, egress: AddressFamily? = nil, eni: WiredENI = .firstPrimary, otherENI: WiredENI = .firstPrimary,
        change: @escaping @Sendable (PodPingWiring) throws -> Void = { _ in }
    ) {
        self.description = description
        self.origin = origin
        self.target = target
        self.isAnswered = isAnswered
        pods = [.first(families, egress: egress, on: eni), .second(families, on: otherENI)]
        self.change = change
    }

    /// Makes the VPC and the ENIs of its nodes.
    ///
    /// - Throws: ``KernelError`` when a change is refused that must not be.
    public func wireNodes(_ places: Places) throws {
        try PodPingWiring(places: places, pods: pods).wireNodes()
    }

    /// Makes the pods on nodes that are wired.
    public func wirePods(_ places: Places) throws {
        let wiring = PodPingWiring(places: places, pods: pods)
        try wiring.wirePods()
        try change(wiring)
    }
}

extension KernelContract {
    private static let both: Set<AddressFamily> = [.v4, .v6]

    /// Pods with IPv6, alone or beside IPv4, on one node and on two, on the primary ENI and on a secondary one.
    public static let podPingCases = [
        PodPingCase("pods of a node reach each other over IPv6", families: [.v6]),
        PodPingCase("pods of both families reach each other over IPv6", families: both),
        PodPingCase("pods of both families reach each other over IPv4", to: PlannedPod.secondIPv4, families: both),
        PodPingCase("pods of two nodes reach each other over IPv6", families: [.v6], otherENI: .secondPrimary),
        PodPingCase("pods of two nodes and both families reach each other over IPv6", families: both, otherENI: .secondPrimary),
        PodPingCase(
            "pods of two nodes and both families reach each other over IPv4", to: PlannedPod.secondIPv4, families: both,
            otherENI: .secondPrimary),
        PodPingCase(
            "a pod on a secondary ENI reaches another node's over IPv6", families: [.v6], eni: .firstSecondary,
            otherENI: .secondPrimary),
        PodPingCase(
            "a pod of both families on a secondary ENI reaches another node's over IPv4", to: PlannedPod.secondIPv4, families: both,
            eni: .firstSecondary, otherENI: .secondPrimary),
        PodPingCase("pods on two ENIs of a node reach each other over IPv6", families: [.v6], eni: .firstSecondary),
        PodPingCase("a node reaches its pod over IPv6", from: .firstNode, to: PlannedPod.firstIPv6, families: [.v6]),
        PodPingCase(
            "a node reaches its pod on a secondary ENI over IPv6", from: .firstNode, to: PlannedPod.firstIPv6, families: [.v6],
            eni: .firstSecondary),
        PodPingCase("a node reaches another node's pod over IPv6", from: .firstNode, families: [.v6], otherENI: .secondPrimary),
        PodPingCase("a pod reaches its node over IPv6", to: .v6(WiredENI.firstPrimary.ipv6), families: [.v6]),
        PodPingCase(
            "a pod on a secondary ENI without its rule leaves by the wrong ENI and is lost", isAnswered: false, families: [.v6],
            eni: .firstSecondary, otherENI: .secondPrimary
        ) { wiring in
            for rule in wiring.pods[0].plan.rules(priority: PodNetworkPlan.fromPodPriority) {
                try wiring.perform(.delete(.rule(rule)), in: wiring.places.nodes[0])
            }
        },
        PodPingCase(
            "a pod with IPv6 alone reaches its node over IPv4 from its egress address", to: .v4(WiredENI.firstPrimary.ipv4),
            families: [.v6], egress: .v4),
        PodPingCase(
            "a pod with IPv4 alone on a secondary ENI reaches its node over IPv6 from its egress address",
            to: .v6(WiredENI.firstPrimary.ipv6), families: [.v4], egress: .v6, eni: .firstSecondary),
        PodPingCase(
            "a node reaches its pod by the pod's egress address", from: .firstNode, to: PlannedPod.egress(to: .v4), families: [.v6],
            egress: .v4, eni: .firstSecondary),
        PodPingCase(
            "a packet from an egress address that nobody translates is not let into the VPC", to: .v4(WiredENI.secondPrimary.ipv4),
            isAnswered: false, families: [.v6], egress: .v4),
        PodPingCase("a pod with IPv4 alone reaches nobody over IPv6", isAnswered: false, families: [.v4]),
        PodPingCase("a pod that was removed is not reached", isAnswered: false, families: both) { wiring in
            let faults = try wiring.places.nodes[0].namespace.remove(wiring.pods[1].plan.host.reversed())
            if let fault = faults.first { throw fault }
        },
    ]
}

extension PodNetworkPlan {
    fileprivate func rules(priority: UInt32) -> [Rule] {
        host.compactMap { if case .rule(let rule) = $0, rule.priority == priority { rule } else { nil } }
    }
}
