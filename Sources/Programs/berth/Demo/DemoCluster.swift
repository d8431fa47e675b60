import Addressing
import NodePorts
import NodeReports

/// A pod of the demo, on one of its nodes.
struct DemoPod: Hashable, Sendable {
    let node: String
    let name: String

    var words: String { "\(name) on \(node)" }

    static let namespace = "demo"
    static let interface = "eth0"
    static let network = "berth"

    /// What a runtime would have drawn: the same pod has the same one, and no two pods share it.
    var containerID: String { "\(node)-\(name)" }

    /// The variables of one CNI call for this pod.
    func environment(_ command: String, netns: String?) -> [String: String] {
        var variables = [
            "CNI_COMMAND": command, "CNI_CONTAINERID": containerID, "CNI_IFNAME": Self.interface, "CNI_PATH": "/opt/cni/bin",
            "CNI_ARGS": "IgnoreUnknown=1;K8S_POD_NAMESPACE=\(Self.namespace);K8S_POD_NAME=\(name)",
        ]
        variables["CNI_NETNS"] = netns
        return variables
    }

    static let configuration = #"{"cniVersion":"1.0.0","name":"berth","type":"berth-cni"}"#
}

/// Pings that were sent and those that came back.
struct PingCount: Sendable {
    var sent: Int
    var received: Int
    /// What the last lost one met with, where that is known.
    var fault: String?

    var lost: Int { sent - received }
}

/// Two nodes in a simulated VPC, on whichever kernel.
protocol DemoCluster: Sendable {
    /// Which kernel the cluster runs on, in one sentence.
    var kernelDescription: String { get }
    /// Brings both nodes to the point where they serve pods.
    ///
    /// - Parameter servesAWS: Whether the first node's AWS is served.
    func start(servesAWS: Bool) async throws
    /// Where the first node's AWS is served, once it is.
    func awsEndpoint() async throws -> DemoEndpoint
    /// Adds the pod as a runtime would and returns its addresses, IPv4 first.
    func add(_ pod: DemoPod) async throws -> [IPAddress]
    func delete(_ pod: DemoPod) async throws
    func ping(from pod: DemoPod, to address: IPAddress) async throws -> PingCount
    func pods(on node: String) async throws -> PodsReport
    func enis(on node: String) async throws -> ENIsReport
    /// Opens the namespace of a node, to see what is left in it.
    func hostNamespace(of node: String) throws(KernelError) -> any KernelNamespace
    /// Ends both nodes and removes everything that the demo made; may be called at any moment, also twice.
    func stop() async
}

/// Something the demo expected and did not see.
struct DemoFailure: Error, CustomStringConvertible {
    var description: String
}
