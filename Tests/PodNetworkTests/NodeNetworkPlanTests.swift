import Addressing
import PodNetwork
import Testing

@Suite struct NodeNetworkPlanTests {
    @Test func aNodeOfIPv4ForwardsFiltersItsPrimaryENILooselyAndLooksUpMarkedPacketsInMain() {
        #expect(
            text(NodeNetworkPolicy()) == """
                sysctl net/ipv4/conf/eth0/rp_filter = 2
                sysctl net/ipv4/ip_forward = 1
                sysctl net/ipv4/tcp_early_demux = 1
                sysctl net/ipv6/conf/default/accept_ra = 0
                rule priority 1024 fwmark 0x80/0x80 lookup main
                """)
    }

    @Test func aNodeOfIPv6ForwardsItAndStillHeedsTheAdvertisementsOfItsOwnRouter() {
        #expect(
            text(policy { $0.podFamilies = [.v6] }) == """
                sysctl net/ipv4/conf/eth0/rp_filter = 2
                sysctl net/ipv4/ip_forward = 1
                sysctl net/ipv4/tcp_early_demux = 1
                sysctl net/ipv6/conf/all/disable_ipv6 = 0
                sysctl net/ipv6/conf/all/forwarding = 1
                sysctl net/ipv6/conf/eth0/accept_ra = 2
                sysctl net/ipv6/conf/default/accept_ra = 0
                rule priority 1024 fwmark 0x80/0x80 lookup main
                -6 rule priority 1024 fwmark 0x80/0x80 lookup main
                """)
    }

    @Test func externalServicesAndEarlyDemuxFollowThePolicy() {
        let plan = text(
            policy {
                $0.externalServices = [IPv4CIDR("192.0.2.0/24"), IPv4CIDR("198.51.100.7/32")].compactMap { $0 }
                $0.hasTCPEarlyDemux = false
            })
        #expect(
            plan == """
                sysctl net/ipv4/conf/eth0/rp_filter = 2
                sysctl net/ipv4/ip_forward = 1
                sysctl net/ipv4/tcp_early_demux = 0
                sysctl net/ipv6/conf/default/accept_ra = 0
                rule priority 1024 fwmark 0x80/0x80 lookup main
                rule priority 1535 to 192.0.2.0/24 lookup main
                rule priority 1535 to 198.51.100.7/32 lookup main
                """)
    }

    /// The rule is there when either is on (reference §4.2).
    @Test(arguments: [(true, true), (true, false), (false, true), (false, false)])
    func aRuleForMarkedPacketsIsThereWhenAnythingMarksThem(nodePorts: Bool, translation: Bool) {
        let plan = NodeNetworkPlan(
            policy {
                $0.servesNodePorts = nodePorts
                $0.translatesSources = translation
                $0.mark = 0x4_0000
            }, for: uplink)
        #expect(
            plan.rules.map(\.description) == (nodePorts || translation ? ["rule priority 1024 fwmark 0x40000/0x40000 lookup main"] : []))
    }

    @Test func aPodsLinkTakesNoRouteFromAnAdvertisementAndNeedNotKnowIPv6() {
        let settings = NodeNetworkPlan.sysctls(ofPodLink: LinkName(literal: "eni4f2a9c1d0e7"))
        #expect(settings == [SysctlSetting("ipv6/conf/eni4f2a9c1d0e7/accept_ra", "0", isRequired: false)])
    }

    private let uplink = NodeUplink(link: LinkName(literal: "eth0"), address: IPv4Address(10, 0, 32, 5), vpcBlocks: [])

    /// What of the plan is not the firewall.
    private func text(_ policy: NodeNetworkPolicy) -> String {
        let plan = NodeNetworkPlan(policy, for: uplink)
        return "\(plan)".replacing("\n" + plan.firewall.nftables, with: "")
    }

    private func policy(_ change: (inout NodeNetworkPolicy) -> Void) -> NodeNetworkPolicy {
        var policy = NodeNetworkPolicy()
        change(&policy)
        return policy
    }
}
