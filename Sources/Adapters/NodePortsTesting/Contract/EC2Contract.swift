public import Addressing
public import NodePorts

/// What every ``EC2Control`` means by its answers: a list of cases, run on the simulated VPC, in process and over HTTP, and on whatever
/// else claims to be EC2.
public enum EC2Contract {
    /// One statement, and how to check it on an instance with its primary ENI alone.
    public struct Case: Sendable, CustomStringConvertible {
        /// The statement, a sentence.
        public let description: String
        /// What of EC2 the statement is about; an EC2 that lacks it cannot be held to the statement.
        public let needs: Set<Need>
        private let check: @Sendable (EC2World, inout ContractNotes) async throws -> Void

        init(
            _ description: String, needs: Set<Need> = [],
            check: @escaping @Sendable (EC2World, inout ContractNotes) async throws -> Void
        ) {
            self.description = description
            self.needs = needs
            self.check = check
        }

        /// Returns what is wrong, a sentence each; empty when the statement holds.
        public func failures(in world: EC2World) async -> [String] {
            var notes = ContractNotes()
            do {
                try await check(world, &notes)
            } catch {
                notes.failures.append("\(error)")
            }
            return notes.failures
        }
    }

    /// Parts of EC2 that stand-ins for it do without.
    public enum Need: Hashable, Sendable, CaseIterable {
        /// Delegated /28.
        case prefixes
        /// Delegated /80.
        case ipv6Prefixes
        /// Client tokens that count.
        case clientTokens
        /// What an instance type cannot hold, and what is in use, is refused.
        case limits
        /// Whether an ENI ends with its instance can be set.
        case deleteOnTermination
        /// Tags given with a request are on what it makes.
        case tags
        /// An assignment tells the addresses that it brought and no others.
        case exactAnswers
    }

    public static let cases = lifeCases + addressCases + prefixCases + refusalCases
}

/// An instance with its primary ENI alone, in a subnet with room, on which prefixes can be delegated.
public struct EC2World: Sendable {
    public var ec2: EC2Control
    public var primary: ENIID
    public var subnet: SubnetID
    /// A security group that exists.
    public var securityGroup: SecurityGroupID
    /// Looks at an ENI from outside, by other means than ``ec2``; nil when it does not exist.
    public var look: @Sendable (ENIID) async throws -> OutsideENI?

    public init(
        ec2: EC2Control, primary: ENIID, subnet: SubnetID, securityGroup: SecurityGroupID,
        look: @escaping @Sendable (ENIID) async throws -> OutsideENI?
    ) {
        self.ec2 = ec2
        self.primary = primary
        self.subnet = subnet
        self.securityGroup = securityGroup
        self.look = look
    }

    func request(
        _ content: ENIRequest.Content = .addresses(0), token: String, ipv6Prefixes: Int = 0, tags: [String: String] = [:]
    ) -> ENIRequest {
        ENIRequest(
            subnet: subnet, securityGroups: [securityGroup], clientToken: token, content: content, ipv6Prefixes: ipv6Prefixes, tags: tags)
    }
}

/// An ENI as others than the node see it.
public struct OutsideENI: Hashable, Sendable {
    public var secondaryAddresses: Set<IPv4Address>
    public var prefixes: Set<IPv4CIDR>
    public var ipv6Prefixes: Set<IPv6CIDR>
    public var securityGroups: [SecurityGroupID]
    public var tags: [String: String]
    /// Nil when it is attached to nothing.
    public var deviceIndex: Int?
    public var endsWithInstance: Bool

    public init(
        secondaryAddresses: Set<IPv4Address>, prefixes: Set<IPv4CIDR>, ipv6Prefixes: Set<IPv6CIDR>, securityGroups: [SecurityGroupID],
        tags: [String: String], deviceIndex: Int?, endsWithInstance: Bool
    ) {
        self.secondaryAddresses = secondaryAddresses
        self.prefixes = prefixes
        self.ipv6Prefixes = ipv6Prefixes
        self.securityGroups = securityGroups
        self.tags = tags
        self.deviceIndex = deviceIndex
        self.endsWithInstance = endsWithInstance
    }
}

/// What a case found wrong so far.
struct ContractNotes {
    var failures: [String] = []

    mutating func expect<Value: Equatable>(_ what: String, _ actual: Value, is expected: Value) {
        if actual != expected { failures.append("\(what): \(actual), expected \(expected)") }
    }

    /// Expects the call to be refused with EC2's code.
    mutating func expect<Answer>(_ code: String, from call: () async throws -> Answer) async {
        do {
            failures.append("answered \(try await call()), expected \(code)")
        } catch let failure as EC2Failure {
            expect("code of \"\(failure.message)\"", failure.code, is: code)
        } catch {
            failures.append("\(error), expected \(code)")
        }
    }
}
