import Addressing
import IPAMEngine
import Logging
import NodePorts
import NodeRuntime
import Synchronization
import Testing
import Timeline

/// The groups of the node's ENIs beside those of its primary ENI.
@Suite struct SecurityGroupTests {
    private static let (old, new) = (SecurityGroupID(unchecked: "sg-0a"), SecurityGroupID(unchecked: "sg-0b"))

    /// An instance whose primary ENI's groups somebody changes.
    private final class Instance: Sendable {
        let primary = Mutex([old])
        let set = Mutex<[ENIID: [SecurityGroupID]]>([:])
        let calls = Mutex(0)
        let failure = Mutex<EC2Failure?>(nil)

        var ec2: EC2Control {
            var control = SmallEC2(addresses: 0).port
            control.describeSecurityGroups = { () throws(EC2Failure) in self.primary.withLock { $0 } }
            control.setSecurityGroups = { (eni, groups) throws(EC2Failure) in
                self.calls.withLock { $0 += 1 }
                if let failure = self.failure.withLock({ $0 }) { throw failure }
                self.set.withLock { $0[eni] = groups }
            }
            return control
        }
    }

    /// A node with a pool of its own and another, of which the engine says what they follow.
    private final class Following: Sendable {
        let engine: Mutex<IPAMEngine>
        let groups: SecurityGroups

        init(_ instance: Instance, ownPoolFollows: Bool = true) {
            let source = { follows in
                PoolSource(.these([SubnetID(unchecked: "subnet-0a")]), securityGroups: [old], followsPrimaryENI: follows)
            }
            var configuration = EngineConfiguration(
                addressing: .secondary, targets: WarmTargets(), limits: NodeLimits(enis: 3, slotsPerENI: 3, maxPods: 10),
                source: source(ownPoolFollows), seed: 1)
            if let red = PoolName("red") { configuration.namedPools = [red: source(false)] }
            engine = Mutex(IPAMEngine(configuration, replaying: [], at: .zero))
            groups = SecurityGroups(ec2: instance.ec2, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }

        func follow() async {
            let policy = SecurityGroups.Policy(
                take: { groups in self.engine.withLock { _ = $0.handle(.primaryENIGrouped(groups), at: .zero) } },
                groups: { pool in self.engine.withLock { $0.followedGroups(of: pool) } })
            await groups.follow(policy)
        }

        /// What ENIs of the node's own pool are to be made with.
        var ownGroups: [SecurityGroupID]? { engine.withLock { $0.followedGroups(of: nil) } }
    }

    private static func eni(_ index: Int, _ groups: [SecurityGroupID] = [old], tags: [String: String] = [:]) -> ENIDescription {
        var eni = SmallEC2(addresses: 0).primary
        eni.id = ENIID(unchecked: "eni-0\(index)")
        eni.attachment?.deviceIndex = index
        (eni.securityGroups, eni.tags) = (groups, tags)
        return eni
    }

    @Test func enisFollowThePrimaryOneAndNewOnesAreMadeLikeIt() async {
        let instance = Instance()
        let node = Following(instance)
        node.groups.see([Self.eni(0), Self.eni(1)])
        node.groups.see(new: Self.eni(2))
        await node.follow()
        #expect(node.ownGroups == [Self.old] && instance.calls.withLock { $0 } == 0)

        let wanted = [Self.new, Self.old]
        instance.primary.withLock { $0 = wanted }
        await node.follow()
        #expect(instance.set.withLock { $0 } == [Self.eni(1).id: wanted, Self.eni(2).id: wanted])
        #expect(node.ownGroups == wanted)

        // The same in another order is the same, and what EC2 goes on showing is asked for no more.
        instance.primary.withLock { $0 = wanted.reversed() }
        node.groups.see([Self.eni(0), Self.eni(1), Self.eni(2)])
        await node.follow()
        #expect(node.ownGroups == wanted && instance.calls.withLock { $0 } == 2)
    }

    @Test func whatChangedWhileTheDaemonWasAwayIsCaughtUpWith() async {
        let instance = Instance()
        let node = Following(instance)
        node.groups.see([Self.eni(0), Self.eni(1, [Self.new])])
        await node.follow()
        #expect(instance.set.withLock { $0 } == [Self.eni(1).id: [Self.old]])
    }

    @Test func groupsOfAnENIConfigOrAPoolAreLeftAlone() async {
        let instance = Instance()
        instance.primary.withLock { $0 = [Self.new] }
        let node = Following(instance, ownPoolFollows: false)
        node.groups.see([Self.eni(1), Self.eni(2, tags: [PoolName.tagKey: "red"])])
        await node.follow()
        #expect(node.ownGroups == nil && instance.calls.withLock { $0 } == 0)
    }

    @Test func metadataWithoutGroupsChangeNothing() async {
        let instance = Instance()
        let node = Following(instance)
        node.groups.see([Self.eni(1)])
        instance.primary.withLock { $0 = [] }
        await node.follow()
        #expect(node.ownGroups == [Self.old] && instance.calls.withLock { $0 } == 0)
    }

    @Test func aRefusalIsTriedAgainAtTheNextLookAndAnENIThatHasGoneIsNot() async {
        let instance = Instance()
        let node = Following(instance)
        node.groups.see([Self.eni(1), Self.eni(2)])
        instance.primary.withLock { $0 = [Self.new] }
        instance.failure.withLock { $0 = EC2Failure(code: "UnauthorizedOperation", message: "no") }
        await node.follow()
        #expect(instance.calls.withLock { $0 } == 1)
        instance.failure.withLock { $0 = nil }
        node.groups.forget(Self.eni(1).id)
        await node.follow()
        #expect(instance.set.withLock { $0 } == [Self.eni(2).id: [Self.new]])
    }
}
