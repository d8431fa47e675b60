import AWSClient
import AWSTesting
import Addressing
import EC2Host
import IPAMEngine
import Logging
import NodePorts
import NodePortsTesting
import NodeRuntime
import SimulatedAWS
import SimulatedVPC
import Synchronization
import Testing
import Timeline
import VPCModel

/// The daemon's engine and its own clients of EC2 and of the metadata, over real connections, in virtual time.
///
/// Whoever sleeps lets the time pass at once, so an outage of twenty minutes takes a second; what the network does to a request is real.
/// The kernel alone is left out: links are there when they are asked for. After each ADD the node compares what it gives with what the
/// VPC has, and keeps what differs as `faults`.
final class VirtualNode {
    private(set) var engine: IPAMEngine
    let wire: Wire
    private let cloud: TestCloud
    private let control: ControlPlane
    private let ec2: EC2Control
    private var orders: [IPAMEngine.Effect] = []
    private(set) var running: [PodAttachment: PodAddresses] = [:]
    private(set) var refusals: [PodAttachment: Refusal] = [:]
    private(set) var faults: [String] = []

    var now: Instant { cloud.time.now }

    /// - Parameter url: Where EC2 and the metadata are.
    init(_ configuration: EngineConfiguration, in cloud: TestCloud, at url: HTTPURL, through connections: HTTPConnections) async throws {
        self.cloud = cloud
        wire = Wire(connections.exchange, cloud.time)
        let environment = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "\(url)", "AWS_EC2_ENDPOINT": "\(url)"]
        ec2 = try await EC2Host(environment: environment, exchange: wire.exchange, clock: cloud.time.clock).ec2
        engine = IPAMEngine(configuration)
        let kernel = InMemoryKernel(hostName: "node")
        control = ControlPlane(
            ec2: ec2, settings: NodeSettings(engine: configuration), kernel: kernel.kernel(for: kernel.host),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Begins as the daemon does, whose network asks for the primary ENI by itself.
    ///
    /// - Parameter pods: Those whose ADDs wait for it.
    func start(awaitedBy pods: Range<Int> = 0..<0) async throws {
        _ = try await ec2.describeENIs()
        add(pods, within: .seconds(120))
        send(.started)
        await run(for: .seconds(120))
    }

    // MARK: - Time

    /// Lets time pass, with every call and every deadline in it. A call that takes longer than that is finished all the same.
    func run(for duration: Duration) async {
        let end = now + duration
        for _ in 0..<100_000 {
            if !orders.isEmpty {
                for event in await perform(orders.removeFirst()) { send(event) }
            } else if let next = engine.nextDeadline, next <= end {
                cloud.time.advance(by: max(.zero, next - now))
                send(.deadlineReached)
            } else {
                return cloud.time.advance(by: max(.zero, end - now))
            }
        }
        faults.append("no rest: \(engine.callsInFlight)")
    }

    private func perform(_ effect: IPAMEngine.Effect) async -> [IPAMEngine.Event] {
        if case .setUpENI(let id, _) = effect { return [.eniReady(id)] }
        return await control.perform(effect)
    }

    // MARK: - Pods

    func add(_ numbers: some Sequence<Int>, within budget: Duration = .seconds(20)) {
        for number in numbers {
            refusals[.pod(number)] = nil
            send(.podAdded(PodRequest(attachment: .pod(number), pod: nil, deadline: now + budget, hostLink: "")))
        }
    }

    func delete(_ number: Int) { send(.podDeleted(.pod(number))) }

    func order(_ degradation: Degradation) { send(.degradationOrdered(degradation)) }

    private func send(_ event: IPAMEngine.Event) {
        for effect in engine.handle(event, at: now) {
            switch effect {
            case .record, .confirmDeleted: break
            case .refuse(let attachment, let refusal): refusals[attachment] = refusal
            case .wire(let allocation): wire(allocation)
            case .unwire(let allocation):
                running[allocation.attachment] = nil
                send(.podUnwired(allocation.attachment))
                send(.linkGone(allocation.addresses))
            case .describeENIs, .describeSubnets, .createENI, .attachENI, .setUpENI, .assignAddresses, .assignPrefixes, .assignIPv6Prefix,
                .claimAddress, .unassign, .detachENI, .deleteENI:
                orders.append(effect)
            }
        }
    }

    private func wire(_ allocation: Allocation) {
        for address in allocation.addresses {
            if let other = running.first(where: { $0.value.contains(address) })?.key { faults.append("\(address) is \(other)'s") }
            if !has(address, on: allocation.eni) { faults.append("\(allocation.eni) does not have \(address) in EC2") }
        }
        running[allocation.attachment] = allocation.addresses
        send(.podWired(allocation.attachment))
    }

    private func has(_ address: IPAddress, on eni: ENIID) -> Bool {
        guard let eni = try? cloud.vpc.snapshot().enis[eni] else { return false }
        return switch address {
        case .v4(let address): eni.secondaryAddresses.contains(address) || eni.prefixes.contains { $0.contains(address) }
        case .v6(let address): eni.ipv6Prefixes.contains { $0.contains(address) }
        }
    }

    // MARK: - What is true

    /// In what the engine's books differ from EC2's; empty at rest.
    func differences() throws -> [String] {
        // The test's VPC has one instance, so every ENI is its own.
        let enis = try cloud.vpc.snapshot().enis.values
        var found: [String] = []
        for eni in enis where eni.attachment == nil { found.append("\(eni.id) is attached to nothing") }
        let given = Dictionary(uniqueKeysWithValues: enis.map { ($0.id, Set($0.secondaryAddresses)) })
        let counted = Dictionary(uniqueKeysWithValues: engine.enis.map { ($0.eni.id, Set($0.eni.secondaryAddresses)) })
        for id in Set(given.keys).union(counted.keys).sorted() where given[id] != counted[id] {
            found.append("\(id) has \(given[id]?.count ?? 0) addresses in EC2, \(counted[id]?.count ?? 0) in the engine's books")
        }
        return found + engine.callsInFlight.map { "under way: \($0.purpose)" }
    }
}

extension PodAttachment {
    static func pod(_ number: Int) -> PodAttachment {
        PodAttachment(network: "berth", containerID: "pod-\(number)", interface: "eth0")
    }
}

/// The way of a node's requests: it keeps an account of them, and lets virtual time pass for them.
final class Wire: Sendable {
    /// A request to EC2, and when it was sent.
    struct Entry: Hashable, Sendable {
        var at: Instant
        var action: String
    }

