import ArgumentParser

/// The way in which the nodes of a demo give addresses.
enum DemoMode: String, CaseIterable, ExpressibleByArgument {
    case secondary, prefix, custom, ipv6, dual

    /// What there is to see, in one sentence.
    var description: String {
        switch self {
        case .secondary: "Both nodes give single addresses of their ENIs."
        case .prefix: "Both nodes give addresses of delegated /28 prefixes."
        case .custom: "Pods have addresses of another subnet than their node, which an ENIConfig names; the primary ENI has none."
        case .ipv6: "Pods have an IPv6 address of a delegated /80, and none of IPv4."
        case .dual: "Pods have an address of each family, both of one ENI."
        }
    }

    fileprivate var settings: String {
        switch self {
        case .secondary: "{WARM_IP_TARGET: 1}"
        case .prefix: "{ENABLE_PREFIX_DELEGATION: true, WARM_IP_TARGET: 1}"
        case .custom:
            "{AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: true, ENI_CONFIG_LABEL_DEF: topology.kubernetes.io/zone, WARM_IP_TARGET: 1}"
        case .ipv6: "{ENABLE_IPv4: false, ENABLE_IPv6: true, ENABLE_PREFIX_DELEGATION: true}"
        case .dual: "{ENABLE_IPv6: true, WARM_IP_TARGET: 1}"
        }
    }
}

/// The VPC of a demo: two subnets and two small instances, so that a handful of pods already needs a second ENI.
struct DemoScenario {
    let nodes: [Node]
    /// In one sentence; nil for the demo of single addresses beside prefixes.
    let description: String?

    struct Node {
        var name: String
        var instanceType: String
        var mode: DemoMode
        /// How many pods it is given.
        var pods: Int
        /// What their names begin with.
        var podPrefix: String
    }

    /// - Parameter mode: That of both nodes; nil for one node with single addresses and one with prefixes.
    init(_ mode: DemoMode?) {
        description = mode?.description
        // A t3.small gives three addresses on each of its ENIs. A t3.micro has one address slot on each of its two ENIs: one prefix.
        let small = { Node(name: $0, instanceType: "t3.small", mode: $1, pods: $2, podPrefix: $3) }
        let prefixes = { Node(name: $0, instanceType: "t3.micro", mode: .prefix, pods: 18, podPrefix: $1) }
        nodes =
            switch mode {
            case nil: [small("node-a", .secondary, 6, "web"), prefixes("node-b", "job")]
            case .prefix: [prefixes("node-a", "web"), prefixes("node-b", "job")]
            case .some(let mode): [small("node-a", mode, 6, "web"), small("node-b", mode, 6, "job")]
            }
    }

    /// Of both zones.
    let region = "eu-central-1"

    var nodeNames: [String] { nodes.map(\.name) }

    var pods: [DemoPod] {
        nodes.flatMap { node in (0..<node.pods).map { DemoPod(node: node.name, name: "\(node.podPrefix)-\($0)") } }
    }

    /// Free IPv4 addresses that a node has once it serves pods; none where its pods have IPv6 alone.
    func freeAtStart(of node: String) -> Int {
        nodes.contains { $0.name == node && $0.mode == .ipv6 } ? 0 : 1
    }

    func yaml(fabric: String) -> String {
        let nodes = zip(nodes, ["a", "b"]).map { node, letter in
            """
              - name: \(node.name)
                instance: i-0\(letter)
                instanceType: \(node.instanceType)
                subnet: subnet-0\(letter)
                labels: {topology.kubernetes.io/zone: eu-central-1\(letter)}
                settings: \(node.mode.settings)
            """
        }
        return """
            seed: 42
            fabric: \(fabric)
            subnets:
              - {id: subnet-0a, zone: eu-central-1a, cidr: 10.0.32.0/24, ipv6Cidr: "2600:1f13:a2b:4c01::/64"}
              - {id: subnet-0b, zone: eu-central-1b, cidr: 10.0.33.0/24, ipv6Cidr: "2600:1f13:a2b:4c02::/64"}
              - {id: subnet-1a, zone: eu-central-1a, cidr: 10.0.64.0/20}
              - {id: subnet-1b, zone: eu-central-1b, cidr: 10.0.80.0/20}
            eniConfigs:
              eu-central-1a: {subnets: [subnet-1a]}
              eu-central-1b: {subnets: [subnet-1b]}
            nodes:
            \(nodes.joined(separator: "\n"))

            """
    }
}
