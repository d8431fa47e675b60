import Addressing
import IPAMEngine
import InstanceTypes
import NodeConfiguration
import Testing

@Suite struct EngineConfigurationTests {
    private static let subnet = SubnetID(unchecked: "subnet-0a")
    private static let eniConfig = PoolSource(.these([SubnetID(unchecked: "subnet-0b"), SubnetID(unchecked: "subnet-0c")]))

    private func configuration(_ type: String, _ change: (inout NodeVariables) -> Void = { _ in }) throws -> EngineConfiguration {
        var variables = NodeVariables()
        change(&variables)
        return EngineConfiguration(
            variables, type: try #require(InstanceType.named(type)), subnet: Self.subnet, eniConfig: Self.eniConfig, node: "node-a", seed: 7
        )
    }

    private func useENIConfig(_ variables: inout NodeVariables) { variables.placement.usesENIConfig = true }
    private func usePrefixes(_ variables: inout NodeVariables) { variables.families.usesPrefixes = true }
    private func useEveryCard(_ variables: inout NodeVariables) { variables.placement.usesEveryCard = true }

    @Test func theLimitsAreTheInstanceTypes() throws {
        let small = try configuration("t3.small")
        #expect(small.limits == NodeLimits(enis: 3, slotsPerENI: 3, maxPods: 11))
        #expect(try configuration("t3.small") { $0.placement.enisMax = 2 }.limits.enis == 2)
        #expect(try configuration("t3.small") { $0.placement.enisMax = 99 }.limits.enis == 3)
    }

    @Test func theFirstCardAloneIsUsedUnlessEveryOneIsToBe() throws {
        let cards = try #require(InstanceType.named("p4d.24xlarge")).cards
        #expect(cards.count > 1)
        #expect(try configuration("p4d.24xlarge").limits.enisByCard == [cards[0]])
        #expect(try configuration("p4d.24xlarge", useEveryCard).limits.enisByCard == cards)
        let capped = try configuration("p4d.24xlarge") {
            useEveryCard(&$0)
            $0.placement.enisMax = 2
        }
        #expect(capped.limits.enisByCard == cards.map { min($0, 2) })
        #expect(try configuration("p4d.24xlarge", useEveryCard).limits.maxPods == configuration("p4d.24xlarge").limits.maxPods)
    }

    @Test func prefixesNeedATypeThatHasThem() throws {
        #expect(try configuration("t3.small", usePrefixes).addressing == .prefix)
        #expect(try configuration("t2.small", usePrefixes).addressing == .secondary)
        #expect(try configuration("m5.12xlarge", usePrefixes).limits.maxPods == 250)
    }

    @Test(
        arguments: [
            (true, false, false, .ipv4(.secondary)), (true, false, true, .ipv4(.prefix)), (true, true, false, .dual(.secondary)),
            (true, true, true, .dual(.prefix)), (false, true, true, .ipv6),
        ] as [(Bool, Bool, Bool, EngineConfiguration.Addressing)])
    func theFamiliesAndPrefixesMakeTheMode(ipv4: Bool, ipv6: Bool, prefixes: Bool, mode: EngineConfiguration.Addressing) throws {
        let configuration = try configuration("m5.large") {
            $0.families.hasIPv4 = ipv4
            $0.families.hasIPv6 = ipv6
            $0.families.usesPrefixes = prefixes
        }
        #expect(configuration.addressing == mode)
        // m5.large has 3 ENIs of 9 slots: 29 pods by single addresses, and by blocks more than Amazon recommends.
        #expect(configuration.limits.maxPods == (mode.ipv4Unit == .secondary ? 29 : 110))
    }

    @Test func withCustomNetworkingTheENIConfigTakesThePlaceOfThePrimaryENI() throws {
        let ordinary = try configuration("m5.large")
        #expect(ordinary.usesPrimaryENI && ordinary.source.subnets == .discovered(own: Self.subnet, cluster: nil))
        let custom = try configuration("m5.large", useENIConfig)
        #expect(!custom.usesPrimaryENI && custom.source.subnets == Self.eniConfig.subnets)
        #expect(custom.limits == NodeLimits(enis: 3, slotsPerENI: 9, maxPods: 20))
    }

