import AWSClient
import AWSTesting
import Addressing
import IPAMEngine
import SimulatedAWS
import Synchronization
import Testing
import Timeline
import VPCModel

/// A node whose way to EC2 leads through a proxy that can be told what to do to requests.
final class BadDay: Sendable {
    let cloud: TestCloud
    private let fault = Mutex(Kind?.none)
    private let once = Mutex([FaultProxy.Fault]())

    /// What is wrong with EC2, or with the way to it.
    enum Kind: String, Sendable, CaseIterable, CustomTestStringConvertible {
        case throttlingStorm, unavailable, internalError, resetBefore, resetInAnswer, truncatedXML, expiredToken, hangingConnections,
            dnsFailure

        var testDescription: String { rawValue }

        /// What the proxy does to each request to EC2.
        fileprivate var fault: FaultProxy.Fault {
            switch self {
            case .throttlingStorm: .refuse(status: 503, code: "RequestLimitExceeded")
            case .unavailable: .refuse(status: 503, code: "Unavailable", fields: ["Retry-After: 1"])
            case .internalError: .refuse(status: 500, code: "InternalError")
            case .resetBefore: .resetBefore
            case .resetInAnswer: .resetInAnswer
            case .truncatedXML: .truncateAnswer
            case .expiredToken: .refuse(status: 400, code: "ExpiredToken")
            case .hangingConnections: .hang
            case .dnsFailure: .none
            }
        }
    }

    /// An m5.large that keeps so many addresses free.
    static func configuration(free: Int) -> EngineConfiguration {
        EngineConfiguration(
            addressing: .secondary, targets: WarmTargets(enis: 0, addresses: free),
            limits: NodeLimits(enis: 3, slotsPerENI: 9, maxPods: 29),
            source: PoolSource(subnet: TestCloud.subnet, securityGroups: [TestCloud.securityGroup]), seed: 7)
    }

    static func run(free: Int, _ body: @escaping @Sendable (VirtualNode, BadDay) async throws -> Void) async throws {
        let physics = Physics(attachDelay: .zero, detachDelay: .zero, metadataDelay: .zero, throttles: false)
        let day = BadDay(cloud: try TestCloud(physics: physics))
        try await day.cloud.serve { url in
            let proxy = try FaultProxy(to: try #require(url.port)) { day.decide($0) }
            let connections = HTTPConnections()
            let outcome = await Result {
                let node = try await VirtualNode(
                    configuration(free: free), in: day.cloud, at: HTTPURL(scheme: .http, host: "127.0.0.1", port: proxy.port),
                    through: connections)
                try await node.start()
                try await body(node, day)
            }
            await connections.shutdown()
            proxy.stop()
            try outcome.get()
        }
    }

    private init(cloud: TestCloud) {
        self.cloud = cloud
    }

    private func decide(_ request: String) -> FaultProxy.Fault {
        guard request.contains("Action=") else { return .none }
        if let next = once.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return next }
        return fault.withLock { $0?.fault ?? .none }
    }

    func begin(_ kind: Kind, for node: VirtualNode) {
        fault.withLock { $0 = kind }
        node.wire.loseName(kind == .dnsFailure)
        // What really takes a quarter of a second stands for the ten that the client waits.
        if kind == .hangingConnections { node.wire.wait(.milliseconds(250)) }
    }

    func end(for node: VirtualNode) {
        fault.withLock { $0 = nil }
        node.wire.loseName(false)
        node.wire.wait(.seconds(60))
    }

    /// Does this to the next requests, one each, in order.
    func next(_ faults: [FaultProxy.Fault]) { once.withLock { $0 = faults } }
}