    private struct State {
        var entries: [Entry] = []
        var isNameLost = false
        var patience: Duration = .seconds(60)
    }

    private let inner: HTTPExchange
    private let time: VirtualClock
    private let state = Mutex(State())

    init(_ inner: HTTPExchange, _ time: VirtualClock) {
        self.inner = inner
        self.time = time
    }

    /// Requests to EC2 in the order in which they were sent, repetitions among them.
    var entries: [Entry] { state.withLock(\.entries) }

    /// Whether EC2's name cannot be resolved.
    func loseName(_ isLost: Bool) { state.withLock { $0.isNameLost = isLost } }

    /// How long a request really waits for an answer, which stands for the whole time that the client grants.
    func wait(_ patience: Duration) { state.withLock { $0.patience = patience } }

    /// No resolver is asked for a name with a label of 64 letters (RFC 1035, section 2.3.4): it is refused on this machine.
    private static let unknownHost = String(repeating: "x", count: 64) + ".invalid"

    var exchange: HTTPExchange {
        HTTPExchange { [self] (request, limits) throws(HTTPFailure) in
            var request = request
            let patience = state.withLock { state in
                if let action = request.action {
                    state.entries.append(Entry(at: time.now, action: action))
                    if state.isNameLost { request.url.host = Self.unknownHost }
                }
                return request.action == nil ? .seconds(60) : state.patience
            }
            time.advance(by: .milliseconds(40))
            do throws(HTTPFailure) {
                var answer = try await inner.perform(request, HTTPLimits(timeout: patience, bytesMax: limits.bytesMax))
                // The server's date is the machine's, and the node's calendar is virtual.
                answer.fields.removeAll { $0.name.lowercased() == "date" }
                return answer
            } catch {
                if error.kind == .timedOut { time.advance(by: limits.timeout) }
                throw error
            }
        }
    }
}

extension HTTPRequest {
    /// The action of a call to EC2; nil for what asks the metadata.
    fileprivate var action: String? {
        guard method == .post else { return nil }
        let text = String(decoding: body, as: UTF8.self)
        return text.split(separator: "&").first { $0.hasPrefix("Action=") }.map { String($0.dropFirst("Action=".count)) }
    }
}
