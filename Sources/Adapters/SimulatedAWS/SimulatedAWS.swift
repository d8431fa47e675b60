public import AWSClient
import NodePorts
public import SimulatedVPC
import Timeline

/// What a program on a simulated instance finds of AWS: EC2's Query API and the instance's own metadata, at one address.
///
/// The calls are those of EC2, refusals and physics included, as far as ``VPCModel`` has them; what it does not have is refused. Both
/// speak plain HTTP, as the metadata service does everywhere.
public final class SimulatedAWS: Sendable {
    private let query: EC2Query
    private let sts: STSQuery
    private let metadata: MetadataService
    private let instance: SimulatedInstance
    private let clock: AWSClock
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - instance: Whose metadata are served, and whose links follow what is asked of EC2.
    ///   - key: The one key whose signatures are taken, with its own session token or ``sessionToken``, or with none.
    ///   - faults: What goes wrong on purpose with calls of EC2, whoever makes them.
    public init(
        _ vpc: SimulatedVPC, instance: SimulatedInstance, key: AWSCredentials = SimulatedAWS.exampleKey,
        faults: EndpointFaults = .none, clock: AWSClock = .system
    ) {
        let account = SimulatedAccount(zone: instance.zone)
        let token = key.sessionToken ?? Self.exampleToken
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        let signatures = SignatureCheck(key: key, sessionToken: token, region: account.region)
        let role = MetadataRole(key: key, sessionToken: token)
        query = EC2Query(
            vpc: vpc, account: account, signatures: signatures, faults: faults,
            chance: { Double(clock.random() >> 11) * 0x1p-53 },
            changed: { [wakeUp] () throws(EC2Failure) in
                try instance.observe()
                wakeUp.yield()
            })
        metadata = MetadataService(
            of: instance, in: vpc, account, role: role, clock: clock)
        sts = STSQuery(account: account, signatures: signatures, role: role)
        self.instance = instance
        self.clock = clock
        region = account.region
    }

    /// Where the instance is.
    public let region: String

    /// The key of the examples in Amazon's documentation, which opens nothing.
    public static let exampleKey = AWSCredentials(
        accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", source: "example")
    /// What the metadata give as the session token of a key without one of its own.
    public static let exampleToken = "example-session-token"
    /// Of a request, in bytes; far above a call with a hundred addresses.
    public static let requestBytesMax = 256 << 10

    public func answer(_ request: HTTPRequest) async -> HTTPAnswer {
        let requestID = UUIDText.random(clock.random)
        if request.url.path.hasPrefix(MetadataService.folder) { return metadata.answer(request) }
        guard request.method == .post, request.url.path == "/" else {
            return HTTPAnswer(status: 404, fields: [HTTPField("Content-Type", "text/plain")], body: Array("Not Found".utf8))
        }
        if let form = QueryForm(request.body), STSQuery.isMeant(by: form) {
            return sts.answer(request, form, at: clock.calendar(), requestID: requestID)
        }
        return await query.answer(request, at: clock.calendar(), requestID: requestID)
    }

    /// Lets links come and go when attachments and detachments that were asked for are complete; until the task is cancelled.
    public func run() async {
        for await _ in wakeUps {
            do {
                try await instance.settle()
            } catch {
                // A link that the host refused is tried again by the next call, which then tells why.
                continue
            }
        }
    }
}

/// Identifiers in the form of EC2's request identifiers.
enum UUIDText {
    static func random(_ random: () -> UInt64) -> String {
        let digits = [random(), random()].map { number in
            let text = String(number, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
        var rest = digits[...]
        return [8, 4, 4, 4, 12].map { count in
            defer { rest = rest.dropFirst(count) }
            return String(rest.prefix(count))
        }.joined(separator: "-")
    }
}
