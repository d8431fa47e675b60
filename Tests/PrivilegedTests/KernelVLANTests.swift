import Addressing
import NetlinkAdapter
import NodePorts
import NodePortsTesting
import PodNetwork
import Testing

/// VLANs on the real kernel, and what it answers where it was built without them: both are checked, neither is skipped.
@Suite(.enabled(if: Privileges.areHeld, Privileges.comment))
struct KernelVLANTests {
    private static let trunk = VethPair(
        name: LinkName(literal: "eth3"), mac: .derived(from: "trunk"), peerName: LinkName(literal: "port"),
        peerMAC: .derived(from: "port"), mtuBytes: 9001)

    /// A node whose trunk ends in the VPC, with both ends up, as long as this object exists.
    private final class TrunkedNode {
        let node: RealNamespace
        private let vpc: RealNamespace

        init() throws {
            (node, vpc) = (try RealNamespace(), try RealNamespace())
            let made = try node.open().perform([.create(.veth(trunk))], sandboxNetns: vpc.netns)
            let isUp = try vpc.open().perform([.setLink(trunk.peerName, LinkSettings(isUp: true))], sandboxNetns: nil)
            try #require(made == [nil] && isUp == [nil])
        }
    }

    /// Whether this kernel has VLANs, as it answers to the simplest request there is.
    private static let areSupported: Bool? = {
        guard let trunked = try? TrunkedNode() else { return nil }
        defer { withExtendedLifetime(trunked) {} }
        let link = VLANLink(name: LinkName(literal: "probe"), parent: trunk.name, id: 1, mac: .derived(from: "probe"), mtuBytes: 1500)
        guard let outcome = try? trunked.node.open().perform([.create(.vlan(link))], sandboxNetns: nil).first else { return nil }
        return outcome == nil ? true : outcome == .notSupported ? false : nil
    }()

    @Test func theKernelMakesVLANsOrSaysThatItHasNone() {
        #expect(Self.areSupported != nil, "a VLAN link was refused, and not with EOPNOTSUPP")
    }

    @Test(arguments: KernelContract.vlanCases)
    func linuxMeans(_ statement: KernelContract.Case) throws {
        let (host, sandbox) = (try RealNamespace(), try RealNamespace())
        let failures = statement.failures(host: try host.open(), sandbox: try sandbox.open(), sandboxNetns: sandbox.netns)
        if Self.areSupported == true {
            #expect(failures == [], "\(statement)")
        } else {
            #expect(failures.contains { $0.contains("EOPNOTSUPP") }, "\(statement)")
        }
    }

    @Test(arguments: BranchENI.EnforcingMode.allCases)
    func aPodOnABranchENIIsWiredWholeOrNotAtAll(mode: BranchENI.EnforcingMode) throws {
        let trunked = try TrunkedNode()
        defer { withExtendedLifetime(trunked) {} }
        let pod = try RealNamespace()
        let branch = try #require(
            BranchENI(
                mac: .derived(from: "branch"), vlanID: 7, addresses: [.v4(IPv4Address(10, 0, 64, 17))],
                gatewayIPv4: IPv4Address(10, 0, 64, 1)))
        let veth = VethPair(
            name: LinkName(literal: "vlan1"), mac: .derived(from: "host"), peerName: LinkName(literal: "eth0"),
            peerMAC: .derived(from: "pod"), mtuBytes: 9001)
        let plan = BranchENIPlan(branch, mode: mode, trunk: Self.trunk.name, veth: veth)
        let host = try trunked.node.open()
        do throws(KernelError) {
            try host.ensure(plan.host, sandboxNetns: pod.netns)
            #expect(Self.areSupported == true)
            #expect(try host.missing(plan.host) == [])
            #expect(try host.link(named: branch.link)?.vlanID == 7)
        } catch {
            #expect(Self.areSupported == false && error.errno == .notSupported && error.action.contains("type vlan id 7"), "\(error)")
        }
        #expect(try host.remove(plan.host.reversed()) == [])
        let left = try host.links().map(\.name)
        #expect(left == [.loopback, Self.trunk.name])
        #expect(try host.rules().filter { $0.origin == .berth } == [])
    }

    /// Moves the look at the node's own addresses behind that of strict pods, and back.
    @Test func theRuleForTheNodesOwnAddressesIsMovedForStrictPods() throws {
        let node = try RealNamespace().open()
        for _ in 0..<2 {
            try node.ensure(BranchENIPlan.strictNodeRules)
            #expect(try node.remove(BranchENIPlan.strictNodeObstacles) == [])
        }
        let local = try node.rules().filter { $0.table == .local }
        #expect(
            local.map { "\($0)" } == [
                "rule priority 20 lookup local", "rule priority 0 from fe80:ec2::1/128 lookup local", "rule priority 20 lookup local",
            ])
    }
}
