import Addressing
import CapacityPlanner
import ClusterImport
import InstanceTypes
import SeededRandom

/// Snapshots of clusters by chance, with what was meant.
struct SnapshotMaker {
    var random: SplitMix64
    var cloud = CloudSnapshot()
    var kubernetes = ClusterSnapshot()
    /// Nodes of each group.
    var nodesOfGroup: [String: Int] = [:]
    /// Addresses that are neither the cluster's nor its control plane's, in subnets with nodes.
    var others: [SubnetID: Set<IPv4Address>] = [:]

    private static let types = ["m5.large", "m5.xlarge", "c5.2xlarge", "t3.medium", "r6g.large", "x9.unknown"]
    private static let names = ["web", "api", "true", "123", "a&b", "a: b", "ünï", "null", "x\"y", "-", "0x1f", "web"]

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        makeSubnets()
        makeNodes()
        makeOthers()
        makeWorkloads()
        makeCNI()
        countFree()
    }

    private var taken: Set<IPv4Address> = []

    private mutating func pick<T>(_ list: [T]) -> T { list[random.below(list.count)] }

    private mutating func makeSubnets() {
        cloud.vpcs = [CloudSnapshot.VPC(id: "vpc-1", blocks: [IPv4CIDR("10.0.0.0/16")].compactMap(\.self))]
        for number in 0..<1 + random.below(5) {
            guard let network = IPv4Address("10.0.\(16 * number).0") else { continue }
            let block = IPv4CIDR(containing: network, prefixLength: pick([20, 22, 24, 26]))
            cloud.subnets.append(
                CloudSnapshot.Subnet(
                    id: SubnetID(unchecked: "subnet-\(number)"), vpc: "vpc-1", zone: "zone-\(pick(["a", "b"]))", block: block,
                    hasIPv6: random.below(2) == 0, tags: random.below(3) == 0 ? ["kubernetes.io/role/cni": "1"] : [:]))
            if random.below(3) == 0 {
                cloud.reservations.append(
                    CloudSnapshot.Reservation(
                        subnet: SubnetID(unchecked: "subnet-\(number)"),
                        block: IPv4CIDR(containing: block[32], prefixLength: pick([28, 27])), kind: pick([.prefix, .explicit])))
            }
        }
    }

    /// A free address of a subnet; nil where none is found.
    private mutating func address(in subnet: CloudSnapshot.Subnet) -> IPv4Address? {
        for _ in 0..<20 {
            let address = subnet.block[4 + random.below(subnet.block.count - 5)]
            if taken.insert(address).inserted { return address }
        }
        return nil
    }

    private mutating func makeNodes() {
        for number in 0..<1 + random.below(12) {
            let subnet = pick(Array(cloud.subnets.prefix(3)))
            guard let address = address(in: subnet) else { continue }
            let (type, group) = (number == 0 ? "m5.large" : pick(Self.types), pick(["general", "spot", "on"]))
            let instance = "i-\(number)"
            cloud.instances.append(CloudSnapshot.Instance(id: instance, type: type, zone: subnet.zone, subnet: subnet.id, vpc: "vpc-1"))
            cloud.interfaces.append(
                CloudSnapshot.Interface(id: "eni-\(number)", subnet: subnet.id, addresses: [address], instance: instance, deviceIndex: 0))
            kubernetes.nodes.append(
                ClusterSnapshot.Node(
                    name: "n\(number)", instance: instance,
                    labels: [
                        "eks.amazonaws.com/nodegroup": group, "disk": pick(["ssd", "hdd"]), "topology.kubernetes.io/zone": subnet.zone,
                    ],
                    taints: random.below(5) == 0 ? [ClusterSnapshot.Taint(key: "gpu", effect: "NoSchedule")] : [],
                    podsMax: random.below(3) == 0 ? nil : 8 + random.below(100)))
            if type != "x9.unknown" { nodesOfGroup[group, default: 0] += 1 }
        }
    }

    private mutating func makeOthers() {
        for number in 0..<random.below(40) {
            let subnet = pick(cloud.subnets)
            guard let address = address(in: subnet) else { continue }
            let isControlPlane = number % 9 == 0
            cloud.interfaces.append(
                CloudSnapshot.Interface(
                    id: "eni-o\(number)", subnet: subnet.id, addresses: [address],
                    description: isControlPlane ? "Amazon EKS shop" : pick(["ELB app/x/1", "", "aws-K8S-i-gone"])))
            if !isControlPlane { others[subnet.id, default: []].insert(address) }
        }
    }

    private mutating func makeWorkloads() {
        let kinds = ClusterSnapshot.Controller.Kind.allCases
        for number in 0..<random.below(20) {
            let kind = pick(kinds)
            let constraint = ClusterSnapshot.Constraint(
                labels: random.below(3) == 0 ? ["disk": pick(["ssd", "hdd", "tape"])] : [:],
                tolerations: random.below(4) == 0 ? [ClusterSnapshot.Toleration()] : [])
            kubernetes.controllers.append(
                ClusterSnapshot.Controller(
                    kind: kind,
                    name: ClusterSnapshot.Name(pick(["shop", "kube-system"]), pick(Self.names) + (number < 4 ? "" : "\(number)")),
                    replicas: kind == .daemonSet ? nil : random.below(50), isHostNetwork: random.below(4) == 0, constraint: constraint,
                    rollout: PlanScenario.Rollout(
                        surge: pick([.count(3), .percent(50)]), unavailable: pick([.count(0), .percent(100)]), ready: .milliseconds(10_500)),
                    grace: .seconds(random.below(100))))
        }
        for number in 0..<random.below(10) {
            kubernetes.pods.append(
                ClusterSnapshot.Pod(
                    name: ClusterSnapshot.Name("shop", "p\(number)"), owner: pick([nil, .init(kind: "Job", name: "j\(number)")]),
                    hasBranchENI: random.below(3) == 0))
        }
    }

    private mutating func makeCNI() {
        guard random.below(5) > 0 else { return }
        var environment: [String: String] = [:]
        for flag in ["ENABLE_PREFIX_DELEGATION", "ENABLE_POD_ENI", "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "ENABLE_IPv6"] {
            environment[flag] = pick(["true", "false", "false", ""])
        }
        if random.below(2) == 0 { environment["ENABLE_IPv4"] = pick(["true", "false"]) }
        for name in ["WARM_IP_TARGET", "MINIMUM_IP_TARGET", "WARM_ENI_TARGET", "WARM_PREFIX_TARGET", "MAX_ENI", "IP_COOLDOWN_PERIOD"]
        where random.below(2) == 0 {
            // One ENI beside a trunk or with custom networking leaves pods none, which is refused.
            environment[name] = pick(["-1", "0", name == "MAX_ENI" ? "4" : "1", "3", "16", "99999999", "many"])
        }
        kubernetes.cni = ClusterSnapshot.CNI(name: ClusterSnapshot.Name("kube-system", "aws-node"), environment: environment)
        for subnet in cloud.subnets.suffix(2) where random.below(2) == 0 {
            kubernetes.eniConfigs.append(ClusterSnapshot.ENIConfig(name: subnet.zone, subnet: subnet.id))
        }
    }

    private mutating func countFree() {
        for index in cloud.subnets.indices {
            let subnet = cloud.subnets[index]
            let held = cloud.interfaces.filter { $0.subnet == subnet.id }.reduce(0) { $0 + $1.addresses.count }
            cloud.subnets[index].freeAddresses = SubnetSpace.usableAddresses(ofPrefixLength: subnet.block.prefixLength) - held
        }
    }
}
