import Addressing
import CNISpec
import IPAMEngine
public import KubernetesAdapter
public import Logging
public import NodeConfiguration
public import NodeReports
public import NodeRuntime
import Synchronization
public import Timeline

/// The node as a member of its cluster: it follows what the cluster says of it and of its pods, and tells the cluster how they fare.
///
/// Nothing here is waited for by a pod that the pool can serve: what the cluster has said last stands while the API server is away.
public final class ClusterMember: Sendable {
    let client: KubernetesClient
    private let server: String
    /// Where what belongs to the daemons together lies, such as the lease of the sweep.
    let namespace: String
    let name: String
    /// What environment and file say, without the cluster.
    let file: NodeFile
    let lastSeen: LastSeen
    let events: EventRecorder
    let notices = Notices()
    /// Asks for ENIConfigs to be followed, once they decide anything.
    let eniConfigsWanted = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let logger: Logger
    let clock: @Sendable () -> Instant
    let sleep: @Sendable (Duration) async throws -> Void
    let state: Mutex<State>

    struct State: Sendable {
        var node: NodeBook
        var pods = PodBook()
        /// The node's object with what is said there of the network; nil until it was read.
        var object: NodeResource?
        /// What is followed at this moment, and what the daemon began with.
        var directions: Directions?
        var begun: NodeVariables?
        /// The MAC address of the trunk ENI, once there is one.
        var trunk: MACAddress?
        /// What lies on the disk of what the cluster said.
        var kept: ClusterView?
        var faults: [ConfigurationFault] = []
        var contact: ClusterReport.Contact = .unknown
        /// What was said to the last question that was not answered.
        var problem: String?
        /// The resources that cannot be followed, each with what the server said.
        var interruptions: [String: String] = [:]
    }

    /// - Parameters:
    ///   - name: The node's, as the cluster knows it.
    ///   - directory: Where what the cluster said last is kept.
    ///
    /// - Throws: When certificates or keys of the access cannot be used.
    public convenience init(
        _ access: ClusterAccess, name: String, file: NodeFile, directory: String, clock: @escaping @Sendable () -> Instant, logger: Logger
    ) throws(ClusterAccessFailure) {
        self.init(
            try KubernetesClient(access, logger: logger), of: access, name: name, file: file, directory: directory, clock: clock,
            logger: logger)
    }

    package init(
        _ client: KubernetesClient, of access: ClusterAccess, name: String, file: NodeFile, directory: String,
        clock: @escaping @Sendable () -> Instant,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }, logger: Logger
    ) {
        self.client = client
        server = access.server
        namespace = access.namespace ?? Self.usualNamespace
        self.name = name
        self.file = file
        self.clock = clock
        self.sleep = sleep
        self.logger = logger
        lastSeen = LastSeen(directory: directory)
        events = EventRecorder(client, node: name, clock: clock, logger: logger)
        state = Mutex(State(node: NodeBook(name: name)))
    }

    /// Where the daemons of nodes are, where nothing says otherwise.
    private static let usualNamespace = "kube-system"

    /// Ends what is under way with the API server.
    public func shutdown() async { await client.shutdown() }

    /// How often the API server was asked, by verb and resource.
    public var requestCounts: [RequestTally.Right: RequestTally.Count] { client.requestCounts }

    // MARK: - What the node asks while it serves a pod

    public var voice: ClusterVoice {
        ClusterVoice(
            wishes: { (pod, annotations) throws(CNIError) in
                try self.state.withLock { state throws(CNIError) in try state.pods.wishes(of: pod, annotations: annotations) }
            },
            podWaits: { self.notices.send(.waits($0)) }, podWasRefused: { self.notices.send(.refused($0, $1)) },
            podWasWired: { pod, addresses in
                guard self.state.withLock({ $0.directions?.variables.cluster.annotatesPods ?? false }) else { return }
                self.notices.send(.wired(pod, addresses))
            })
    }

    public var branchENIs: BranchENISource {
        BranchENISource {
            self.state.withLock { $0.trunk }
        } branchENI: { pod, annotations in
            self.state.withLock { state in
                guard state.directions?.variables.cluster.givesBranchENIs ?? false else { return .none }
                return state.pods.branchENI(of: pod, annotations: annotations)
            }
        }
    }

    // MARK: - Reports

    public var report: ClusterReport {
        state.withLock { state in
            ClusterReport(
                server: server, contact: state.contact, problem: state.problem, interruptions: state.interruptions,
                faults: state.faults.map(\.description),
                needingStart: state.begun.flatMap { state.directions?.needingStart(since: $0) } ?? [])
        }
    }
}

extension ClusterMember {
    /// The node as events are about it. Its name stands for its identifier, as in events of the kubelet, so that `kubectl describe node`
    /// of every version shows them.
    var nodeSubject: EventResource.Subject {
        EventResource.Subject(apiVersion: "v1", kind: "Node", name: name, uid: name)
    }
}
