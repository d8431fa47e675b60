package import Addressing
package import IPAMEngine
package import Logging
package import NodePorts
import Synchronization

/// Keeps the node's ENIs in the security groups that are theirs: those of the primary ENI, whoever changes them, unless an ENIConfig or
/// a pool names others.
///
/// EC2 is asked for nothing but changes: what groups the ENIs are in comes with the descriptions that the engine wants anyway, and those
/// of the primary ENI are in the instance's metadata.
package final class SecurityGroups: Sendable {
    private let ec2: EC2Control
    private let logger: Logger
    private let state = Mutex(State())

    /// As often as the incumbent looks (reference §2.7).
    static let interval: Duration = .seconds(30)

    /// What the engine decides of it.
    package struct Policy: Sendable {
        /// Takes in the groups of the primary ENI.
        package var take: @Sendable ([SecurityGroupID]) -> Void
        /// The groups that ENIs of the pool follow it into; nil for a pool with groups of its own.
        package var groups: @Sendable (PoolName?) -> [SecurityGroupID]?
        /// Whether EC2 may be asked for changes at this moment.
        package var mayChange: @Sendable () -> Bool

        package init(
            take: @escaping @Sendable ([SecurityGroupID]) -> Void, groups: @escaping @Sendable (PoolName?) -> [SecurityGroupID]?,
            mayChange: @escaping @Sendable () -> Bool = { true }
        ) {
            self.take = take
            self.groups = groups
            self.mayChange = mayChange
        }
    }

    private struct State {
        /// The node's ENIs but the primary.
        var seen: [ENIID: ENIDescription] = [:]
        /// What was asked for already: EC2 is told once, whatever it shows afterwards.
        var asked: [ENIID: Set<SecurityGroupID>] = [:]
    }

    package init(ec2: EC2Control, logger: Logger) {
        self.ec2 = ec2
        self.logger = logger
    }

    // MARK: - What is seen

    /// Takes in every ENI of the node, as described.
    package func see(_ enis: [ENIDescription]) {
        let secondary = enis.filter { $0.attachment.map { $0.card != 0 || $0.deviceIndex != 0 } ?? true }
        state.withLock { state in
            state.seen = Dictionary(secondary.map { ($0.id, $0) }) { first, _ in first }
            state.asked = state.asked.filter { state.seen[$0.key] != nil }
        }
    }

    package func see(new eni: ENIDescription) {
        state.withLock { $0.seen[eni.id] = eni }
    }

    package func forget(_ eni: ENIID) {
        state.withLock { state in
            state.seen[eni] = nil
            state.asked[eni] = nil
        }
    }

    // MARK: - What is done

    /// Follows until the task is cancelled.
    func run(
        _ policy: Policy, sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) async {
        while !Task.isCancelled {
            do {
                try await sleep(Self.interval)
            } catch {
                return
            }
            await follow(policy)
        }
    }

    /// Looks once. What fails is tried again at the next look.
    package func follow(_ policy: Policy) async {
        do throws(EC2Failure) {
            let groups = try await ec2.describeSecurityGroups()
            // None are shown while the metadata are late.
            if !groups.isEmpty { policy.take(groups) }
            for (eni, wanted) in changes(policy) where policy.mayChange() {
                try await ec2.setSecurityGroups(eni, wanted)
                state.withLock { $0.asked[eni] = Set(wanted) }
                logger.info("security groups set", metadata: ["eni-id": "\(eni)", "groups": "\(wanted)"])
            }
        } catch {
            logger.warning("security groups not followed", metadata: ["code": "\(error.code)", "error": "\(error)"])
        }
    }

    /// The ENIs that are in other groups than they are to be, and those.
    private func changes(_ policy: Policy) -> [(ENIID, [SecurityGroupID])] {
        let (seen, asked) = state.withLock { ($0.seen, $0.asked) }
        return seen.sorted { $0.key < $1.key }.compactMap { id, eni in
            guard let wanted = policy.groups(eni.tags[PoolName.tagKey].flatMap(PoolName.init)), !wanted.isEmpty else { return nil }
            return Set(wanted) != Set(eni.securityGroups) && Set(wanted) != asked[id] ? (id, wanted) : nil
        }
    }
}
