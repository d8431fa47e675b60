import AWSClient
import AWSTesting
import Addressing
import EC2Adapter
import Foundation
import JSON
import NodePorts
import Synchronization
import Testing

/// The policies of Docs/Reference/IAM.md beside the calls that the code can make.
@Suite struct PolicyTests {
    private typealias Closure = @Sendable (EC2Control) async throws -> Void

    private static let eni = EC2Script.eni
    private static let describes: [Closure] = [
        { _ = try await $0.describeENIs() }, { _ = try await $0.describeSubnets() }, { _ = try await $0.describeVPCBlocks() },
        { _ = try await $0.describeSecurityGroups() },
    ]
    private static let ipv6: [Closure] = [{ _ = try await $0.assignIPv6Prefix(eni) }]
    private static let changes: [Closure] = [
        { try await $0.setSecurityGroups(eni, [SecurityGroupID(unchecked: "sg-0a")]) },
        {
            _ = try await $0.createENI(
                ENIRequest(
                    subnet: SubnetID(unchecked: "subnet-0a"), securityGroups: [], clientToken: "token", content: .prefixes(1),
                    ipv6Prefixes: 1))
        },
        { _ = try await $0.attachENI(eni, 0, 1) }, { try await $0.detachENI(eni) }, { try await $0.deleteENI(eni) },
        { _ = try await $0.assignAddresses(eni, 1) }, { try await $0.assignAddress(eni, IPv4Address(10, 0, 0, 7)) },
        { _ = try await $0.assignPrefixes(eni, 1) },
        { try await $0.unassign(eni, [IPv4Address(10, 0, 0, 6)], [IPv4CIDR(containing: IPv4Address(10, 0, 0, 16), prefixLength: 28)]) },
    ]

    /// Nodes that make ENIs look for those that others have lost.
    private static let sweep: [@Sendable (OrphanControl) async throws -> Void] = [
        { _ = try await $0.describeUnattached() }, { _ = try await $0.livingInstances([EC2Script.instance]) }, { try await $0.delete(eni) },
    ]

    @Test func theNodesPolicyHasTheCallsOfEveryQuestionThatANodeAsks() async throws {
        let calls = try await calls(of: Self.describes + Self.ipv6 + Self.changes, sweeping: Self.sweep)
        #expect(calls.count == 11)
        #expect(try policy("node") == calls.union(["CreateTags"]))
    }

    @Test func theOtherPoliciesHaveThoseOfTheirModeAlone() async throws {
        #expect(try await policy("ipv6") == calls(of: Self.describes + Self.ipv6))
        #expect(try await policy("read-only") == calls(of: Self.describes))
    }

    /// The operations that EC2 is asked for; what comes of them does not matter.
    private func calls(
        of closures: [Closure], sweeping sweep: [@Sendable (OrphanControl) async throws -> Void] = []
    ) async throws -> Set<String> {
        let asked = AskedActions()
        let keys = AWSCredentials(accessKeyID: "AKID", secretAccessKey: "hush", source: "the test")
        let clock = VirtualClock().clock
        let aws = AWSClient(asked.exchange, credentials: .fixed(keys), clock: clock)
        let url = HTTPURL(scheme: .https, host: "ec2.eu-central-1.amazonaws.com")
        let client = EC2Client(aws, at: ServiceEndpoint(.ec2, region: "eu-central-1", url: url))
        let view = InstanceView(vpcBlocks: { () throws(EC2Failure) in [] }, shows: { _ in true })
        let place = NodeEC2.Place(instance: EC2Script.instance, vpc: "vpc-0a", zones: ["eu-central-1a"])
        let node = NodeEC2(client, place: place, view: view, clock: clock)
        for closure in closures { try? await closure(node.control) }
        for closure in sweep { try? await closure(node.orphanControl) }
        return asked.actions
    }

    /// The actions that a policy of the page allows, without the service.
    private func policy(_ name: String) throws -> Set<String> {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Docs/Reference/IAM.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let begin = try #require(text.range(of: "<!-- policy: \(name) -->\n```json\n")).upperBound
        let end = try #require(text.range(of: "\n```", range: begin..<text.endIndex)).lowerBound
        let policy = try JSONValue(parsing: Array(text[begin..<end].utf8), bytesMax: 1 << 16)
        let statements = try #require(policy["Statement"]?.array)
        #expect(statements.allSatisfy { $0["Effect"]?.string == "Allow" })
        let actions = statements.flatMap { $0["Action"]?.array ?? [] }.compactMap(\.string)
        #expect(actions.allSatisfy { $0.hasPrefix("ec2:") })
        return Set(actions.map { String($0.dropFirst("ec2:".count)) })
    }
}

/// Answers every call so that the next one of its kind is made, and remembers which there were.
private final class AskedActions: Sendable {
    private let asked = Mutex<Set<String>>([])

    var actions: Set<String> { asked.withLock { $0 } }

    var exchange: HTTPExchange {
        HTTPExchange { (request, _) throws(HTTPFailure) in
            let fields = String(decoding: request.body, as: UTF8.self).split(separator: "&")
            let action = fields.first { $0.hasPrefix("Action=") }.map { String($0.dropFirst("Action=".count)) } ?? ""
            self.asked.withLock { _ = $0.insert(action) }
            return switch action {
            case "DescribeNetworkInterfaces": EC2Script.enis([EC2Script.eni(attached: "attached")])
            case "DescribeSubnets": EC2Script.subnets()
            case "CreateNetworkInterface": EC2Script.created(EC2Script.eni(status: "pending"))
            case "AttachNetworkInterface": EC2Script.attachment
            default: EC2Script.done
            }
        }
    }
}