    @Test func discoveryMayBeForACusterOrOff() throws {
        let named = try configuration("m5.large") { $0.placement.cluster = "prod" }
        #expect(named.source.subnets == .discovered(own: Self.subnet, cluster: "prod"))
        let off = try configuration("m5.large") { $0.placement.discoversSubnets = false }
        #expect(off.source.subnets == .these([Self.subnet]))
    }

    @Test func whatHasNoSecurityGroupsHasThePrimaryENIs() throws {
        let (own, other) = (SecurityGroupID(unchecked: "sg-0a"), SecurityGroupID(unchecked: "sg-0b"))
        let (plain, strict) = (try #require(PoolName("plain")), try #require(PoolName("strict")))
        let pools = [plain: PoolSource(subnet: Self.subnet), strict: PoolSource(subnet: Self.subnet, securityGroups: [other])]
        let type = try #require(InstanceType.named("m5.large"))
        let configuration = EngineConfiguration(
            NodeVariables(), type: type, subnet: Self.subnet, securityGroups: [own], pools: pools, node: "node-a", seed: 7)
        #expect(configuration.source.securityGroups == [own])
        #expect(configuration.namedPools.mapValues(\.securityGroups) == [plain: [own], strict: [other]])
    }

    @Test func targetsCooldownAndWaitingAreThoseOfTheVariables() throws {
        let excluded = [IPv4CIDR(containing: IPv4Address(10, 0, 32, 0), prefixLength: 28)]
        let reservations = [PodName(namespace: "shop", name: "db-0"): IPv4Address(10, 0, 32, 77)]
        let configuration = try configuration("m5.large") {
            $0.pool.targets.addresses = 3
            $0.pool.missProbability = 0.02
            $0.pool.automaticLeast = 2
            $0.pool.automaticMost = 20
            $0.pool.cooldown = .seconds(5)
            $0.pool.managesCordonedNode = true
            $0.pool.pressureShare = 0.1
            $0.pool.excludedAddresses = excluded
            $0.pods.reservations = reservations
            $0.pods.criticalNamespaces = ["kube-system"]
            $0.pods.waitingMax = 9
        }
        #expect(configuration.targets == WarmTargets(addresses: 3, auto: AutoTarget(missProbability: 0.02, least: 2, most: 20)))
        #expect(configuration.cooldown == .seconds(5) && configuration.managesCordonedNode && configuration.pressureShare == 0.1)
        #expect(configuration.excludedAddresses == excluded && configuration.reservations == reservations)
        #expect(configuration.criticalNamespaces == ["kube-system"] && configuration.waitingMax == 9)
        #expect(try self.configuration("m5.large").targets.auto == nil)
    }

    @Test func everyTypeHasAConfigurationInEveryModeThatItCanDo() {
        var configurations = 0
        for type in InstanceType.all {
            for mode in 0..<32 {
                var variables = NodeVariables()
                variables.families.hasIPv4 = mode & 1 == 0
                variables.families.hasIPv6 = mode & 2 != 0
                variables.families.usesPrefixes = mode & 4 != 0
                variables.placement.usesENIConfig = mode & 8 != 0
                variables.placement.usesEveryCard = mode & 16 != 0
                guard variables.conflicts(on: type, elsewhere: "").isEmpty else { continue }
                let configuration = EngineConfiguration(
                    variables, type: type, subnet: Self.subnet, eniConfig: Self.eniConfig, node: "node-a", seed: 7)
                #expect(configuration.limits.maxPods >= 2 && configuration.limits.enisByCard.first == type.enis, "\(type.name)")
                configurations += 1
            }
        }
        #expect(configurations > 10 * InstanceType.all.count)
    }

    @Test func twoNodesOfOneSimulationHaveSeedsOfTheirOwn() throws {
        let type = try #require(InstanceType.named("t3.small"))
        let seeds = ["node-a", "node-b", "node-aa"].map { name in
            EngineConfiguration(NodeVariables(), type: type, subnet: Self.subnet, node: name, seed: 7).seed
        }
        #expect(Set(seeds).count == 3)
        #expect(try configuration("t3.small").seed == seeds[0])
    }
}
