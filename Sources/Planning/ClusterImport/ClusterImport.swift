public import Addressing
public import CapacityPlanner

/// A scenario made of what EC2 and Kubernetes tell, with all that was assumed on the way.
public struct ClusterImport: Hashable, Sendable {
    public let scenario: PlanScenario
    /// The blocks of the cluster's VPC; empty where they were not told, or do not hold every subnet.
    public let vpcBlocks: [IPv4CIDR]
    /// In the order in which they were found.
    public let remarks: [PlanScenario.Remark]

    /// Why no scenario can be made.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        public var problem: String
        public var remedy: String

        public var description: String { "\(problem). \(remedy)" }
    }

    /// - Parameters:
    ///   - cluster: The name by which instances are its nodes where Kubernetes tells of none; nil for the only one there is.
    /// - Throws: ``Failure`` where there is no node, no subnet of one, or no instance type that is known.
    public init(_ cloud: CloudSnapshot, _ kubernetes: ClusterSnapshot, cluster: String? = nil) throws(Failure) {
        var notes = ImportNotes()
        let nodes = try ImportedNodes(cloud, kubernetes, cluster: cluster, &notes)
        let networking = ImportedNetworking(kubernetes.cni, &notes)
        let subnets = try ImportedSubnets(cloud, kubernetes, nodes, networking, &notes)
        let final = subnets.corrected(networking.value, nodes, &notes)
        let planned = subnets.withIPv6(final, &notes)
        let groups = try ImportedGroups(nodes, planned, final, &notes)
        let workloads = ImportedWorkloads(kubernetes, groups, final, &notes)
        if let zone = planned.first?.zone {
            let workload = workloads.value.first { $0.size != .everyNode }.map { ", {rollingUpdate: \"\($0.name)\"}" } ?? ""
            notes.say(.events, "What the cluster is to have room for is yours to say, such as:")
            notes.say(.events, "events: [{clusterUpgrade: true}, {zoneLoss: \(zone)}\(workload)]")
        }
        scenario = PlanScenario(
            subnets: planned, networking: final, nodeGroups: groups.value, workloads: workloads.value,
            controlPlane: subnets.controlPlane, cloud: subnets.cloud)
        vpcBlocks = subnets.vpcBlocks
        remarks = notes.remarks
    }
}

/// What is to be said of the scenario, gathered while it is made.
struct ImportNotes {
    private(set) var remarks: [PlanScenario.Remark] = []

    mutating func say(_ place: PlanScenario.Remark.Place, _ text: String) {
        remarks.append(PlanScenario.Remark(place, text))
    }
}

/// The first few of a list, for a sentence.
func someOf(_ names: some Collection<String>, most: Int = 5) -> String {
    let shown = names.prefix(most).joined(separator: ", ")
    return names.count > most ? "\(shown) and \(names.count - most) more" : shown
}
