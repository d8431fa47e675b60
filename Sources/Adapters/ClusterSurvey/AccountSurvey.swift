import AWSClient
public import Addressing
import CapacityPlanner
public import ClusterImport
public import EC2Adapter
public import SnapshotReading

/// Looks at a VPC through EC2's describes; nothing is changed.
public struct AccountSurvey: Sendable {
    private let client: EC2Client

    public init(_ client: EC2Client) {
        self.client = client
    }

    /// What is looked at.
    public enum Scope: Hashable, Sendable {
        /// By its identifier.
        case vpc(String)
        /// The VPC of an instance, by the instance's identifier.
        case vpcOfInstance(String)
        /// The VPC of the cluster whose instances bear its tag.
        case vpcOfCluster(String)
        /// These subnets alone.
        case subnets([SubnetID])
    }

    /// Every page of what there is, each reduced as it comes.
    ///
    /// - Throws: ``SnapshotFaults`` with what was asked, what EC2 said and what to do.
    public func snapshot(of scope: Scope) async throws(SnapshotFaults) -> CloudSnapshot {
        switch scope {
        case .subnets(let ids):
            let subnets = try await pages(.describeSubnets(ids)).flatMap(\.subnets).compactMap(CloudSnapshot.Subnet.init)
            var cloud = try await contents(EC2Filter("subnet-id", ids.map(\.rawValue)), subnets: subnets)
            cloud.instances = try await owners(of: cloud.interfaces)
            return cloud
        case .vpc(let id): return try await snapshot(ofVPC: id)
        case .vpcOfInstance(let instance): return try await snapshot(ofVPC: try await vpc(of: EC2Filter("instance-id", [instance])))
        case .vpcOfCluster(let name):
            return try await snapshot(ofVPC: try await vpc(of: EC2Filter("tag-key", ["kubernetes.io/cluster/\(name)"])))
        }
    }

    private static let pageSize = 100
    private static let instancesPageSize = 200

    private func snapshot(ofVPC id: String) async throws(SnapshotFaults) -> CloudSnapshot {
        let filter = EC2Filter("vpc-id", [id])
        let vpcs = try await pages(.describeVPCs([id])).flatMap(\.vpcs)
        let instances = try await instances(filter)
        let subnets = try await pages(.describeSubnets(filters: [filter], pageSize: 200)).flatMap(\.subnets)
        var cloud = try await contents(filter, subnets: subnets.compactMap(CloudSnapshot.Subnet.init))
        cloud.vpcs = vpcs.map { CloudSnapshot.VPC(id: $0.vpcId, blocks: $0.blocks) }
        cloud.instances = instances
        return cloud
    }

    /// The ENIs come right behind the subnets, so that EC2's counts and theirs are of about one moment.
    private func contents(_ filter: EC2Filter, subnets: [CloudSnapshot.Subnet]) async throws(SnapshotFaults) -> CloudSnapshot {
        var cloud = CloudSnapshot(subnets: subnets)
        cloud.interfaces = try await reduced(.surveyNetworkInterfaces(filters: [filter], pageSize: Self.pageSize)) { page in
            page.enis.map(CloudSnapshot.Interface.init)
        }
        for subnet in subnets {
            cloud.reservations += try await reduced(.getSubnetCIDRReservations(of: subnet.id, pageSize: Self.pageSize)) { page in
                page.reservations.compactMap(CloudSnapshot.Reservation.init)
            }
        }
        return cloud
    }

    private func instances(_ filter: EC2Filter) async throws(SnapshotFaults) -> [CloudSnapshot.Instance] {
        try await reduced(.surveyInstances(filters: [filter], pageSize: Self.instancesPageSize)) { page in
            page.instances.compactMap(CloudSnapshot.Instance.init)
        }
    }

    /// Values of a filter (EC2 API Reference, "Filter").
    private static let filterValuesMax = 200

    private func owners(of interfaces: [CloudSnapshot.Interface]) async throws(SnapshotFaults) -> [CloudSnapshot.Instance] {
        let ids = Set(interfaces.compactMap(\.instance)).sorted()
        var found: [CloudSnapshot.Instance] = []
        for start in stride(from: 0, to: ids.count, by: Self.filterValuesMax) {
            found += try await instances(EC2Filter("instance-id", Array(ids[start..<min(start + Self.filterValuesMax, ids.count)])))
        }
        return found
    }

    private func vpc(of filter: EC2Filter) async throws(SnapshotFaults) -> String {
        let vpcs = Set(try await instances(filter).compactMap(\.vpc)).sorted()
        guard let vpc = vpcs.first, vpcs.count == 1 else {
            let found = vpcs.isEmpty ? "no instance" : "instances in \(vpcs.joined(separator: ", "))"
            throw SnapshotFaults([
                SnapshotFault(
                    place: "EC2 DescribeInstances", problem: "\(filter.name) \(filter.values.joined(separator: ", ")) finds \(found)",
                    remedy: "Name the VPC with --vpc, and look whether the Region and the account are those of the cluster")
            ])
        }
        return vpc
    }

    // MARK: - Pages

    /// More than any VPC has: a server that turns in a circle is not followed for ever.
    private static let pagesMax = 10_000

    private func pages<Page: EC2Page>(_ call: EC2Call<Page>) async throws(SnapshotFaults) -> [Page] { try await reduced(call) { [$0] } }

    private func reduced<Page: EC2Page, Part>(_ call: EC2Call<Page>, _ reduce: (Page) -> [Part]) async throws(SnapshotFaults) -> [Part] {
        var (parts, token): ([Part], String?) = ([], nil)
        for _ in 0..<Self.pagesMax {
            do throws(AWSFailure) {
                let page = try await client.perform(token.map { call.page(at: $0) } ?? call)
                parts += reduce(page)
                token = page.nextToken.flatMap { $0.isEmpty ? nil : $0 }
            } catch {
                throw SnapshotFaults([SnapshotFault(error, call.action.rawValue)])
            }
            guard token != nil else { return parts }
        }
        throw SnapshotFaults([
            SnapshotFault(
                place: "EC2 \(call.action.rawValue)", problem: "there are more than \(Self.pagesMax) pages", remedy: "Name subnets alone")
        ])
    }
}

extension SnapshotFault {
    /// A call that brought no answer.
    init(_ failure: AWSFailure, _ action: String) {
        let remedy =
            switch failure.meaning {
            case .refused where ["UnauthorizedOperation", "AccessDenied", "AccessDeniedException"].contains(failure.code):
                "Allow ec2:\(action) to whoever asks; Docs/Reference/IAM.md has the whole policy"
            case .refused: "Look whether the identifiers, the Region and the account are those that are meant"
            case .signatureRefused, .noCredentials: "Give credentials as the AWS CLI takes them, and look at the clock"
            case .throttled, .heldBack: "Wait, and ask again"
            case .serverFailed, .notSent, .unanswered: "Look at the way to EC2, AWS_REGION and AWS_ENDPOINT_URL, and ask again"
            case .cancelled: "Ask again"
            }
        self.init(place: "EC2 \(action)", problem: failure.description, remedy: remedy)
    }
}
