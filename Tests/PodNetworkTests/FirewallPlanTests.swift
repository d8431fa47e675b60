import Addressing
import PodNetwork
import Testing

@Suite struct FirewallPlanTests {
    @Test func aNodeTranslatesWhatLeavesTheVPCAndAnswersNodePortsThroughItsPrimaryENI() {
        #expect(
            text() == """
                table inet berth {
                    set untranslated {
                        type ipv4_addr
                        flags interval
                        elements = { 10.0.0.0/16, 100.64.0.0/16 }
                    }
                    chain arrivals {
                        type filter hook prerouting priority mangle; policy accept;
                        iifname "eth0" fib daddr . iif type local ct mark set ct mark | 0x80
                    }
                    chain from-pods {
                        type filter hook prerouting priority dstnat + 10; policy accept;
                        iifname "vlan*" ct mark & 0x80 == 0x80 meta mark set meta mark | 0x80
                        iifname "eni*" ct state new ip daddr != @untranslated fib daddr type unicast ct mark set ct mark | 0x80
                        iifname "eni*" ct mark & 0x80 == 0x80 meta mark set meta mark | 0x80
                    }
                    chain departures {
                        type nat hook postrouting priority srcnat + 10; policy accept;
                        oifname != "vlan*" ip daddr != @untranslated fib daddr type unicast snat ip to 10.0.32.5 fully-random
                    }
                }
                """)
    }

    @Test func withExternalTranslationOnlyNodePortsAreMarked() {
        #expect(
            text { $0.translatesSources = false } == """
                table inet berth {
                    chain arrivals {
                        type filter hook prerouting priority mangle; policy accept;
                        iifname "eth0" fib daddr . iif type local ct mark set ct mark | 0x80
                    }
                    chain from-pods {
                        type filter hook prerouting priority dstnat + 10; policy accept;
                        iifname "vlan*" ct mark & 0x80 == 0x80 meta mark set meta mark | 0x80
                        iifname "eni*" ct mark & 0x80 == 0x80 meta mark set meta mark | 0x80
                    }
                }
                """)
    }

    @Test func withoutNodePortsConnectionsThatLeaveTheVPCAreMarkedAlone() {
        let text = text {
            $0.servesNodePorts = false
            $0.mark = 0x300
        }
        #expect(!text.contains("arrivals") && !text.contains("iifname \"vlan*\""))
        #expect(text.contains("ct mark set ct mark | 0x300"))
        #expect(text.contains("iifname \"eni*\" ct mark & 0x300 == 0x300 meta mark set meta mark | 0x300"))
    }

    @Test func withNothingToDoTheTableIsEmpty() {
        let plan = FirewallPlan(
            policy {
                $0.translatesSources = false
                $0.servesNodePorts = false
            }, for: uplink)
        #expect(plan.nftables == "table inet berth {\n}")
        #expect(plan.ruleCount == 0 && !plan.marksConnections)
    }

    @Test func everyIPv6PodReachesIPv4ByTheSameRules() {
        let text = text {
            $0.podFamilies = [.v6]
            $0.servesNodePorts = false
        }
        #expect(
            text == """
                table inet berth {
                    chain to-pods {
                        type filter hook forward priority filter; policy accept;
                        ct state new ip daddr 169.254.172.0/22 reject
                    }
                    chain departures {
                        type nat hook postrouting priority srcnat + 10; policy accept;
                        ip saddr 169.254.172.0/22 fib daddr type unicast snat ip to 10.0.32.5 fully-random
                    }
                }
                """)
    }

    @Test func everyIPv4PodReachesIPv6ByTheSameRulesWhenAsked() {
        let text = text {
            $0.hasIPv6Egress = true
            $0.portChoice = .random
        }
        #expect(text.contains("ct state new ip6 daddr fd00::ac:0/118 reject"))
        #expect(text.contains("ip6 saddr fd00::ac:0/118 fib daddr type unicast snat ip6 to 2001:db8::5 random"))
        #expect(text.contains("snat ip to 10.0.32.5 random\n"))
    }

    @Test(arguments: [Set([AddressFamily.v4]), [.v6], [.v4, .v6]], [true, false])
    func egressIsForPodsWithoutTheFamilyAlone(families: Set<AddressFamily>, isOn: Bool) {
        let plan = FirewallPlan(
            policy {
                $0.podFamilies = families
                $0.hasIPv4Egress = isOn
                $0.hasIPv6Egress = isOn
            }, for: uplink)
        let lacking = AddressFamily.allCases.filter { !families.contains($0) }
        #expect(plan.egresses.map(\.pods.family) == (isOn ? lacking : []))
        #expect((plan.translation != nil) == families.contains(.v4))
    }

    @Test(arguments: [(PortChoice.fullyRandom, " fully-random"), (.random, " random"), (.firstFree, "")])
    func portsAreChosenAsTold(choice: PortChoice, ending: String) {
        #expect(text { $0.portChoice = choice }.contains("snat ip to 10.0.32.5\(ending)\n"))
    }

    @Test func excludedBlocksJoinTheVPCsAndOnesWithinOthersAreLeftOut() {
        let plan = FirewallPlan(
            policy { $0.untranslated = ["10.0.0.0/16", "10.0.128.0/17", "192.168.0.0/16", "10.0.0.0/8"].compactMap { IPv4CIDR($0) } },
            for: uplink)
        #expect(plan.translation?.untranslated.map(\.description) == ["10.0.0.0/8", "100.64.0.0/16", "192.168.0.0/16"])
    }

    @Test(arguments: ["", "eth\"0", "eth*", "a\\b"])
    func namesThatRulesCannotSayAreKnown(name: String) {
        #expect(!FirewallPlan.canName(name))
        #expect(FirewallPlan.canName("ens5") && FirewallPlan.canName("bond0.7"))
    }

    @Test func theNumberOfRulesIsThatOfTheText() {
        let plan = FirewallPlan(policy { $0.hasIPv6Egress = true }, for: uplink)
        let verbs = plan.nftables.split(separator: "\n").count {
            $0.contains(" set ct ") || $0.contains(" set meta ") || $0.contains("snat ip") || $0.contains("reject")
        }
        #expect(plan.ruleCount == 7 && verbs == 7)
    }

    private let uplink = NodeUplink(
        link: LinkName(literal: "eth0"), address: IPv4Address(10, 0, 32, 5), ipv6Address: IPv6Address("2001:db8::5"),
        vpcBlocks: ["100.64.0.0/16", "10.0.0.0/16"].compactMap { IPv4CIDR($0) })

    private func text(_ change: (inout NodeNetworkPolicy) -> Void = { _ in }) -> String {
        FirewallPlan(policy(change), for: uplink).nftables
    }

    private func policy(_ change: (inout NodeNetworkPolicy) -> Void) -> NodeNetworkPolicy {
        var policy = NodeNetworkPolicy()
        change(&policy)
        return policy
    }
}
