/// The VPC of the demo: two subnets and two small instances, so that a handful of pods already needs a second ENI.
enum DemoScenario {
    /// A t3.small gives three addresses on each of its ENIs.
    static let secondaryNode = "node-a"
    /// A t3.micro has one address slot on each of its two ENIs: one prefix of sixteen addresses.
    static let prefixNode = "node-b"
    static let nodes = [secondaryNode, prefixNode]

    static let pods: [DemoPod] =
        (0..<6).map { DemoPod(node: secondaryNode, name: "web-\($0)") } + (0..<18).map { DemoPod(node: prefixNode, name: "job-\($0)") }

    static func yaml(fabric: String) -> String {
        """
        seed: 42
        fabric: \(fabric)
        subnets:
          - {id: subnet-0a, zone: eu-central-1a, cidr: 10.0.32.0/24}
          - {id: subnet-0b, zone: eu-central-1b, cidr: 10.0.33.0/24}
        nodes:
          - name: \(secondaryNode)
            instance: i-0a
            instanceType: t3.small
            subnet: subnet-0a
            settings: {WARM_IP_TARGET: 1}
          - name: \(prefixNode)
            instance: i-0b
            instanceType: t3.micro
            subnet: subnet-0b
            settings: {ENABLE_PREFIX_DELEGATION: true, WARM_IP_TARGET: 1}
        """
    }
}
