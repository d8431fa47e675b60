import AWSClient
import NodePorts
import SimulatedVPC
import Synchronization
import Timeline
import VPCModel

/// The instance metadata service of a simulated instance, version 2 alone.
final class MetadataService: Sendable {
    private let vpc: SimulatedVPC
    private let instance: SimulatedInstance
    private let account: SimulatedAccount
    private let role: MetadataRole
    private let clock: AWSClock
    private let tokens = Mutex(MetadataTokens())

    init(of instance: SimulatedInstance, in vpc: SimulatedVPC, _ account: SimulatedAccount, role: MetadataRole, clock: AWSClock) {
        self.vpc = vpc
        self.instance = instance
        self.account = account
        self.role = role
        self.clock = clock
    }

    static let folder = "/latest/"
    private static let lifeField = "X-Aws-Ec2-Metadata-Token-Ttl-Seconds"

    /// Answers a request for a path below ``folder``.
    func answer(_ request: HTTPRequest) -> HTTPAnswer {
        let path = String(request.url.path.dropFirst(Self.folder.count))
        if path == "api/token" { return token(request) }
        guard request.method == .get else { return Self.text(405, "Method Not Allowed") }
        guard let token = request.field("x-aws-ec2-metadata-token"),
            tokens.withLock({ $0.isValid(token, at: clock.now()) })
        else { return Self.text(401, "Unauthorized") }
        do throws(EC2Failure) {
            return try picture().tree(at: clock.calendar()).answer(path).map { Self.text(200, $0) } ?? Self.text(404, "Not Found")
        } catch {
            return Self.text(500, error.description)
        }
    }

    private func picture() throws(EC2Failure) -> InstancePicture {
        let enis = try instance.shownENIs()
        let model = try vpc.perform { (model, _) throws(VPCError) in model }
        return InstancePicture(
            instance: instance, account: account, vpc: model.id, vpcBlocks: model.blocks, enis: enis, role: role)
    }

    /// What comes by way of a proxy is not from the instance (EC2 User Guide, "How Instance Metadata Service Version 2 works").
    private func token(_ request: HTTPRequest) -> HTTPAnswer {
        guard request.method == .put else { return Self.text(405, "Method Not Allowed") }
        guard request.field("x-forwarded-for") == nil else { return Self.text(403, "Forbidden") }
        guard let seconds = request.field(Self.lifeField.lowercased()).flatMap({ Int($0) }), MetadataTokens.lifeSeconds.contains(seconds)
        else { return Self.text(400, "Bad Request") }
        let token = [clock.random(), clock.random()].map { String($0, radix: 36) }.joined()
        tokens.withLock { $0.issue(token, seconds: seconds, at: clock.now()) }
        return Self.text(200, token, fields: [HTTPField(Self.lifeField, "\(seconds)")])
    }

    private static func text(_ status: Int, _ text: String, fields: [HTTPField] = []) -> HTTPAnswer {
        HTTPAnswer(status: status, fields: [HTTPField("Content-Type", "text/plain")] + fields, body: Array(text.utf8))
    }
}
