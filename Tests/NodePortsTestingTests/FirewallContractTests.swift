import NodePorts
import NodePortsTesting
import Testing

@Suite struct FirewallContractTests {
    @Test(arguments: FirewallContract.cases)
    func theFirewallInMemoryMeansWhatNftablesMeans(_ statement: FirewallContract.Case) throws {
        let kernel = InMemoryKernel()
        #expect(try statement.holds(for: kernel.firewall(for: kernel.host)), "\(statement)")
    }

    @Test func aFlushedTableIsNotInPlace() throws {
        let kernel = InMemoryKernel()
        let firewall = kernel.firewall(for: kernel.host)
        _ = try firewall.apply(FirewallContract.plans[0])
        kernel.flushFirewall(in: kernel.host)
        #expect(try !firewall.isInPlace(FirewallContract.plans[0]))
    }
}
