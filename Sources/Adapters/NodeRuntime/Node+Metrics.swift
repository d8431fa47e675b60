import Addressing
import IPAMEngine
public import NodeReports

// What of the node is worth plotting. Where the incumbent has a metric, its name is kept (aws-vpc-cni, pkg/utils/prometheusmetrics).
extension Node {
    public func metrics() -> MetricsPage {
        let (enis, waiting, calls, restraint, limits) = read { engine in
            (engine.enis, engine.waitingRequests.count, engine.callsInFlight.count, engine.restraint, engine.configuration.limits)
        }
        let subnets = read { $0.describedSubnets }
        let addresses = enis.reduce(into: IPAMEngine.AddressCount()) { sum, eni in
            sum.held += eni.count.held
            sum.cooling += eni.count.cooling
            sum.free += eni.count.free
        }
        var page = MetricsPage()
        page.add("awscni_eni_allocated", .gauge, "ENIs attached to the node, the primary included", [.init(enis.count)])
        page.add("awscni_eni_max", .gauge, "ENIs that the instance type takes", [.init(limits.enis)])
        page.add(
            "awscni_total_ip_addresses", .gauge, "IPv4 addresses that the node can give to pods, in whatever state",
            [.init(addresses.held + addresses.cooling + addresses.free)])
        page.add("awscni_assigned_ip_addresses", .gauge, "IPv4 addresses that pods hold", [.init(addresses.held)])
        page.add("awscni_total_ipv4_prefixes", .gauge, "/28 prefixes of the node", [.init(enis.reduce(0) { $0 + $1.prefixes.count })])
        page.add(
            "berth_cooling_ip_addresses", .gauge, "IPv4 addresses that were released and are not handed out yet", [.init(addresses.cooling)]
        )
        page.add("berth_free_ip_addresses", .gauge, "IPv4 addresses that the next pods are given", [.init(addresses.free)])
        page.add("berth_waiting_pods", .gauge, "ADDs that wait for an address", [.init(waiting)])
        page.add("berth_calls_in_flight", .gauge, "Calls to EC2 and steps of an ENI's life that are under way", [.init(calls)])
        page.add(
            "berth_degradation", .gauge, "1 for what counts at this moment: whether and how the node keeps away from EC2",
            Degradation.allCases.map { .init($0 == restraint.degradation ? 1 : 0, [.init("state", $0.rawValue)]) })
        page.add(
            "berth_degradation_tripped", .gauge, "1 while the node keeps away by itself, because EC2 fails",
            [.init(restraint.trip == nil ? 0 : 1)])
        addSubnets(subnets, to: &page)
        return page
    }

    /// What a forecast goes by (`berth plan --prometheus`). A node that knows no subnet tells of none.
    private func addSubnets(_ subnets: [SubnetStatus], to page: inout MetricsPage) {
        func samples(_ value: (SubnetStatus) -> Int?) -> [MetricsPage.Sample] {
            subnets.compactMap { subnet in value(subnet).map { .init(max(0, $0), [.init("subnet", subnet.id.rawValue)]) } }
        }
        page.add(
            "berth_subnet_free_ip_addresses", .gauge, "Free IPv4 addresses of a subnet, as this node knows it", samples { $0.freeAddresses }
        )
        page.add(
            "berth_subnet_free_blocks", .gauge, "Wholly free /28 blocks of a subnet, as this node knows it", samples { $0.freeBlocks })
    }
}
